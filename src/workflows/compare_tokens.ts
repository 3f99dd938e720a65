import { ok, type Result } from "../domain/problem.ts";
import type { Claims } from "../domain/claims.ts";
import { parseClaims } from "../token/claims.ts";
import { claimsDiff } from "../token/claims_diff.ts";
import { type ComparedParts, differingParts } from "../token/compare.ts";
import { readToken } from "../token/read.ts";

/**
 * A diff of what two tokens ask for, "" when it is the same. Signatures are not looked at: this says what would be new,
 * not whether it may be. Problems: those of reading a token, with `where` naming which one.
 */
export function compareTokens(
  newer: { readonly text: string; readonly name: string },
  older: { readonly text: string; readonly name: string },
  parts: ComparedParts,
): Result<string> {
  const [a, b] = [claimsOf(newer), claimsOf(older)];
  if (!a.ok) return a;
  if (!b.ok) return b;
  return ok(claimsDiff(a.value, b.value, differingParts(a.value, b.value, parts)));
}

function claimsOf({ text, name }: { readonly text: string; readonly name: string }): Result<Claims> {
  const read = readToken(text);
  const parsed = read.ok ? parseClaims(read.value.payload) : read;
  if (parsed.ok) return parsed;
  const problems = parsed.problems.map((problem) => ({
    ...problem,
    where: problem.where === undefined ? name : `${name}: ${problem.where}`,
  }));
  return { ok: false, problems };
}
