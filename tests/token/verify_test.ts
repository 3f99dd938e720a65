import assert from "node:assert/strict";
import fc from "fast-check";
import type { Result } from "../../src/domain/problem.ts";
import type { UnsignedClaims } from "../../src/token/claims.ts";
import type { PrivateKey, PublicKey } from "../../src/token/keys.ts";
import { signToken } from "../../src/token/sign.ts";
import { checkTimes, type Verification, type VerifiedToken, verifyToken } from "../../src/token/verify.ts";
import { base64url, CLAIMS, ok, refusals, vectorKeys } from "./tokens.ts";
import vectors from "./vectors.json" with { type: "json" };

/** Milliseconds: after the tokens of the vectors were made. */
const NOW = 1_795_400_000_000;
const ed = await vectorKeys("ed25519");
const ec = await vectorKeys("ecp256");
const rsa = await vectorKeys("rsa2048");
const ALL = [ed.publicKey, ec.publicKey, rsa.publicKey];

function verify(token: string, more: Partial<Verification> = {}): Promise<Result<VerifiedToken>> {
  return verifyToken(token, { keys: ALL, now: NOW, accepts: ["pattern"], ...more });
}

async function signed(claims: Partial<UnsignedClaims>, key: PrivateKey = ed.privateKey): Promise<string> {
  return ok(await signToken({ ...CLAIMS, ...claims }, key));
}

/** A token with any header, signed rightly for `key`, whatever the header says. */
async function forged(header: unknown, payload: unknown, key: PrivateKey = ed.privateKey): Promise<string> {
  const input = `${base64url(header)}.${base64url(payload)}`;
  const algorithm = { ed25519: "Ed25519", ecp256: { name: "ECDSA", hash: "SHA-256" }, rsa2048: "RSASSA-PKCS1-v1_5" };
  const bytes = await crypto.subtle.sign(algorithm[key.algorithm], key.key, new TextEncoder().encode(input));
  return `${input}.${new Uint8Array(bytes).toBase64({ alphabet: "base64url", omitPadding: true })}`;
}

Deno.test("verify: tokens of the original verify, except those whose header names the wrong algorithm", async () => {
  for (const { token, payload, verifies, algorithm } of vectors.tokens) {
    const result = await verify(token);
    if (!verifies) {
      assert.deepEqual(refusals(result), ["token-algorithm"]);
      continue;
    }
    const { claims, keyId, hash } = ok(result);
    assert.deepEqual(claims.raw, payload);
    assert.deepEqual(claims.audience, ["web", "db"]);
    assert.deepEqual(claims.runVars, { level: 3, who: "builder" });
    assert.equal(claims.pattern?.entrypoint, "/patterns/sub/main.jsonnet");
    assert.equal(keyId, `vec-${algorithm}`);
    assert.match(hash, /^[0-9a-f]{64}$/);
  }
});

Deno.test("verify: our tokens have the header alg, kid, typ and verify for all three kinds", async () => {
  for (const [{ privateKey, publicKey }, alg] of [[ed, "EdDSA"], [ec, "ES256"], [rsa, "RS256"]] as const) {
    const token = await signed({}, privateKey);
    const [header = ""] = token.split(".");
    assert.equal(header, base64url({ alg, kid: privateKey.id, typ: "JWT" }));
    const { signer, keyId } = ok(await verify(`${token}\n`));
    assert.deepEqual([signer, keyId], [publicKey.thumbprint, publicKey.id]);
  }
});

Deno.test("verify: an unknown key id does not keep a known key from verifying", async () => {
  const payload = { etchaPattern: { entrypoint: "/a", files: { "/a": "" } } };
  for (const header of [{ alg: "EdDSA" }, { alg: "EdDSA", kid: "unknown" }, { alg: "EdDSA", kid: 7 }]) {
    assert.equal(ok(await verify(await forged(header, payload))).keyId, "vec-ed25519");
  }
});

Deno.test("verify: a foreign signature, and one that was tampered with, are refused with the key id", async () => {
  const token = await signed({ runVars: { a: 1 } });
  const [header, payload, signature = ""] = token.split(".");
  const other = await signed({ runVars: { a: 2 } });
  const cases = [
    `${header}.${other.split(".")[1]}.${signature}`,
    `${header}.${payload}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`,
    `${header}.${payload}.`,
    `${header}.${payload}.${signature.slice(0, -10)}`,
    `${base64url({ alg: "EdDSA", kid: "vec-ed25519", typ: "jwt" })}.${payload}.${signature}`,
  ];
  for (const text of cases) {
    const result = await verify(text);
    assert.deepEqual(refusals(result), ["token-signature"]);
    assert.ok(!result.ok && result.problems[0]?.where === 'key "vec-ed25519"');
  }
  assert.deepEqual(refusals(await verify(token, { keys: [] })), ["token-algorithm"]);
});

