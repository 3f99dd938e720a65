import { formatDuration, type Milliseconds } from "../domain/duration.ts";
import { type HostResult, outcomeError, verdictOf } from "../workflows/push_outcome.ts";

/** How far a push has come with a host. */
export type HostState = "waiting" | "connecting" | "running" | HostResult;

/** One word for it. `unknown`: it was sent, and nobody here knows what became of it. */
export type StateWord = (typeof STATE_WORDS)[number];

/** In the order in which a line counts them. */
export const STATE_WORDS = [
  "done",
  "failed",
  "unreachable",
  "unknown",
  "not sent",
  "running",
  "connecting",
  "waiting",
] as const;

export function wordOf(state: HostState): StateWord {
  if (typeof state === "string") return state;
  const verdict = verdictOf(state);
  switch (verdict) {
    case "failed":
    case "unreachable":
      return verdict;
    case "unanswered":
      return "unknown";
    case "not-sent":
      return "not sent";
    default:
      return "done";
  }
}

/** What came of it, in one line: what was changed, what a command printed, or what went wrong. */
export function detailOf(result: HostResult): string {
  const error = outcomeError(result.outcome);
  if (result.outcome.kind === "not-sent") return "";
  if (error !== "" || result.outcome.kind !== "answered") return firstLine(error);
  const { check, changedIDs, removedIDs, changedOutputs, noneChosen } = result.outcome.answer;
  if (verdictOf(result) === "done") return firstLine(changedOutputs.join("\n"));
  const [change, remove] = check === true ? ["to change", "to remove"] : ["changed", "removed"];
  const counts = [
    ...(changedIDs.length > 0 ? [`${changedIDs.length} ${change}`] : []),
    ...(removedIDs.length > 0 ? [`${removedIDs.length} ${remove}`] : []),
  ];
  if (counts.length > 0) return counts.join(", ");
  return noneChosen === true ? "no command matches the filter" : "no changes";
}

/** `0.3s`, `12.0s`, `2m5s`. */
export function timeText(duration: Milliseconds): string {
  return duration < 100_000 ? `${(duration / 1000).toFixed(1)}s` : formatDuration(Math.round(duration / 1000) * 1000);
}

function firstLine(text: string): string {
  return text.trimStart().split("\n", 1)[0]!.trimEnd();
}
