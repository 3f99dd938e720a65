import { compactVerify, errors } from "jose";
import type { Claims } from "../domain/claims.ts";
import type { Milliseconds } from "../domain/duration.ts";
import { KEY_ALGORITHMS } from "../domain/key_string.ts";
import { bad, ok, type Problem, type Result } from "../domain/problem.ts";
import { CLOCK_SKEW, ONCE_LIFETIME, SHELL_LIMITS } from "../domain/token_limits.ts";
import { ALGORITHMS } from "./algorithms.ts";
import { parseClaims } from "./claims.ts";
import type { ClaimRule } from "./claim_rule.ts";
import type { PublicKey } from "./keys.ts";
import { checkPrinted } from "./printed.ts";
import { decodePayload, type SplitToken, splitToken } from "./read.ts";

declare const verified: unique symbol;

/** A token that one of the keys has signed, or that the commands have verified, and that may be used now. Only `verifyToken` makes one. */
export interface VerifiedToken {
  readonly [verified]: true;
  readonly raw: string;
  readonly claims: Claims;
  /** SHA-256 of `raw`, lower-case hex. */
  readonly hash: string;
  /** Id of the key that verified it, for people; `verifyCommands` where commands did. */
  readonly keyId: string;
  /** That key as a key string; "" where commands verified it. */
  readonly publicKey: string;
  /** Thumbprint of that key (RFC 7638), for the record; all commands count as one key. */
  readonly signer: string;
}

/** Whose tokens are good. */
export interface Trust {
  /** Not looked at where there is `verify`. */
  readonly keys: readonly PublicKey[];
  /** Asks somebody else about a token, and gives the token that was found good, as that one printed it. */
  readonly verify?: (token: string) => Promise<Result<string>>;
  /** What the claims must satisfy: all of them. */
  readonly rules?: readonly ClaimRule[];
}

/** Whether tokens of a signer, as a verified token names it, may still be found good. */
export function trustsSigner({ keys, verify }: Trust, signer: string): boolean {
  return verify === undefined ? keys.some(({ thumbprint }) => thumbprint === signer) : signer === COMMANDS.thumbprint;
}

export interface Verification extends Trust {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The source that is to accept it; absent where there is none, as on a laptop. */
  readonly source?: string;
  /** What the route takes: patterns, ad-hoc commands, what is said to a remote shell. */
  readonly accepts: readonly TokenKind[];
}

export type TokenKind = "pattern" | "once" | "shell";

/**
 * Checks everything that makes a token acceptable, except how old it is (`checkRollback`). Problems: `token-too-large`,
 * `token-malformed`, `token-algorithm`, `token-signature`, `token-files`, `token-path`, `token-kind`, `token-once`,
 * `token-shell`, `token-source`, `token-expired`, `token-not-yet-valid`, `token-other`,
 * `token-rule`, and those of `verify`. `where` names the key id, which before the signature is
 * verified is only what the token claims.
 */
export async function verifyToken(text: string, verification: Verification): Promise<Result<VerifiedToken>> {
  const split = splitToken(text);
  if (!split.ok) return split;
  const token = split.value;
  const signed = await verifySignature(token, verification);
  if (!signed.ok) return signed;
  const key = signed.value;
  const payload = decodePayload(token);
  if (!payload.ok) return payload;
  const parsed = parseClaims(payload.value);
  if (!parsed.ok) {
    return bad(...parsed.problems.map((problem) => ({ ...problem, where: `${keyName(key.id)}: ${problem.where}` })));
  }
  const claims = parsed.value;
  const problem = checkKind(claims, verification, key.id) ??
    checkSource(claims, verification.source, key.id) ??
    checkTimes(claims, verification.now, key.id) ??
    checkRules(claims, verification.rules ?? [], key.id);
  if (problem !== undefined) return bad(problem);
  const hash = await sha256(token.raw);
  const accepted = { raw: token.raw, claims, hash, keyId: key.id, publicKey: key.text, signer: key.thumbprint };
  return ok(accepted as unknown as VerifiedToken);
}

/**
 * Whether claims may be used at `now` (milliseconds since the epoch): `exp` and `nbf` with 30 s of skew, but for a shell,
 * whose tokens are made the moment they are sent. For tokens that were verified earlier and are still in use.
 */
export function checkTimes(claims: Claims, now: number, keyId: string): Problem | undefined {
  const { expires, notBefore, shell } = claims;
  const skew = shell === undefined ? CLOCK_SKEW : 0;
  if (expires !== undefined && now >= expires * 1000 + skew) {
    const again = shell === undefined ? "build and sign it again, or " : "";
    const hint = `${again}check the clocks of both machines`;
    return refused("token-expired", `it expired at ${date(expires)}`, keyId, hint);
  }
  if (notBefore !== undefined && now < notBefore * 1000 - skew) {
    const hint = "check the clocks of both machines";
    return refused("token-not-yet-valid", `it is valid from ${date(notBefore)} on`, keyId, hint);
  }
  return undefined;
}

/** Who has vouched for a token. */
type Signer = Pick<PublicKey, "id" | "thumbprint" | "text">;

const COMMANDS: Signer = { id: "verifyCommands", thumbprint: "verifyCommands", text: "" };

async function verifySignature(token: SplitToken, { keys, verify }: Trust): Promise<Result<Signer>> {
  if (verify === undefined) return await findKey(token, keys);
  const payload = decodePayload(token);
  if (!payload.ok) return payload;
  const printed = await verify(token.raw);
  if (!printed.ok) return printed;
  const checked = checkPrinted(printed.value, payload.value);
  return checked.ok ? ok(COMMANDS) : checked;
}

