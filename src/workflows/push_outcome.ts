import { formatDuration, type Milliseconds } from "../domain/duration.ts";
import { type Problem, problemText } from "../domain/problem.ts";
import { parsePushAnswer, type PushAnswer, pushAnswer, REFUSED } from "../domain/push_answer.ts";
import type { HostError } from "../host/host.ts";
import type { Parcel } from "./push_tokens.ts";
import { unreachedProblem } from "./target_link.ts";

/** How it went with one host. */
export type HostOutcome =
  | { readonly kind: "answered"; readonly answer: PushAnswer }
  | { readonly kind: "failed"; readonly problem: Problem }
  /**
   * The token was sent, or about to be, and no answer came: the host may be running it. Without a problem it is the user
   * who did not wait for one.
   */
  | { readonly kind: "unanswered"; readonly problem?: Problem }
  | { readonly kind: "not-sent"; readonly why: "cancelled" | "max-failures" };

export interface HostResult {
  readonly parcel: Parcel;
  readonly outcome: HostOutcome;
  /** From the first attempt to connect to the end of the answer; 0 when nothing was attempted. */
  readonly duration: Milliseconds;
}

/** The one word for a result. `done`: a command, of which only the host knows what it has changed. */
export type Verdict =
  | "changed"
  | "would-change"
  | "unchanged"
  | "done"
  | "failed"
  | "unreachable"
  | "unanswered"
  | "not-sent";

export function verdictOf({ parcel, outcome }: HostResult): Verdict {
  switch (outcome.kind) {
    case "answered": {
      const { err, check, changedIDs, removedIDs } = outcome.answer;
      if (err !== "") return "failed";
      if (parcel.kind === "command" && check !== true) return "done";
      if (changedIDs.length + removedIDs.length === 0) return "unchanged";
      return check === true ? "would-change" : "changed";
    }
    case "failed":
      return outcome.problem.code === UNREACHABLE ? "unreachable" : "failed";
    default:
      return outcome.kind;
  }
}

/** Whether everything is as it was wished for on that host. */
export function isPushed({ outcome }: HostResult): boolean {
  return outcome.kind === "answered" && outcome.answer.err === "";
}

/** One text for what went wrong with a host; nothing when nothing did. */
export function outcomeError(outcome: HostOutcome): string {
  switch (outcome.kind) {
    case "answered":
      return outcome.answer.err;
    case "failed":
      return problemText({ ...outcome.problem, attempted: "" });
    case "unanswered":
      return outcome.problem === undefined
        ? "sent, and not waited for: the host may be running it"
        : problemText({ ...outcome.problem, attempted: "" });
    case "not-sent":
      return outcome.why === "cancelled" ? "not sent" : "not sent: too many hosts have failed";
  }
}

/** Nobody answered there: nothing was sent. */
const UNREACHABLE = "push-unreachable";

/** What answered may be anything that listens there. */
export function outcomeOf(status: number, body: string, headers: Headers): HostOutcome {
  const parsed = parsePushAnswer(body);
  if (parsed.ok && (status === 200 || parsed.value.err !== "")) return { kind: "answered", answer: parsed.value };
  if (parsed.ok && status === 500) {
    return { kind: "answered", answer: { ...parsed.value, err: "the host says no more than that it failed" } };
  }
  if (parsed.ok && status === 404) return { kind: "answered", answer: pushAnswer({ err: REFUSED }) };
  const problem = { attempted: "push", found: `the host answered with status ${status}` };
  if (status === 429) {
    const found = "the host has refused too many requests from here";
    return { kind: "failed", problem: { ...problem, code: "push-limited", found, hint: retryHint(headers) } };
  }
  if (status === 503) {
    const found = "the host can't take it now: the agent begins or ends";
    return { kind: "failed", problem: { ...problem, code: "push-unavailable", found, hint: retryHint(headers) } };
  }
  const hint = "is it an etcha agent that listens there?";
  return { kind: "failed", problem: { ...problem, code: "push-bad-answer", hint } };
}

/** When to come back, if the host says it in seconds (RFC 9110, 10.2.3). */
function retryHint(headers: Headers): string {
  const seconds = headers.get("retry-after") ?? "";
  return /^\d{1,6}$/.test(seconds) ? `try again in ${formatDuration(Number(seconds) * 1000)}` : "try again in a while";
}

/** `begun`: whether somebody has answered there, so that the token may have arrived. */
export function unreached(error: HostError, { target }: Parcel, begun: boolean): HostOutcome {
  if (!begun || (error.kind !== "timeout" && error.kind !== "unreachable")) {
    return { kind: "failed", problem: unreachedProblem(error, target, "push") };
  }
  const hint = "it was sent, and the host may be running it: etcha history there tells";
  return { kind: "unanswered", problem: { attempted: "push", found: error.message, code: "push-unanswered", hint } };
}
