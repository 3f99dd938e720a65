import assert from "node:assert/strict";
import { readToken } from "../../src/token/read.ts";
import { base64url, ok, refusals } from "./tokens.ts";
import vectors from "./vectors.json" with { type: "json" };

Deno.test("read: header and payload of any well-formed token, marked as unverified", () => {
  for (const { token, payload, algorithm } of vectors.tokens) {
    const read = ok(readToken(`${token}\n`));
    assert.deepEqual([read.trust, read.raw, read.header["kid"]], ["unverified", token, `vec-${algorithm}`]);
    assert.deepEqual(read.payload, payload);
  }
  assert.deepEqual(ok(readToken(`${base64url({ alg: "none" })}.${base64url({ a: 1 })}.`)).payload, { a: 1 });
});

Deno.test("read: what is no token is refused", () => {
  const header = base64url({ alg: "EdDSA" });
  for (const text of ["", "a.b", `${header}.${base64url("x")}.AA`, `${header}.${base64url("[]")}.AA`, "\0.\0.\0"]) {
    assert.deepEqual(refusals(readToken(text)), ["token-malformed"], text);
  }
});
