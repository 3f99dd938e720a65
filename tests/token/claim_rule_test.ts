import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { compileRule } from "../../src/token/claim_rule.ts";
import { parseClaims } from "../../src/token/claims.ts";
import { signToken } from "../../src/token/sign.ts";
import { verifyToken } from "../../src/token/verify.ts";
import { CLAIMS, ok, refusals, vectorKeys } from "./tokens.ts";

const PAYLOAD = {
  aud: ["prod", "eu"],
  sub: "web",
  iat: 1_795_349_694,
  etchaRunVars: { level: 3, share: 0.5, on: true },
};

async function holds(rule: string, payload = {}): Promise<string | undefined> {
  return ok(await compileRule(rule, "run.jwtRule"))(ok(parseClaims({ ...PAYLOAD, ...payload })));
}

const TRUE = [
  '"prod" in aud && sub == "web"',
  'sub.matches("^w.b$")',
  '[1].all(x, sub.matches("^web$"))',
  "iat + 60 > 1795349694",
  "etchaRunVars.level == 3 && etchaRunVars.share < 1.0 && etchaRunVars.on",
  "!has(etchaRunVars.missing)",
  'aud.exists(one, one.startsWith("e")) && size(aud) == 2',
];

for (const rule of TRUE) {
  Deno.test(`claims that satisfy ${rule}`, async () => equal(await holds(rule), undefined));
}

Deno.test("an audience of one is a list as well, and one of none an empty one", async () => {
  equal(await holds('"prod" in aud', { aud: "prod" }), undefined);
  const { aud: _, ...without } = PAYLOAD;
  equal(ok(await compileRule("size(aud) == 0", ""))(ok(parseClaims(without))), undefined);
});

const FALSE: readonly (readonly [rule: string, why: RegExp])[] = [
  ['"dev" in aud', /^it is false$/],
  ['iss == "me"', /^Unknown variable: iss$/],
  ["sub", /^it is neither true nor false$/],
  ["sub > 3", /no such overload/],
  ["etchaRunVars.missing == 1", /No such key/],
  ["1 / (iat - iat) == 1", /./],
  ['sub.matches("(")', /^no regular expression/],
  // Not RE2: what JavaScript knows takes any time.
  ['sub.matches("(?=w)web")', /^no regular expression/],
  ['[1].all(x, {"a": sub.matches("(?=w)web")}.a)', /^no regular expression/],
  ['"a".matches("(") || sub.matches("(?=w)w")', /^no regular expression/],
  ["constructor == 1", /./],
];

for (const [rule, why] of FALSE) {
  Deno.test(`claims that don't satisfy ${rule}`, async () => match(await holds(rule) ?? "", why));
}

const MALFORMED = [
  "",
  "a ==",
  "'x",
  "a b",
  "foo(1)",
  "sub.nope()",
  "1",
  "'text'",
  "[true]",
  "__proto__ != null",
  "(".repeat(1000),
];

for (const rule of MALFORMED) {
  Deno.test(`no rule: ${rule.slice(0, 20)}`, async () => {
    const compiled = await compileRule(rule, "sources.core.jwtRule");
    deepEqual(refusals(compiled), ["rule-malformed"]);
    truthy(!compiled.ok && compiled.problems[0]?.where === "sources.core.jwtRule");
  });
}

Deno.test("a token is good when its claims satisfy every rule", async () => {
  const { privateKey, publicKey } = await vectorKeys("ed25519");
  const token = ok(await signToken({ ...CLAIMS, subject: "web" }, privateKey));
  const verify = async (...texts: string[]) => {
    const rules = await Promise.all(texts.map(async (text) => ok(await compileRule(text, ""))));
    return await verifyToken(token, { keys: [publicKey], rules, now: 0, accepts: ["pattern"] });
  };
  ok(await verify('sub == "web"', "!has(etchaRunVars.x)"));
  const refused = await verify('sub == "web"', '"prod" in aud');
  deepEqual(refusals(refused), ["token-rule"]);
  match(JSON.stringify(refused), /its claims don't satisfy jwtRule: it is false/);
});
