import { deepEqual, equal, ok as truthy } from "node:assert/strict";
import { bad, ok as good } from "../../src/domain/problem.ts";
import { type Trust, verifyToken } from "../../src/token/verify.ts";
import { base64url, CLAIMS, ok, refusals, vectorKeys } from "./tokens.ts";
import { signToken } from "../../src/token/sign.ts";

const NOW = 1_795_400_000_000;
const { privateKey, publicKey } = await vectorKeys("ed25519");
const TOKEN = ok(await signToken(CLAIMS, privateKey));
/** In a way that no key of ours could check. */
const STRANGE = TOKEN.replace(/^[^.]+/, base64url({ alg: "HS512", kid: "outside" })).replace(/[^.]+$/, "AAAA");

function verify(text: string, check: NonNullable<Trust["verify"]>) {
  return verifyToken(text, { keys: [publicKey], verify: check, now: NOW, accepts: ["pattern"] });
}

Deno.test("what somebody else finds good is verified, whatever the algorithm; all of it counts as one key", async () => {
  for (const text of [TOKEN, STRANGE, `${STRANGE}\n`]) {
    const { raw, keyId, signer } = ok(await verify(text, (token) => Promise.resolve(good(`${token}\n`))));
    deepEqual([raw, keyId, signer], [text.trim(), "verifyCommands", "verifyCommands"]);
  }
});

Deno.test("the keys are not consulted", async () => {
  const refused = bad({ code: "commands-failed", attempted: "", found: "" });
  deepEqual(refusals(await verify(TOKEN, () => Promise.resolve(refused))), ["commands-failed"]);
});

Deno.test("what is printed must be the token that was asked about", async () => {
  const printed = async (text: string) => refusals(await verify(TOKEN, () => Promise.resolve(good(text))));
  const other = ok(await signToken({ ...CLAIMS, version: "2" }, privateKey));
  deepEqual(await printed(other), ["token-other"]);
  deepEqual(await printed("ok"), ["token-malformed"]);
  deepEqual(await printed(""), ["token-malformed"]);
});

Deno.test("times, kind and source are looked at as well, and garbage is shown to nobody", async () => {
  const agree = (token: string) => Promise.resolve(good(token));
  const expired = ok(await signToken({ ...CLAIMS, expires: 1 }, privateKey));
  deepEqual(refusals(await verify(expired, agree)), ["token-expired"]);
  const { pattern: _, ...rest } = CLAIMS;
  const once = ok(await signToken({ ...rest, once: "x" }, privateKey));
  deepEqual(refusals(await verify(once, agree)), ["token-kind"]);
  let asked = 0;
  const count = (token: string) => (asked++, agree(token));
  for (const text of ["", "a.b", "a.b.c", `${base64url({})}.${base64url("[1]")}.x`]) {
    truthy(!(await verify(text, count)).ok);
  }
  equal(asked, 0);
});