/** The key that signed the token: first the one that the header names, then the others of the same algorithm. */
async function findKey(token: SplitToken, keys: readonly PublicKey[]): Promise<Result<PublicKey>> {
  const { alg, kid, crit } = token.header;
  const claimedId = typeof kid === "string" ? kid : "";
  if (crit !== undefined) return bad(refused("token-malformed", "a header with critical extensions", claimedId));
  if (!KEY_ALGORITHMS.some((name) => ALGORITHMS[name].jose === alg)) {
    const found = typeof alg === "string" ? `algorithm ${quote(alg)}` : "no algorithm";
    return bad(refused("token-algorithm", `${found}, which is never accepted`, claimedId));
  }
  // The key decides the algorithm, never the token: a key is only ever asked about its own.
  const suitable = keys.filter((key) => ALGORITHMS[key.algorithm].jose === alg);
  const ordered = suitable.toSorted((a, b) => Number(b.id === claimedId) - Number(a.id === claimedId));
  for (const key of ordered) {
    if (await isSignedBy(token.raw, key)) return ok(key);
  }
  const named = keys.find((key) => key.id === claimedId && claimedId !== "");
  if (suitable.length === 0 || (named !== undefined && !suitable.includes(named))) {
    const found = named === undefined
      ? `algorithm ${alg}, for which there is no key`
      : `algorithm ${alg}, which does not belong to the ${named.algorithm} key of that id`;
    return bad(refused("token-algorithm", found, claimedId));
  }
  const found = `the signature is not by ${suitable.length === 1 ? "the key" : `any of the ${suitable.length} keys`}`;
  const hint = named === undefined ? "add the public key of that id to verifyKeys if it may be trusted" : undefined;
  return bad(refused("token-signature", found, claimedId, hint));
}

async function isSignedBy(raw: string, key: PublicKey): Promise<boolean> {
  try {
    await compactVerify(raw, key.key, { algorithms: [ALGORITHMS[key.algorithm].jose] });
    return true;
  } catch (error) {
    if (error instanceof errors.JOSEError) return false;
    throw error;
  }
}

function checkKind(claims: Claims, verification: Verification, keyId: string): Problem | undefined {
  const kind: TokenKind | undefined = claims.pattern !== undefined
    ? "pattern"
    : claims.once !== undefined
    ? "once"
    : claims.shell !== undefined
    ? "shell"
    : undefined;
  if (kind === undefined) return refused("token-kind", "it has neither a pattern nor a command", keyId);
  if (!verification.accepts.includes(kind)) return refused("token-kind", MISPLACED[kind], keyId);
  if (kind === "once") return checkOnce(claims, verification.now, keyId);
  return kind === "shell" ? checkShell(claims, verification.now, keyId) : undefined;
}

const MISPLACED = {
  pattern: "a pattern where none belongs",
  once: "an ad-hoc command, which only a push may bring",
  shell: "something for a remote shell, which only its own route takes",
} as const satisfies Record<TokenKind, string>;

/**
 * What is said to a shell is good for a moment, and for one source. A clock that is ahead by more than that moment would
 * make it good for longer.
 */
function checkShell(claims: Claims, now: number, keyId: string): Problem | undefined {
  const { source, expires, issuedAt } = claims;
  if (source === undefined || expires === undefined || issuedAt === undefined) {
    return refused("token-shell", "something for a remote shell without etchaSource, exp or iat", keyId);
  }
  const { lifetime } = SHELL_LIMITS;
  if ((expires - issuedAt) * 1000 > lifetime) {
    return refused(
      "token-shell",
      `something for a remote shell that is valid for more than ${lifetime / 1000} s`,
      keyId,
    );
  }
  if (issuedAt * 1000 <= now + lifetime) return undefined;
  return refused("token-shell", `it was made at ${date(issuedAt)}`, keyId, "check the clocks of both machines");
}

/** An ad-hoc command must be recognisable when it comes again, for as long as it could. */
function checkOnce(claims: Claims, now: number, keyId: string): Problem | undefined {
  const missing = [
    ...(claims.source === undefined ? ["etchaSource"] : []),
    ...(claims.id === undefined || claims.id === "" ? ["jti"] : []),
    ...(claims.expires === undefined ? ["exp"] : []),
  ];
  if (missing.length > 0) return refused("token-once", `an ad-hoc command without ${missing.join(", ")}`, keyId);
  if (claims.expires! * 1000 <= now + ONCE_LIFETIME + CLOCK_SKEW) return undefined;
  return refused("token-once", `an ad-hoc command that would be valid for more than ${minutes(ONCE_LIFETIME)}`, keyId);
}

function checkSource(claims: Claims, source: string | undefined, keyId: string): Problem | undefined {
  if (claims.source === undefined || source === undefined || claims.source === source) return undefined;
  return refused("token-source", `it was made for the source ${quote(claims.source)}, not for ${quote(source)}`, keyId);
}

function checkRules(claims: Claims, rules: readonly ClaimRule[], keyId: string): Problem | undefined {
  for (const rule of rules) {
    const why = rule(claims);
    if (why !== undefined) return refused("token-rule", `its claims don't satisfy jwtRule: ${why}`, keyId);
  }
  return undefined;
}

async function sha256(text: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toHex();
}

function refused(code: string, found: string, keyId: string, hint?: string): Problem {
  return { code, attempted: "verify the token", found, where: keyName(keyId), ...(hint !== undefined && { hint }) };
}

function keyName(id: string): string {
  return id === "" ? "no key id" : `key ${quote(id)}`;
}

/** Foreign text in a message: escaped, and not longer than a line. */
function quote(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text);
}

function date(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

function minutes(duration: Milliseconds): string {
  return `${duration / 60_000} minutes`;
}
