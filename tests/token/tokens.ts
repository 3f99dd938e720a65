import assert from "node:assert/strict";
import type { Result } from "../../src/domain/problem.ts";
import type { UnsignedClaims } from "../../src/token/claims.ts";
import { importPrivateKey, importPublicKey, type PrivateKey, type PublicKey } from "../../src/token/keys.ts";
import vectors from "./vectors.json" with { type: "json" };

/** The smallest claims that are accepted. */
export const CLAIMS: UnsignedClaims = {
  pattern: { entrypoint: "/main.jsonnet", files: { "/main.jsonnet": "{}" }, binaryFiles: {}, libraryPaths: [] },
  buildManifest: "",
  runVars: {},
  version: "",
  audience: [],
};

export function ok<T>(result: Result<T>): T {
  assert.ok(result.ok, result.ok ? "" : JSON.stringify(result.problems));
  return result.value;
}

/** Code and place of every problem; fails when there is none. */
export function refusals(result: Result<unknown>): readonly string[] {
  assert.ok(!result.ok, "should have been refused");
  return result.problems.map((problem) => problem.code);
}

export type VectorName = "ed25519" | "ecp256" | "rsa2048";

export async function vectorKeys(name: VectorName): Promise<{ privateKey: PrivateKey; publicKey: PublicKey }> {
  const vector = vectors.tokens.find((token) => token.algorithm === name);
  assert.ok(vector !== undefined);
  return {
    privateKey: ok(await importPrivateKey(vector.privateKey)),
    publicKey: ok(await importPublicKey(vector.publicKey)),
  };
}

export function base64url(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return new TextEncoder().encode(text).toBase64({ alphabet: "base64url", omitPadding: true });
}
