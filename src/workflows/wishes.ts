import type { Config } from "../domain/config.ts";
import type { Milliseconds } from "../domain/duration.ts";
import { forget, stuckEntries } from "../domain/forget.ts";
import { bad, ok, type Result } from "../domain/problem.ts";
import { type Entry, isPausedAt, type Pause } from "../domain/state.ts";
import { HostError, type States, type StateVisit } from "../host/host.ts";
import { knownSource, knownSources } from "./known_sources.ts";

/**
 * The agent does nothing of itself for the source, from now on and for so long, or until it is resumed. Problems
 * `unknown-source`, `no-state`, `state-unwritable`.
 */
export async function pauseSource(
  request: { readonly config: Config; readonly source: string; readonly now: number; readonly duration?: Milliseconds },
  states: States,
): Promise<Result<Pause>> {
  const { config, source, now, duration } = request;
  return await visiting(config, source, states, async ({ store }) => {
    const pause: Pause = { since: now, ...(duration !== undefined && { until: now + duration }) };
    await store.wish(source, { kind: "pause", pause });
    return ok(pause);
  });
}

/** Ends a pause. The value is the one that was ended, if there was one. Problems as of `pauseSource`. */
export async function resumeSource(
  request: { readonly config: Config; readonly source: string; readonly now: number },
  states: States,
): Promise<Result<Pause | undefined>> {
  const { config, source, now } = request;
  return await visiting(config, source, states, async ({ store }) => {
    const { pause } = await store.wishes(source);
    await store.wish(source, { kind: "resume" });
    return ok(isPausedAt(now, pause) ? pause : undefined);
  });
}

/** What was forgotten, or is to be: the agent, if one runs, does it at the beginning of the source's next run. */
export interface Forgotten {
  readonly entries: readonly Entry[];
  readonly when: "now" | "next-run";
}

/**
 * Forgets the stuck entries of a name (an id, or a path) without undoing anything. Problems as of `pauseSource`,
 * `unknown-entry`, `entry-not-stuck`.
 */
export async function forgetEntries(
  request: { readonly config: Config; readonly source: string; readonly name: string },
  states: States,
): Promise<Result<Forgotten>> {
  const { config, source, name } = request;
  return await visiting(config, source, states, async ({ store, agent }) => {
    const state = await store.load(source);
    const stuck = stuckEntries(state, name);
    if (!stuck.ok) return stuck;
    const keys = stuck.value.map(({ key }) => key);
    if (agent === "runs") await store.wish(source, { kind: "forget", keys });
    else await store.commit({ source, changes: forget(state, keys).changes });
    return ok({ entries: stuck.value, when: agent === "runs" ? "next-run" : "now" });
  });
}

async function visiting<T>(
  config: Config,
  source: string,
  states: States,
  act: (visit: StateVisit) => Promise<Result<T>>,
): Promise<Result<T>> {
  try {
    await using visit = await states.visit(config.run.stateDir);
    const known = knownSource(source, await knownSources(config, visit.store), config);
    return known.ok ? await act(visit) : known;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    const problem = { attempted: "write to the state", found: error.message, where: "run.stateDir" };
    if (error.kind !== "not-found") return bad({ code: "state-unwritable", ...problem, hint: AS_AGENT });
    return bad({ code: "no-state", ...problem, hint: `no agent has run here yet; ${AS_AGENT}` });
  }
}

/** Who else may write to the state directory is none of this program's business: it is the agent's own. */
const AS_AGENT = "run it as the user of the agent, with its configuration";
