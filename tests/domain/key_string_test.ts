import assert from "node:assert/strict";
import fc from "fast-check";
import { formatKeyString, parseKeyString } from "../../src/domain/key_string.ts";
import vectors from "../token/vectors.json" with { type: "json" };

function code(text: string, role: "private" | "public" = "public"): string {
  const parsed = parseKeyString(text, role);
  return parsed.ok ? "ok" : parsed.problems.map((problem) => problem.code).join();
}

Deno.test("key string: parsing and formatting are inverse", () => {
  for (const { privateKey, publicKey, algorithm } of vectors.tokens) {
    for (const [text, role] of [[privateKey, "private"], [publicKey, "public"]] as const) {
      const parsed = parseKeyString(` ${text}\n`, role);
      assert.ok(parsed.ok);
      assert.deepEqual([parsed.value.algorithm, parsed.value.role], [algorithm, role]);
      assert.equal(formatKeyString(parsed.value), text);
    }
  }
});

Deno.test("key string: the id may be absent, and may hold colons", () => {
  const [name, base64] = vectors.tokens[0]!.publicKey.split(":");
  const id = (text: string) => {
    const parsed = parseKeyString(text, "public");
    return parsed.ok ? parsed.value.id : undefined;
  };
  assert.equal(id(`${name}:${base64}`), "");
  assert.equal(id(`${name}:${base64}:a:b`), "a:b");
});

Deno.test("key string: what is wrong is told by a code", () => {
  const { publicKey, privateKey } = vectors.tokens[0]!;
  const [name, base64 = "", keyId] = publicKey.split(":");
  const cases: readonly (readonly [string, string])[] = [
    ["", "key-malformed"],
    ["no colon", "key-malformed"],
    [privateKey, "key-role"],
    [publicKey.replace("ed25519", "ed448"), "key-algorithm"],
    [publicKey.replace("ed25519", "ecp256"), "key-algorithm"],
    [`${name}::${keyId}`, "key-malformed"],
    [`${name}:${base64.slice(1)}:${keyId}`, "key-malformed"],
    [`${name}:${base64.slice(4)}:${keyId}`, "key-malformed"],
    [`${name}:${base64.replaceAll("/", "_")}=:${keyId}`, "key-malformed"],
    [`${name}:${base64}:`, "key-malformed"],
    [`${name}:${base64}:two words`, "key-malformed"],
    [`${name}:${base64}:${"x".repeat(129)}`, "key-malformed"],
    ["argon2id:x-1-65536-32-1@xchacha20poly1305:AAAA:id", "key-encrypted"],
  ];
  for (const [text, expected] of cases) assert.equal(code(text), expected, text);
});

Deno.test("key string: a near miss of the algorithm is suggested, a misplaced secret is not shown", () => {
  const parsed = parseKeyString("ed25519pubic:AAAA", "public");
  assert.ok(!parsed.ok);
  assert.equal(parsed.problems[0]?.hint, 'did you mean "ed25519public"?');
  const secret = "MC4CAQAwBQYDK2VwBCIEIDp1hv0oQHeeC4xwiQFlXsoGpXbM17WrKsGSY3YQg5rk";
  for (const text of [`${secret}:id`, `ed25519private:${secret}:id`, `ed25519public:${secret}:id`, secret]) {
    assert.ok(!JSON.stringify(parseKeyString(text, "public")).includes(secret.slice(10, 40)), text);
  }
});

Deno.test("key string: any text gives a result", () => {
  const { publicKey } = vectors.tokens[0]!;
  const nearly = fc.tuple(fc.nat(publicKey.length), fc.string({ maxLength: 3 })).map(([at, text]) =>
    publicKey.slice(0, at) + text + publicKey.slice(at + text.length)
  );
  const der = fc.uint8Array({ maxLength: 200 }).map((bytes) => `ed25519public:${bytes.toBase64()}:x`);
  fc.assert(
    fc.property(fc.oneof(fc.string(), nearly, der), (text) => {
      assert.equal(typeof parseKeyString(text, "public").ok, "boolean");
      assert.equal(typeof parseKeyString(text, "private").ok, "boolean");
    }),
    { numRuns: 500, seed: 1 },
  );
});
