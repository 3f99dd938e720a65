import type { Problem, Result } from "./problem.ts";
import { bad, ok } from "./problem.ts";
import { didYouMean } from "./suggest.ts";

/** The kinds of keys: Ed25519, ECDSA on P-256, RSA with PKCS#1 v1.5 signatures (2048 bits or more). */
export type KeyAlgorithm = "ed25519" | "ecp256" | "rsa2048";
export type KeyRole = "private" | "public";

export const KEY_ALGORITHMS: readonly KeyAlgorithm[] = ["ed25519", "ecp256", "rsa2048"];

/** A key as text says it: `ALG:BASE64[:ID]`, with PKCS#8 (private) or SPKI (public) DER in standard base64. */
export interface KeyString {
  readonly algorithm: KeyAlgorithm;
  readonly role: KeyRole;
  readonly der: Uint8Array<ArrayBuffer>;
  /** "" when the text has none. */
  readonly id: string;
}

const OIDS: Readonly<Record<string, KeyAlgorithm>> = {
  // RFC 8410: id-Ed25519; RFC 5480: id-ecPublicKey with prime256v1; RFC 8017: rsaEncryption.
  "2b6570": "ed25519",
  "2a8648ce3d0201+2a8648ce3d030107": "ecp256",
  "2a864886f70d010101": "rsa2048",
};
const ID = /^[\x21-\x7e]{1,128}$/;

/**
 * Reads a key string of the wanted role, and checks that the key inside is of the kind that its name says. Problems
 * `key-malformed`, `key-algorithm`, `key-role`, `key-encrypted`; none of them holds a part of the text.
 */
export function parseKeyString(text: string, role: KeyRole): Result<KeyString> {
  const trimmed = text.trim();
  const first = trimmed.indexOf(":");
  if (first < 0) {
    return bad(keyProblem("key-malformed", "a text without a colon", "a key string is ALGORITHM:BASE64[:ID]"));
  }
  const name = trimmed.slice(0, first);
  if (name === "argon2id") {
    const hint = "only build.signingKey and build.signingKeyPath take one";
    return bad(keyProblem("key-encrypted", "a key that is encrypted with a passphrase", hint));
  }
  const kind = KINDS.get(name);
  if (kind === undefined) {
    // Only a short word is shown: whatever stands here by mistake may be the key itself.
    const shown = /^[a-z0-9]{1,16}$/.test(name) ? JSON.stringify(name) : `an unknown algorithm`;
    const near = didYouMean(name, KINDS.keys());
    return bad(keyProblem("key-algorithm", `${shown} is none of ${[...KINDS.keys()].join(", ")}`, near.hint));
  }
  if (kind.role !== role) return bad(wrongRole(kind.role, role));
  const second = trimmed.indexOf(":", first + 1);
  const id = second < 0 ? "" : trimmed.slice(second + 1);
  if (second >= 0 && !isKeyId(id)) {
    return bad(keyProblem("key-malformed", "the id is not 1 to 128 visible ASCII characters"));
  }
  const der = decodeBase64(trimmed.slice(first + 1, second < 0 ? undefined : second));
  if (der === undefined) return bad(keyProblem("key-malformed", "what follows the algorithm is no standard base64"));
  const found = derAlgorithm(der, role);
  if (found === undefined) {
    const format = role === "private" ? "PKCS#8" : "SPKI";
    return bad(keyProblem("key-malformed", `the base64 is no ${format} key of a known algorithm`));
  }
  if (found !== kind.algorithm) {
    return bad(keyProblem("key-algorithm", `the name says ${kind.algorithm}, the key inside is ${found}`));
  }
  return ok({ ...kind, der, id });
}

/** The text form; the inverse of `parseKeyString`. */
export function formatKeyString(key: KeyString): string {
  return `${key.algorithm}${key.role}:${key.der.toBase64()}${key.id === "" ? "" : `:${key.id}`}`;
}

/** Whether a text may be the id of a key: visible ASCII, without blanks, up to 128 characters. */
export function isKeyId(text: string): boolean {
  return ID.test(text);
}

/** The algorithm that a DER structure (PKCS#8: RFC 5958, SPKI: RFC 5280) names, if it is one of ours. */
export function derAlgorithm(der: Uint8Array, role: KeyRole): KeyAlgorithm | undefined {
  const outer = readDer(der, 0);
  if (outer?.tag !== 0x30 || outer.end !== der.length) return undefined;
  let start = outer.start;
  if (role === "private") {
    const version = readDer(der, start);
    if (version?.tag !== 0x02) return undefined;
    start = version.end;
  }
  const algorithm = readDer(der, start);
  if (algorithm?.tag !== 0x30) return undefined;
  const oid = readDer(der, algorithm.start);
  if (oid?.tag !== 0x06) return undefined;
  const name = der.subarray(oid.start, oid.end).toHex();
  const curve = oid.end < algorithm.end ? readDer(der, oid.end) : undefined;
  return OIDS[curve?.tag === 0x06 ? `${name}+${der.subarray(curve.start, curve.end).toHex()}` : name];
}

/** The problem of a key that plays the other role; the hint matters most where a private key was about to be shared. */
export function wrongRole(found: KeyRole, wanted: KeyRole): Problem {
  const hint = wanted === "public"
    ? "give the public half, and keep the private key where things are signed"
    : "signing needs the private half of the pair";
  return keyProblem("key-role", `a ${found} key where a ${wanted} one belongs`, hint);
}

export function keyProblem(code: string, found: string, hint?: string): Problem {
  return { code, attempted: "read the key", found, ...(hint !== undefined && { hint }) };
}

/** Standard base64 with padding, strictly; nothing when it is not. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!isBase64(text) || text === "") return undefined;
  return Uint8Array.fromBase64(text);
}

/** Whether a text is standard base64 with padding (RFC 4648, section 4); the empty text is. */
export function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

const KINDS: ReadonlyMap<string, { readonly algorithm: KeyAlgorithm; readonly role: KeyRole }> = new Map(
  KEY_ALGORITHMS.flatMap((algorithm) =>
    (["private", "public"] as const).map((role) => [`${algorithm}${role}`, { algorithm, role }])
  ),
);

/** One DER element at `at`: its tag and where its content lies. Nothing when it does not fit. */
function readDer(
  der: Uint8Array,
  at: number,
): { readonly tag: number; readonly start: number; readonly end: number } | undefined {
  const tag = der[at];
  let length = der[at + 1];
  if (tag === undefined || length === undefined) return undefined;
  let start = at + 2;
  if (length >= 0x80) {
    const count = length - 0x80;
    if (count < 1 || count > 3) return undefined;
    length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + (der[start + i] ?? Infinity);
    start += count;
  }
  return start + length <= der.length ? { tag, start, end: start + length } : undefined;
}
