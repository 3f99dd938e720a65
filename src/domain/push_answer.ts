import * as v from "valibot";
import { bad, ok, type Result } from "./problem.ts";

/** What a host answers to a push. The outputs stand in the order of the ids. */
export interface PushAnswer {
  /** Nothing was done: these would be changed and removed, and the outputs say why. */
  readonly check?: true;
  /** The filter of the request has chosen no command at all. */
  readonly noneChosen?: true;
  readonly changedIDs: readonly string[];
  readonly changedOutputs: readonly string[];
  /** "" when nothing failed. */
  readonly err: string;
  /** The agent ends because of this run. */
  readonly exit: boolean;
  readonly removedIDs: readonly string[];
  readonly removedOutputs: readonly string[];
}

/** The one answer for an unknown source, one that takes no pushes, and a token that does not verify. */
export const REFUSED = "push didn't match any sources";

const texts = v.array(v.string());
const schema = v.object({
  // These two make it an answer: whatever listens there may answer with some object, and nothing would have been run.
  changedIDs: v.nullable(texts),
  check: v.optional(v.boolean(), false),
  changedOutputs: v.optional(v.nullable(texts), []),
  err: v.optional(v.string(), ""),
  exit: v.optional(v.boolean(), false),
  noneChosen: v.optional(v.boolean(), false),
  removedIDs: v.nullable(texts),
  removedOutputs: v.optional(v.nullable(texts), []),
});

export function pushAnswer(part: Partial<PushAnswer>): PushAnswer {
  return { changedIDs: [], changedOutputs: [], err: "", exit: false, removedIDs: [], removedOutputs: [], ...part };
}

/** Reads a host's answer, which may come from anything that listens there. */
export function parsePushAnswer(text: string): Result<PushAnswer> {
  const problem = {
    code: "bad-answer",
    attempted: "read the answer of the host",
    found: "no answer of an etcha agent",
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return bad(problem);
    throw error;
  }
  const parsed = v.safeParse(schema, value);
  if (!parsed.success) return bad(problem);
  const { changedIDs, changedOutputs, check, err, exit, noneChosen, removedIDs, removedOutputs } = parsed.output;
  return ok({
    ...(check && { check }),
    ...(noneChosen && { noneChosen }),
    changedIDs: changedIDs ?? [],
    changedOutputs: changedOutputs ?? [],
    err,
    exit,
    removedIDs: removedIDs ?? [],
    removedOutputs: removedOutputs ?? [],
  });
}
