import { ok } from "../../src/domain/problem.ts";
import { pushAnswer } from "../../src/domain/push_answer.ts";
import { bareTarget } from "../../src/domain/target.ts";
import type { HostOutcome, HostResult } from "../../src/workflows/push_outcome.ts";

export function result(
  name: string,
  outcome: HostOutcome,
  more: { readonly duration?: number; readonly kind?: "pattern" | "command" } = {},
): HostResult {
  const { duration = 300, kind = "pattern" } = more;
  const token = () => Promise.resolve(ok("t"));
  return { parcel: { target: bareTarget(name), what: "x", kind, token }, outcome, duration };
}

export function answered(part: Parameters<typeof pushAnswer>[0]): HostOutcome {
  return { kind: "answered", answer: pushAnswer(part) };
}

export const UNREACHABLE: HostOutcome = {
  kind: "failed",
  problem: { code: "push-unreachable", attempted: "push", found: "h:1: connection refused", hint: "is it there?" },
};