Deno.test("verify: no algorithm but the key's own, however the header puts it", async () => {
  const payload = { etchaPattern: { entrypoint: "/a", files: { "/a": "" } } };
  const kid = "vec-rsa2048";
  const refused: readonly (readonly [unknown, PrivateKey])[] = [
    [{ alg: "none" }, ed.privateKey],
    [{ alg: "None", kid }, ed.privateKey],
    [{ alg: "HS256", kid }, ed.privateKey],
    [{ alg: "RS512", kid }, rsa.privateKey],
    [{ alg: "PS256", kid }, rsa.privateKey],
    [{ alg: "ES256", kid }, rsa.privateKey],
    [{ alg: "Ed25519", kid: "vec-ed25519" }, ed.privateKey],
    [{ alg: ["EdDSA"] }, ed.privateKey],
    [{ alg: "constructor" }, ed.privateKey],
    [{ kid }, rsa.privateKey],
  ];
  for (const [header, key] of refused) {
    const text = await forged(header, payload, key);
    assert.deepEqual(refusals(await verify(text)), ["token-algorithm"], JSON.stringify(header));
    const [head, body] = text.split(".");
    assert.deepEqual(refusals(await verify(`${head}.${body}.`)), ["token-algorithm"], JSON.stringify(header));
  }
});

Deno.test("verify: HMAC with the public key as its secret is refused", async () => {
  const secret = new Uint8Array(await crypto.subtle.exportKey("spki", rsa.publicKey.key));
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", secret, hmac, false, ["sign"]);
  const input = `${base64url({ alg: "HS256", kid: rsa.publicKey.id })}.${base64url({})}`;
  const bytes = new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(input)));
  const token = `${input}.${bytes.toBase64({ alphabet: "base64url", omitPadding: true })}`;
  assert.deepEqual(refusals(await verify(token, { keys: [rsa.publicKey] })), ["token-algorithm"]);
});

Deno.test("verify: what is no token is refused", async () => {
  const bad = ["", " \n", "a", "a.b", "a.b.c", "a.b.c.d", "a..c", "{}", `${base64url("[]")}.${base64url({})}.AAAA`];
  for (const text of bad) assert.deepEqual(refusals(await verify(text)), ["token-malformed"], text);
  for (const payload of ["[]", "null", "1", '{"a":', "\ufeff{}"]) {
    assert.deepEqual(refusals(await verify(await forged({ alg: "EdDSA" }, payload))), ["token-malformed"], payload);
  }
  const critical = { alg: "EdDSA", crit: ["b64"], b64: false };
  assert.deepEqual(refusals(await verify(await forged(critical, {}))), ["token-malformed"]);
  assert.deepEqual(refusals(await verify(await forged({ alg: "EdDSA", x: "x".repeat(4096) }, {}))), [
    "token-malformed",
  ]);
});

Deno.test("verify: a deeply nested payload is refused, not a crash", async () => {
  const nested = (depth: number) => `{"a":${"[".repeat(depth)}${"]".repeat(depth)},"etchaOnce":null}`;
  assert.deepEqual(refusals(await verify(await forged({ alg: "EdDSA" }, nested(100_000)))), ["token-malformed"]);
  assert.deepEqual(refusals(await verify(await forged({ alg: "EdDSA" }, nested(400)))), ["token-kind"]);
});

Deno.test("verify: more than 32 MiB are refused before anything is read", async () => {
  assert.deepEqual(refusals(await verify("x".repeat(32 * 1024 * 1024 + 1))), ["token-too-large"]);
  const large = await signToken({ ...CLAIMS, buildManifest: "x".repeat(26 * 1024 * 1024) }, ed.privateKey);
  assert.deepEqual(refusals(large), ["token-too-large"]);
});

Deno.test("verify: limits and paths are refused before anything is rendered, and by the signer already", async () => {
  const pattern = { entrypoint: "/a", files: { "/a": "", "/../b": "" }, binaryFiles: {}, libraryPaths: [] };
  assert.deepEqual(refusals(await signToken({ ...CLAIMS, pattern }, ed.privateKey)), ["token-path"]);
  const result = await verify(await forged({ alg: "EdDSA" }, { etchaPattern: pattern }));
  assert.deepEqual(refusals(result), ["token-path"]);
  assert.ok(!result.ok && result.problems[0]?.where === 'key "vec-ed25519": etchaPattern.files["/../b"]');
});

Deno.test("verify: exp and nbf have 30 seconds of skew", async () => {
  const at = (seconds: number) => ({ now: seconds * 1000 });
  const expiring = await signed({ expires: 1000 });
  assert.equal((await verify(expiring, at(1029.999))).ok, true);
  assert.deepEqual(refusals(await verify(expiring, at(1030))), ["token-expired"]);
  const early = await signed({ notBefore: 1000 });
  assert.equal((await verify(early, at(970))).ok, true);
  assert.deepEqual(refusals(await verify(early, at(969.999))), ["token-not-yet-valid"]);
  const { claims } = ok(await verify(expiring, at(0)));
  assert.deepEqual([checkTimes(claims, 0, "k"), checkTimes(claims, 2_000_000, "k")?.code], [
    undefined,
    "token-expired",
  ]);
});

