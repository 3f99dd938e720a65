import assert from "node:assert/strict";
import { checkRollback, type RollbackCheck } from "../../src/token/rollback.ts";
import { signToken } from "../../src/token/sign.ts";
import { verifyToken } from "../../src/token/verify.ts";
import { CLAIMS, ok, refusals, vectorKeys } from "./tokens.ts";

const { privateKey, publicKey } = await vectorKeys("ed25519");
const signer = publicKey.thumbprint;
/** Seconds. */
const NOW = 1_000_000;

async function check(issuedAt: number | undefined, more: Partial<RollbackCheck> = {}) {
  const claims = issuedAt === undefined ? CLAIMS : { ...CLAIMS, issuedAt };
  const raw = ok(await signToken(claims, privateKey));
  const token = ok(await verifyToken(raw, { keys: [publicKey], now: NOW * 1000, accepts: ["pattern"] }));
  return checkRollback({ token, now: NOW * 1000, newest: { [signer]: NOW - 3600 }, allowRollback: false, ...more });
}

Deno.test("rollback: a newer token, one of the same second, and the first of a key are accepted and marked", async () => {
  for (const [issuedAt, newest] of [[NOW, NOW - 1], [NOW, NOW], [NOW + 30, NOW], [5, undefined]] as const) {
    const marks = newest === undefined ? {} : { [signer]: newest, other: NOW + 5 };
    assert.deepEqual(ok(await check(issuedAt, { newest: marks })), { signer, issuedAt });
  }
});

Deno.test("rollback: an older token is refused with both ages and the key id", async () => {
  const result = await check(NOW - 90_000);
  assert.deepEqual(refusals(result), ["token-older"]);
  assert.ok(!result.ok);
  assert.equal(
    result.problems[0]?.found,
    "it was issued 25h ago (1970-01-11T12:46:40.000Z), but one that was issued 1h ago (1970-01-12T12:46:40.000Z) " +
      "has been accepted",
  );
  assert.equal(result.problems[0]?.where, 'key "vec-ed25519"');
});

Deno.test("rollback: an older token is accepted where the source allows it, and the mark stays", async () => {
  assert.deepEqual(ok(await check(NOW - 90_000, { allowRollback: true })), { signer, issuedAt: NOW - 3600 });
});

Deno.test("rollback: a token from the future and one without a date are refused, even where going back is allowed", async () => {
  for (const allowRollback of [false, true]) {
    assert.deepEqual(refusals(await check(NOW + 31, { allowRollback })), ["token-from-future"]);
    assert.deepEqual(refusals(await check(undefined, { allowRollback })), ["token-undated"]);
  }
});

Deno.test("rollback: the stored current token is exempt, and moves no mark", async () => {
  for (const issuedAt of [undefined, NOW - 90_000, NOW + 90_000]) {
    const claims = issuedAt === undefined ? CLAIMS : { ...CLAIMS, issuedAt };
    const raw = ok(await signToken(claims, privateKey));
    const { hash } = ok(await verifyToken(raw, { keys: [publicKey], now: NOW * 1000, accepts: ["pattern"] }));
    assert.equal(ok(await check(issuedAt, { currentHash: hash })), undefined);
  }
});
