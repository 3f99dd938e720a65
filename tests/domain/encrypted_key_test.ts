import { deepEqual, equal, ok as truthy } from "node:assert/strict";
import * as fc from "fast-check";
import { formatEncryptedKey, isEncryptedKey, parseEncryptedKey } from "../../src/domain/encrypted_key.ts";

const BOX = new Uint8Array(100).fill(7);
const GOOD = `argon2id:saltsalt-1-65536-32-1@xchacha20poly1305:${BOX.toBase64()}:me`;

Deno.test("what is formatted is parsed again", () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[A-Za-z0-9-]{8,64}$/),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 512, max: 65_536 }),
      fc.integer({ min: 1, max: 64 }),
      fc.uint8Array({ minLength: 41, maxLength: 200 }),
      fc.stringMatching(/^[!-~]{0,128}$/),
      (salt, time, memory, parallelism, bytes, id) => {
        const key = { derivation: { salt, time, memory, parallelism }, box: new Uint8Array(bytes), id };
        const text = formatEncryptedKey(key);
        truthy(isEncryptedKey(text));
        deepEqual(parseEncryptedKey(text), { ok: true, value: key });
      },
    ),
    { numRuns: 100, seed: 4 },
  );
});

const WRONG: readonly (readonly [what: string, text: string, code: string])[] = [
  ["nothing after the name", "argon2id:", "key-malformed"],
  ["a parameter that is missing", GOOD.replace("-32-1@", "-32@"), "key-malformed"],
  ["a parameter that is no number", GOOD.replace("-1-65536", "-x-65536"), "key-malformed"],
  ["a short salt", GOOD.replace("saltsalt", "salt"), "key-malformed"],
  ["another cipher", GOOD.replace("xchacha20poly1305", "aes256gcm"), "key-malformed"],
  ["another length of the key", GOOD.replace("-32-1@", "-16-1@"), "key-malformed"],
  ["a terabyte of memory", GOOD.replace("65536", "1000000000"), "key-cost"],
  ["more passes than anybody waits for", GOOD.replace("-1-65536", "-1000000-65536"), "key-cost"],
  ["no pass at all", GOOD.replace("-1-65536", "-0-65536"), "key-cost"],
  ["too many lanes", GOOD.replace("-32-1@", "-32-1000@"), "key-cost"],
  ["no lane", GOOD.replace("-32-1@", "-32-0@"), "key-cost"],
  ["less memory than the lanes need", GOOD.replace("65536", "7"), "key-cost"],
  ["no base64", GOOD.replace("BwcH", "B_cH"), "key-malformed"],
  ["a box without content", GOOD.replace(BOX.toBase64(), BOX.subarray(0, 40).toBase64()), "key-malformed"],
  ["a box that is too large", GOOD.replace(BOX.toBase64(), new Uint8Array(40_000).toBase64()), "key-malformed"],
  ["an empty id", GOOD.replace(":me", ":"), "key-malformed"],
  ["an id with a blank", `${GOOD} x`, "key-malformed"],
];

for (const [what, text, code] of WRONG) {
  Deno.test(`an encrypted key with ${what} is refused without showing any of it`, () => {
    const parsed = parseEncryptedKey(text);
    truthy(!parsed.ok);
    equal(parsed.problems[0]?.code, code);
    truthy(!JSON.stringify(parsed).includes("BwcHBwcH"));
  });
}
