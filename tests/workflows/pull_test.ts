import { equal } from "node:assert/strict";
import { pulledFrom } from "../../src/workflows/pull.ts";

const PROBLEM = { code: "token-signature", attempted: "verify the token", found: "no", where: 'key "k"' };

Deno.test("what is wrong with a token names the path that gave it, and no secret of it", () => {
  equal(pulledFrom("tokens/a.jwt", PROBLEM).where, 'tokens/a.jwt: key "k"');
  const { where: _, ...placeless } = PROBLEM;
  equal(pulledFrom("tokens/a.jwt", placeless).where, "tokens/a.jwt");
  const url = pulledFrom("https://me:pass@host.example/a.jwt?key=secret#X-Key:secret", PROBLEM).where ?? "";
  equal(url, 'https://host.example/a.jwt: key "k"');
});
