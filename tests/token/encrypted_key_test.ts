import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { decryptKey, encryptKey } from "../../src/token/encrypted_key.ts";
import { generateKeyPair, importPrivateKey, importPublicKey } from "../../src/token/keys.ts";
import { ok } from "./tokens.ts";

/** Made by another program; the passphrase is "pw". */
const VECTOR = "argon2id:rK5ntgwArBUh4BtY-1-65536-32-1@xchacha20poly1305:" +
  "9GmuDZYgKAswIUW2vOHM93ZtqXMWWTH8sq24oXCK21TAfh++Jcjim6GYRlISIY4jxbbMKE/OhRlbTe/wFzsxHDAd0xKUAFfJTuXfNFkPnN+tT4KbA0" +
  "GBFXb7TXF6cuAcmS9ljcYTvhVp3rJiLIeTYa/zp6RGJWfPtvvmgIIvQLE87hM53A==:vec-encrypted";
const VECTOR_PUBLIC = "ed25519public:MCowBQYDK2VwAyEA8W+DhT6MH/aC0Pxp/iG6K5bqOSAujSaINjpMbs3cz5g=:vec-encrypted";

Deno.test("a key that another program has encrypted is opened", async () => {
  const key = ok(await importPrivateKey(ok(await decryptKey(VECTOR, "pw"))));
  equal(key.thumbprint, ok(await importPublicKey(VECTOR_PUBLIC)).thumbprint);
  equal(key.id, "vec-encrypted");
});

Deno.test("another passphrase, or a changed text, opens nothing and shows nothing", async () => {
  const changed = VECTOR.replace("9Gmu", "9Gmv");
  for (const [text, passphrase] of [[VECTOR, "PW"], [changed, "pw"]] as const) {
    const opened = await decryptKey(text, passphrase);
    truthy(!opened.ok);
    deepEqual(opened.problems.map(({ code }) => code), ["key-passphrase"]);
    truthy(!/9Gm|PW/.test(JSON.stringify(opened)));
  }
});

Deno.test("what is encrypted comes back, and never looks the same", async () => {
  const { privateKey } = ok(await generateKeyPair("ed25519", "me:and-you"));
  const encrypted = await encryptKey(privateKey, "pässword");
  match(encrypted, /^argon2id:[0-9a-f]{24}-3-65536-32-4@xchacha20poly1305:[A-Za-z0-9+/]+=*:me:and-you$/);
  equal(ok(await decryptKey(encrypted, "pässword")), privateKey);
  truthy(await encryptKey(privateKey, "pässword") !== encrypted);
});
