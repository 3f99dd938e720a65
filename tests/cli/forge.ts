import { createHmac } from "node:crypto";
import { generateKeyPair, importPrivateKey, type PrivateKey } from "../../src/token/keys.ts";
import type { KeyAlgorithm } from "../../src/domain/key_string.ts";
import { ok } from "../token/tokens.ts";

/** A pair as a test needs it: to sign with, and for the configuration. */
export interface TestKey {
  readonly privateKey: PrivateKey;
  readonly publicKey: string;
}

export async function testKey(id: string, algorithm: KeyAlgorithm = "ed25519"): Promise<TestKey> {
  const pair = ok(await generateKeyPair(algorithm, id));
  return { privateKey: ok(await importPrivateKey(pair.privateKey)), publicKey: pair.publicKey };
}

/** Seconds since the epoch. */
export function seconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** The claims of a token whose one file is a pattern with these commands. */
export function patternClaims(run: readonly object[], more: object = {}): object {
  const files = { "/main.jsonnet": JSON.stringify({ run }) };
  return { etchaPattern: { entrypoint: "/main.jsonnet", files }, iat: seconds(), ...more };
}

const JOSE = { ed25519: "EdDSA", ecp256: "ES256", rsa2048: "RS256" } as const;
const SIGNING = {
  ed25519: "Ed25519",
  ecp256: { name: "ECDSA", hash: "SHA-256" },
  rsa2048: "RSASSA-PKCS1-v1_5",
} as const;

/** A token of any claims and header fields, rightly signed. */
export async function forge(
  claims: unknown,
  { privateKey }: TestKey,
  header: object = {},
): Promise<string> {
  const { algorithm, id, key } = privateKey;
  const input = signingInput({ alg: JOSE[algorithm], kid: id, typ: "JWT", ...header }, claims);
  const signature = await crypto.subtle.sign(SIGNING[algorithm], key, new TextEncoder().encode(input));
  return `${input}.${encode(new Uint8Array(signature))}`;
}

/** A token with an HMAC in place of a signature. */
export function forgeHmac(claims: unknown, secret: string | Uint8Array, header: object): string {
  const input = signingInput({ alg: "HS256", typ: "JWT", ...header }, claims);
  return `${input}.${encode(createHmac("sha256", secret).update(input).digest())}`;
}

/** The first two parts of a token. */
export function signingInput(header: object, claims: unknown): string {
  const text = typeof claims === "string" ? claims : JSON.stringify(claims);
  return `${encode(new TextEncoder().encode(JSON.stringify(header)))}.${encode(new TextEncoder().encode(text))}`;
}

/** The same token with another part: `0` header, `1` payload, `2` signature. */
export function withPart(token: string, index: 0 | 1 | 2, part: string): string {
  return token.split(".").with(index, part).join(".");
}

export function encode(bytes: Uint8Array): string {
  return new Uint8Array(bytes).toBase64({ alphabet: "base64url", omitPadding: true });
}
