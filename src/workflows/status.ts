import type { Config } from "../domain/config.ts";
import { bad, ok, type Result } from "../domain/problem.ts";
import type { RunRecord, SourceState } from "../domain/state.ts";
import { didYouMean } from "../domain/suggest.ts";
import { HostError, type States } from "../host/host.ts";

/** What is remembered of a source on this host. */
export interface SourceStatus {
  readonly name: string;
  /** Whether the configuration has it: what a source did stays remembered when it is taken out. */
  readonly configured: boolean;
  readonly state: SourceState;
  readonly lastRun?: RunRecord;
}

const SHOWN_RUNS = 200;

/**
 * What the state directory says of one source or of all, sorted by name; also while an agent uses it. Problems
 * `state-unreadable`, `unknown-source`.
 */
export async function readStatus(
  config: Config,
  name: string | undefined,
  states: States,
): Promise<Result<readonly SourceStatus[]>> {
  return await reading(config, name, states, async (store, names) =>
    await Promise.all(names.map(async (one) => {
      const [lastRun] = await store.history(one, 1);
      return {
        name: one,
        configured: config.sources.has(one),
        state: await store.load(one),
        ...(lastRun !== undefined && { lastRun }),
      };
    })));
}

/** The runs of one source or of all, newest first, at most 200. Problems `state-unreadable`, `unknown-source`. */
export async function readHistory(
  config: Config,
  name: string | undefined,
  states: States,
): Promise<Result<readonly RunRecord[]>> {
  return await reading(config, name, states, (store) => store.history(name, SHOWN_RUNS));
}

async function reading<T>(
  config: Config,
  name: string | undefined,
  states: States,
  read: (store: Awaited<ReturnType<States["open"]>>, names: readonly string[]) => Promise<T>,
): Promise<Result<T>> {
  const attempted = "read the state";
  try {
    await using store = await states.open(config.run.stateDir, { exclusive: false });
    const names = [...new Set([...config.sources.keys(), ...await store.sources()])].sort();
    if (name === undefined) return ok(await read(store, names));
    if (names.includes(name)) return ok(await read(store, [name]));
    const found = `nothing is known of a source ${JSON.stringify(name)} in ${config.run.stateDir}`;
    return bad({ code: "unknown-source", attempted, found, ...didYouMean(name, names) });
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    const hint = "run it as the user of the agent, with its configuration";
    return bad({ code: "state-unreadable", attempted, found: error.message, where: "run.stateDir", hint });
  }
}
