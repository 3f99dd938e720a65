import type { Milliseconds } from "../domain/duration.ts";
import type { Problem, Result } from "../domain/problem.ts";
import type { Regexp } from "../domain/regexp.ts";
import type { Source } from "../domain/source.ts";
import type { Reaction, RenderedCommand } from "../domain/state.ts";
import type { Planner } from "../engine/planner.ts";
import type { DueEvent, RunReport } from "../engine/report.ts";
import type { Step } from "../engine/requests.ts";
import type { Mode } from "../engine/run.ts";
import type { Clock, Log, StateStore } from "../host/host.ts";
import type { ScriptMeans } from "../workflows/run_script.ts";
import type { Wanted } from "./wanted.ts";

export type Trigger = "init" | "pull" | "push" | "event" | "webhook";

/** Which time limit bounds a run. */
export const TIMEOUT_OF = {
  init: "pull",
  pull: "pull",
  push: "push",
  event: "webhook",
  webhook: "webhook",
} as const satisfies Record<Trigger, string>;

/** What a source needs for its runs. */
export interface RunContext extends ScriptMeans {
  readonly source: Source;
  readonly store: StateStore;
  readonly planner: Planner;
  /** Where the token is kept; absent when nothing is to be kept. */
  readonly tokenPath?: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
  /** The list that a verified token, or the configuration, comes to on this host, with every exec resolved. */
  readonly render: (wanted: Wanted, signal: AbortSignal) => Promise<Result<RenderedRun>>;
  /** Prints what commands hand to the events `stdout` and `stderr`. */
  readonly print: (stream: "stdout" | "stderr", text: string) => void;
  /** Whether another source receives this event of this one. */
  readonly isReceived: (event: string) => boolean;
  /** Told of every text of a command when it begins; what it gives is called when it has ended. */
  readonly timed?: (step: Step) => () => void;
}

export interface RenderedRun {
  readonly commands: readonly RenderedCommand[];
  readonly warnings: readonly Problem[];
}

export interface RunRequest {
  readonly trigger: Trigger;
  readonly mode: Mode;
  readonly wanted: Wanted;
  /** Address of the caller, "" where there is none. */
  readonly address: string;
  /** Bound of the whole run. */
  readonly timeout: Milliseconds;
  /** When it would be tried again, after its end, if it fails; absent: not by itself. */
  readonly retryIn?: Milliseconds;
  readonly filter?: Regexp;
  /** What the commands are told of an event or a webhook. */
  readonly variables?: Readonly<Record<string, string>>;
  /** The token asks for the same as the current one: it is only kept in its place. */
  readonly renews?: boolean;
  /** The token is the one of the token file. */
  readonly isStored: boolean;
  /** The event that is fired when it has run, whatever became of it. */
  readonly announces?: "pull" | "push";
  /** Called when it has become the wanted one. */
  readonly accepted: (wanted: Wanted) => void;
}

/** What an event or a webhook asks a source for. */
export interface Triggered {
  readonly trigger: "event" | "webhook";
  readonly variables: Readonly<Record<string, string>>;
  /** Address of the caller, "" for none. */
  readonly address: string;
  /** Asked when its turn has come; without it nothing forbids the run. */
  readonly begin?: () => Promise<boolean>;
}

/**
 * How a run ended. `refused`: the token was not accepted and nothing was touched. `due`: the events that other sources are
 * to receive, oldest first; they stay in the record until they have.
 */
export type RunAnswer =
  | { readonly kind: "renewed" }
  | { readonly kind: "refused"; readonly problems: readonly Problem[] }
  | { readonly kind: "failed"; readonly problems: readonly Problem[]; readonly due: readonly Outgoing[] }
  | { readonly kind: "done"; readonly report: RunReport; readonly due: readonly Outgoing[] };

/** Whether a command asks for the end of the agent, and no other source is to run before. */
export function asksForEnd(answer: RunAnswer): boolean {
  const isExit = ({ name }: { readonly name: string }) => name === "exit";
  return answer.kind === "done" && !answer.report.interrupted && answer.report.events.some(isExit) &&
    !answer.due.some(isExit);
}

/**
 * An event for other sources; without a reaction the record knows nothing of it. `publicKey`: of the token that has fired
 * it, where that is not the current one.
 */
export type Outgoing = Omit<DueEvent, "reaction"> & { readonly reaction?: Reaction; readonly publicKey?: string };
