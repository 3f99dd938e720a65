import assert from "node:assert/strict";
import fc from "fast-check";
import { KEY_ALGORITHMS } from "../../src/domain/key_string.ts";
import { generateKeyPair, importPrivateKey, importPublicKey } from "../../src/token/keys.ts";
import { signToken } from "../../src/token/sign.ts";
import { verifyToken } from "../../src/token/verify.ts";
import keyFiles from "./key_files.json" with { type: "json" };
import { CLAIMS, ok } from "./tokens.ts";
import vectors from "./vectors.json" with { type: "json" };

async function codes(text: string, role: string): Promise<readonly string[]> {
  const result = await (role === "private" ? importPrivateKey(text) : importPublicKey(text));
  return result.ok ? [] : result.problems.map((problem) => problem.code);
}

Deno.test("keys: a generated pair signs and verifies, under its id or a random one", async () => {
  const ids = new Set<string>();
  for (const algorithm of KEY_ALGORITHMS) {
    for (const wanted of ["laptop", undefined]) {
      const pair = ok(await generateKeyPair(algorithm, wanted));
      const [name, , id = ""] = pair.privateKey.split(":");
      assert.equal(name, `${algorithm}private`);
      assert.equal(pair.publicKey.split(":")[2], id);
      if (wanted === undefined) assert.match(id, /^[A-Za-z0-9]{10}$/);
      else assert.equal(id, wanted);
      ids.add(id);
      const key = ok(await importPrivateKey(pair.privateKey));
      const keys = [ok(await importPublicKey(pair.publicKey))];
      const token = ok(await signToken(CLAIMS, key));
      assert.equal(ok(await verifyToken(token, { keys, now: 0, accepts: ["pattern"] })).keyId, id);
    }
  }
  assert.equal(ids.size, 4);
  assert.equal((await generateKeyPair("ed25519", "two words")).ok, false);
});

Deno.test("keys: PEM and OpenSSH files of all kinds sign and verify", async () => {
  for (const { name, algorithm, privateKey, publicKey } of keyFiles.pairs) {
    const key = ok(await importPrivateKey(privateKey));
    const verifyKey = ok(await importPublicKey(publicKey));
    assert.deepEqual([key.algorithm, verifyKey.algorithm, verifyKey.thumbprint], [
      algorithm,
      algorithm,
      key.thumbprint,
    ]);
    // The comment of an OpenSSH key is its id; PEM has none, and both halves get the same by themselves.
    assert.equal(key.id, name.startsWith("openssh") ? "me@laptop" : key.thumbprint.slice(0, 10), name);
    assert.equal(verifyKey.id, key.id);
    const token = ok(await signToken(CLAIMS, key));
    const verification = { keys: [verifyKey], now: 0, accepts: ["pattern"] } as const;
    assert.equal(ok(await verifyToken(token, verification)).signer, key.thumbprint);
  }
});

Deno.test("keys: CRLF line ends and blanks around a file do no harm", async () => {
  for (const { privateKey, publicKey } of keyFiles.pairs) {
    const crlf = (text: string) => `\r\n${text.replaceAll("\n", "\r\n")}\r\n`;
    assert.deepEqual(await codes(crlf(privateKey), "private"), []);
    assert.deepEqual(await codes(crlf(publicKey), "public"), []);
  }
});

Deno.test("keys: formats that can't be used are refused, with what to do", async () => {
  for (const { name, role, text, code } of keyFiles.refused) assert.deepEqual(await codes(text, role), [code], name);
  for (const { name, privateKey, publicKey } of keyFiles.pairs) {
    assert.deepEqual(await codes(privateKey, "public"), ["key-role"], name);
    assert.deepEqual(await codes(publicKey, "private"), ["key-role"], name);
  }
  assert.deepEqual(await codes("sk-ssh-ed25519@openssh.com AAAA", "public"), ["key-malformed"]);
  assert.deepEqual(await codes("-----BEGIN PUBLIC KEY-----\nAAAA", "public"), ["key-malformed"]);
  assert.deepEqual(await codes("x".repeat(70_000), "public"), ["key-malformed"]);
});

Deno.test("keys: the thumbprint is that of RFC 7638 (example of RFC 8037, appendix A.3)", async () => {
  const point = Uint8Array.fromHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  const spki = new Uint8Array([...Uint8Array.fromHex("302a300506032b6570032100"), ...point]);
  const key = ok(await importPublicKey(`ed25519public:${spki.toBase64()}`));
  assert.equal(key.thumbprint, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
});

Deno.test("keys: damaged keys give a problem, whatever the damage, and never a part of themselves", async () => {
  const texts = [...keyFiles.pairs, ...vectors.tokens].flatMap((pair) => [pair.privateKey, pair.publicKey]);
  const damaged = fc.tuple(
    fc.constantFrom(...texts),
    fc.nat(),
    fc.constantFrom("", "A", "/", "=", "\n", ":"),
    fc.nat(3),
  )
    .map(([text, at, inserted, dropped]) => {
      const cut = at % text.length;
      return { text: text.slice(0, cut) + inserted + text.slice(cut + dropped), cut };
    });
  await fc.assert(
    fc.asyncProperty(damaged, async ({ text }) => {
      for (const result of [await importPrivateKey(text), await importPublicKey(text)]) {
        if (result.ok) continue;
        const told = JSON.stringify(result.problems);
        assert.ok(result.problems.every((problem) => problem.code.startsWith("key-")));
        for (const part of text.match(/[A-Za-z0-9+/]{24,}/g) ?? []) assert.ok(!told.includes(part.slice(0, 24)));
      }
    }),
    { numRuns: 200, seed: 2 },
  );
});
