import type { Milliseconds } from "../domain/duration.ts";
import { pauseSource, resumeSource } from "../workflows/wishes.ts";
import { refusedByState } from "./state_problems.ts";
import { type Context, misused, type Outcome } from "./subcommand.ts";
import { pausedJson, pausedText, resumedText } from "./wish_view.ts";

export interface Pause {
  readonly command: "pause";
  readonly source: string;
  /** Without one it is until it is resumed. */
  readonly duration?: Milliseconds;
  readonly output: "text" | "json";
}

export interface Resume {
  readonly command: "resume";
  readonly source: string;
  readonly output: "text" | "json";
}

/** Lets the agent do nothing of itself for a source. */
export async function pause({ source, duration, output }: Pause, { config, host }: Context): Promise<Outcome> {
  const loaded = await config();
  if (!loaded.ok) return misused(loaded.problems);
  const now = host.clock.now();
  const request = { config: loaded.value.config, source, now, ...(duration !== undefined && { duration }) };
  const paused = await pauseSource(request, host.states);
  if (!paused.ok) return refusedByState(paused.problems);
  return {
    status: "done",
    view: output === "json"
      ? { kind: "json", value: pausedJson(source, paused.value) }
      : { kind: "text", text: pausedText(source, paused.value) },
  };
}

/** Ends a pause. */
export async function resume({ source, output }: Resume, { config, host }: Context): Promise<Outcome> {
  const loaded = await config();
  if (!loaded.ok) return misused(loaded.problems);
  const resumed = await resumeSource({ config: loaded.value.config, source, now: host.clock.now() }, host.states);
  if (!resumed.ok) return refusedByState(resumed.problems);
  return {
    status: "done",
    view: output === "json"
      ? { kind: "json", value: pausedJson(source, undefined) }
      : { kind: "text", text: resumedText(source, resumed.value) },
  };
}
