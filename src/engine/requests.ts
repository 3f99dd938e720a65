import type { Milliseconds } from "../domain/duration.ts";
import type { Script } from "../domain/script.ts";
import type { Entry, StateChange } from "../domain/state.ts";

/** Which script of a command is run; also the mode of the log and the metrics. */
export type Step = "check" | "change" | "remove";

/** What the engine asks of whoever drives it. Everything else it decides by itself. */
export type Request =
  | {
    readonly kind: "run";
    readonly step: Step;
    readonly entry: Entry;
    readonly script: Script;
    /** The variables of earlier commands; the exec's own environment is not among them. */
    readonly variables: Readonly<Record<string, string>>;
  }
  /** `durable`: it must be on disk before the engine goes on, because an effect follows. */
  | { readonly kind: "remember"; readonly changes: readonly StateChange[]; readonly durable: boolean }
  /** Nothing is to be done for so long. */
  | { readonly kind: "wait"; readonly duration: Milliseconds }
  | { readonly kind: "tell"; readonly step: Step; readonly entry: Entry; readonly message: string };

/** How a script ended. `interrupted`: ended from outside because the agent stops, so that nothing is known of its outcome. */
export type Outcome =
  | { readonly kind: "exited"; readonly code: number; readonly output: string }
  | { readonly kind: "broken"; readonly reason: string; readonly output: string }
  /** The time of the whole run was up, or its caller cancelled it: nothing further starts. */
  | { readonly kind: "cancelled"; readonly reason: string; readonly output: string }
  | { readonly kind: "interrupted"; readonly reason: string; readonly output: string };

/** The answer to a request: an outcome to `run`; one to a `wait` or a durable `remember` when the engine must not go on; else nothing. */
export type Answer = Outcome | undefined;

export type Engine<T> = Generator<Request, T, Answer>;

export function* run(
  step: Step,
  entry: Entry,
  script: Script,
  variables: Readonly<Record<string, string>>,
): Engine<Outcome> {
  const answer = yield { kind: "run", step, entry, script, variables };
  if (answer === undefined) throw new Error("the driver of the engine left a run request without an outcome");
  return answer;
}

export function* remember(changes: readonly StateChange[]): Engine<void> {
  if (changes.length > 0) yield { kind: "remember", changes, durable: false };
}

/** What must be on disk before an effect. Gives why the effect must not begin, if so. */
export function* intend(changes: readonly StateChange[]): Engine<Outcome | undefined> {
  return yield { kind: "remember", changes, durable: true };
}

/** Gives why the engine must not go on, if so. */
export function* wait(duration: Milliseconds): Engine<Outcome | undefined> {
  return yield { kind: "wait", duration };
}

export function* tell(step: Step, entry: Entry, message: string): Engine<void> {
  yield { kind: "tell", step, entry, message };
}
