import { formatDuration } from "../domain/duration.ts";
import { bad, ok, type Problem, type Result } from "../domain/problem.ts";
import { CLOCK_SKEW } from "../domain/token_limits.ts";
import type { VerifiedToken } from "./verify.ts";

export interface RollbackCheck {
  readonly token: VerifiedToken;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Signer (thumbprint) to the newest accepted `iat` in seconds, as the source's state has it. */
  readonly newest: { readonly [signer: string]: number };
  /** The source's `allowRollback`. */
  readonly allowRollback: boolean;
  /** Hash of the stored current token, if there is one. */
  readonly currentHash?: string;
}

/** What is to be remembered when the token is accepted; nothing for the current token, which is remembered already. */
export type RollbackMark = { readonly signer: string; readonly issuedAt: number } | undefined;

/**
 * Whether a token is new enough. Refused are one from the future (before all else, so that one fast clock locks nobody
 * out), one that does not say when it was issued, and one older than the newest that was accepted of the same signer,
 * unless the source allows going back. The stored current token is exempt from all of it. The mark never moves back.
 * Problems `token-from-future`, `token-undated`, `token-older`.
 */
export function checkRollback(check: RollbackCheck): Result<RollbackMark> {
  const { token, now, newest, allowRollback, currentHash } = check;
  if (token.hash === currentHash) return ok(undefined);
  const issuedAt = token.claims.issuedAt;
  if (issuedAt !== undefined && issuedAt * 1000 > now + CLOCK_SKEW) {
    const ahead = formatDuration(issuedAt * 1000 - now);
    const hint = "check the clocks of both machines";
    return bad(refused("token-from-future", `it was issued ${ahead} ahead of this machine's clock`, token, hint));
  }
  if (issuedAt === undefined) {
    return bad(refused("token-undated", "it does not say when it was issued (iat)", token));
  }
  const mark = Object.hasOwn(newest, token.signer) ? newest[token.signer] : undefined;
  if (mark === undefined || issuedAt >= mark) return ok({ signer: token.signer, issuedAt });
  if (allowRollback) return ok({ signer: token.signer, issuedAt: mark });
  const found = `it was issued ${age(now, issuedAt)}, but one that was issued ${age(now, mark)} has been accepted`;
  return bad(refused("token-older", found, token, "to go back, build the old pattern again"));
}

/** "1h30m ago (2026-01-02T03:04:05.000Z)". */
function age(now: number, seconds: number): string {
  const milliseconds = Math.round((now - seconds * 1000) / 1000) * 1000;
  const distance = milliseconds >= 0 ? `${formatDuration(milliseconds)} ago` : `${formatDuration(-milliseconds)} ahead`;
  return `${distance} (${new Date(seconds * 1000).toISOString()})`;
}

function refused(code: string, found: string, token: VerifiedToken, hint?: string): Problem {
  const where = `key ${JSON.stringify(token.keyId)}`;
  return { code, attempted: "accept the token", found, where, ...(hint !== undefined && { hint }) };
}
