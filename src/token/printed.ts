import { equalJson, type JsonObject } from "../domain/json.ts";
import { bad, type Problem, type Result } from "../domain/problem.ts";
import { readToken } from "./read.ts";

/**
 * The token that somebody else's program printed, if it says exactly what it was asked about. Whether its signature is good
 * is that program's business. Problems `token-malformed`, `token-too-large`, `token-other`.
 */
export function checkPrinted(text: string, payload: JsonObject): Result<string> {
  const attempted = "read the token that the commands printed";
  const read = readToken(text);
  if (!read.ok) return bad(...read.problems.map((problem): Problem => ({ ...problem, attempted })));
  if (equalJson(read.value.payload, payload)) return { ok: true, value: read.value.raw };
  const hint = "print the token of the payload that was given, unchanged";
  return bad({ code: "token-other", attempted, found: "it says something else than was asked for", hint });
}
