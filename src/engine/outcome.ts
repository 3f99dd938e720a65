import type { Outcome, Step } from "./requests.ts";

/**
 * What is wrong with an outcome beyond its exit code: a text that could not be started, was killed or ran out of time
 * decides nothing. For a check any exit code is an answer.
 */
export function failureOf(outcome: Outcome, step: Step): string | undefined {
  switch (outcome.kind) {
    case "exited":
      return step === "check" || outcome.code === 0 ? undefined : `exited with ${outcome.code}`;
    case "broken":
    case "cancelled":
      return outcome.reason;
    case "interrupted":
      return `was interrupted: ${outcome.reason}`;
  }
}
