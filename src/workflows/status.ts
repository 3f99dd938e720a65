import type { Config } from "../domain/config.ts";
import { bad, ok, type Result } from "../domain/problem.ts";
import { isPausedAt, type Pause, type RunRecord, type SourceState } from "../domain/state.ts";
import { HostError, type States } from "../host/host.ts";
import { knownSource, knownSources } from "./known_sources.ts";

/** What is remembered of a source on this host. */
export interface SourceStatus {
  readonly name: string;
  /** Whether the configuration has it: what a source did stays remembered when it is taken out. */
  readonly configured: boolean;
  readonly state: SourceState;
  /** Keys of entries that a running agent was asked to forget. */
  readonly toForget: readonly number[];
  /** One whose time is not over. */
  readonly pause?: Pause;
  readonly lastRun?: RunRecord;
  /** When what failed is tried again, in milliseconds since the epoch; it may be over, when no agent runs. */
  readonly nextTry?: number;
}

const SHOWN_RUNS = 200;

/** Ad-hoc commands among them say nothing of the pattern. */
const SEARCHED_RUNS = 20;

/**
 * What the state directory says of one source or of all, sorted by name; also while an agent uses it. Problems
 * `state-unreadable`, `unknown-source`.
 */
export async function readStatus(
  config: Config,
  name: string | undefined,
  states: States,
  now: number,
): Promise<Result<readonly SourceStatus[]>> {
  return await reading(config, name, states, async (store, names) =>
    await Promise.all(names.map(async (one) => {
      const runs = await store.history(one, SEARCHED_RUNS);
      const state = await store.load(one);
      const { pause, toForget } = await store.wishes(one);
      // What somebody did on a shell is no run of the pattern.
      const lastRun = runs.find(({ trigger }) => trigger !== "shell");
      const nextTry = runs.find(({ tokenHash }) => tokenHash === state.accepted?.tokenHash)?.retryAt;
      return {
        name: one,
        configured: config.sources.has(one),
        state,
        toForget: toForget.flatMap(({ keys }) => keys),
        ...(isPausedAt(now, pause) && { pause }),
        ...(lastRun !== undefined && { lastRun }),
        ...(nextTry !== undefined && { nextTry }),
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
  try {
    await using store = await states.open(config.run.stateDir, { exclusive: false });
    const names = await knownSources(config, store);
    if (name === undefined) return ok(await read(store, names));
    const known = knownSource(name, names, config);
    return known.ok ? ok(await read(store, [name])) : known;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    const hint = "run it as the user of the agent, with its configuration";
    return bad({
      code: "state-unreadable",
      attempted: "read the state",
      found: error.message,
      where: "run.stateDir",
      hint,
    });
  }
}