Deno.test("verify: a token that was made for another source is refused", async () => {
  const bound = await signed({ source: "staging" });
  assert.equal((await verify(bound, { source: "staging" })).ok, true);
  assert.equal((await verify(bound)).ok, true);
  assert.deepEqual(refusals(await verify(bound, { source: "production" })), ["token-source"]);
  assert.equal((await verify(await signed({}), { source: "production" })).ok, true);
});

Deno.test("verify: each route takes only its own kind, and an ad-hoc command must be recognisable", async () => {
  const { pattern: _, ...rest } = CLAIMS;
  const once = { ...rest, once: "uptime", source: "core", id: "j", expires: NOW / 1000 + 300 };
  const sign = async (claims: UnsignedClaims) => ok(await signToken(claims, ed.privateKey));
  const both = { accepts: ["pattern", "once"] } as const;
  assert.equal(ok(await verify(await sign(once), both)).claims.once, "uptime");
  assert.deepEqual(refusals(await verify(await sign(once))), ["token-kind"]);
  assert.deepEqual(refusals(await verify(await sign(CLAIMS), { accepts: ["once"] })), ["token-kind"]);
  assert.deepEqual(refusals(await verify(await sign(rest), both)), ["token-kind"]);
  for (const missing of ["source", "id", "expires"] as const) {
    const { [missing]: _, ...less } = once;
    assert.deepEqual(refusals(await verify(await sign(less), both)), ["token-once"], missing);
  }
  assert.deepEqual(refusals(await verify(await sign({ ...once, expires: NOW / 1000 + 331 }), both)), ["token-once"]);
});

Deno.test("verify: with many keys the one that signed is found", async () => {
  const renamed = (key: PublicKey, id: string): PublicKey => ({ ...key, id });
  const keys = [renamed(ec.publicKey, "vec-ed25519"), renamed(ed.publicKey, "other"), rsa.publicKey];
  assert.equal(ok(await verify(await signed({}), { keys })).keyId, "other");
});

Deno.test("verify: any change of a token is refused, any text gives a result", async () => {
  const tokens = [await signed({}), await signed({}, ec.privateKey), await signed({}, rsa.privateKey), "a.b.c"];
  const changed = fc.tuple(fc.constantFrom(...tokens), fc.nat(), fc.string({ maxLength: 2 }), fc.nat(2)).map(
    ([token, at, text, drop]) => token.slice(0, at % token.length) + text + token.slice(at % token.length + drop),
  );
  await fc.assert(
    fc.asyncProperty(fc.oneof(changed, fc.string()), async (text) => {
      const result = await verify(text);
      if (!result.ok) return assert.ok(result.problems.every((problem) => problem.code.startsWith("token-")));
      // Only white space around it, or unused bits of the last base64 digit of the signature, may differ.
      const content = (token: string) => token.trim().slice(0, token.trim().lastIndexOf("."));
      assert.ok(tokens.some((token) => content(token) === content(text)), text);
    }),
    { numRuns: 400, seed: 4 },
  );
});

Deno.test("verify: what is said to a shell is good for five seconds, on its own route, without skew", async () => {
  const now = NOW / 1000;
  const said = { columns: 80, rows: 24, number: 1, input: "" };
  const token = async (more: Partial<UnsignedClaims> = {}) => {
    const { pattern: _, ...rest } = { ...CLAIMS, shell: said, source: "web", issuedAt: now, expires: now + 5, ...more };
    return ok(await signToken(rest, ed.privateKey));
  };
  const atShell = async (text: string, at = NOW) => await verify(text, { accepts: ["shell"], source: "web", now: at });
  assert.deepEqual(ok(await atShell(await token())).claims.shell, said);
  assert.deepEqual(refusals(await verify(await token(), { source: "web", accepts: ["pattern", "once"] })), [
    "token-kind",
  ]);
  assert.deepEqual(refusals(await atShell(await signed({ source: "web" }))), ["token-kind"]);
  assert.ok((await atShell(await token(), NOW + 4999)).ok);
  assert.deepEqual(refusals(await atShell(await token(), NOW + 5000)), ["token-expired"]);
  // A clock that is ahead by more would make it good for longer.
  assert.ok((await atShell(await token(), NOW - 5000)).ok);
  assert.deepEqual(refusals(await atShell(await token(), NOW - 5001)), ["token-shell"]);
  assert.deepEqual(refusals(await atShell(await token({ expires: now + 5.1 }))), ["token-shell"]);
  assert.deepEqual(refusals(await atShell(await token({ notBefore: now + 1 }))), ["token-not-yet-valid"]);
  assert.deepEqual(refusals(await atShell(await token({ source: "db" }))), ["token-source"]);
});
