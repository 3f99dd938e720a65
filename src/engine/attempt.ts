import { formatDuration } from "../domain/duration.ts";
import type { Script } from "../domain/script.ts";
import type { Entry } from "../domain/state.ts";
import { failureOf } from "./outcome.ts";
import { type Engine, type Outcome, run, type Step, tell, wait } from "./requests.ts";

/**
 * Runs a change or removal, and again after a pause as often as its command says, until it succeeds. Gives the outcome of
 * the last try. What was cancelled or interrupted is not tried again.
 */
export function* attempt(
  step: Step,
  entry: Entry,
  script: Script,
  variables: Readonly<Record<string, string>>,
): Engine<Outcome> {
  const { id, retries } = entry.command;
  for (let left = retries?.count ?? 0;; left--) {
    const outcome = yield* run(step, entry, script, variables);
    const failure = failureOf(outcome, step);
    if (failure === undefined || retries === undefined || left === 0) return outcome;
    if (outcome.kind === "cancelled" || outcome.kind === "interrupted") return outcome;
    const times = left === 1 ? "once more" : `up to ${left} times more`;
    yield* tell(
      step,
      entry,
      `The ${step} of ${id} ${failure}; it is tried ${times}, after ${formatDuration(retries.pause)}`,
    );
    const refused = yield* wait(retries.pause);
    if (refused !== undefined) return { ...refused, output: outcome.output };
  }
}
