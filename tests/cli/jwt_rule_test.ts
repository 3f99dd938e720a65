import { deepEqual, equal, match } from "node:assert/strict";
import { Agent } from "./agent.ts";
import { Folder } from "./folder.ts";
import { etcha } from "./program.ts";

Deno.test("a source takes what satisfies the global rule and its own; a wrong rule ends the agent at once", async () => {
  await using folder = await Folder.make();
  const cwd = folder.path;
  const { privateKey, publicKey } = JSON.parse((await etcha(["generate-keys", "k"], { cwd })).stdout);
  const config = (own: string) => ({
    build: { signingKey: privateKey },
    run: { listenAddress: "127.0.0.1:0", verifyKeys: [publicKey], jwtRule: '"prod" in aud' },
    sources: { core: { allowPush: true, jwtRule: own } },
  });
  const pattern = (subject: string) =>
    `{ audience: 'prod', subject: '${subject}', run: [{ id: '${subject}', always: true, change: 'true' }] }`;
  await folder.write({
    "etcha.jsonnet": JSON.stringify(config('sub == "web"')),
    "wrong.jsonnet": JSON.stringify(config("sub ==")),
    "web.jsonnet": pattern("web"),
    "db.jsonnet": pattern("db"),
  });
  for (const name of ["web", "db"]) {
    equal((await etcha(["build", `${name}.jsonnet`, `${name}.jwt`], { cwd })).code, 0);
  }
  equal((await etcha(["jwt", "web.jwt"], { cwd })).code, 0);
  const shown = await etcha(["jwt", "db.jwt"], { cwd });
  equal(shown.code, 1);
  match(shown.stderr, /^ERROR key "k": verify the token: its claims don't satisfy jwtRule: it is false\n/);

  {
    await using agent = await new Agent({ cwd, settings: {} }).listening();
    equal((await agent.push("core", await folder.read("web.jwt"))).status, 200);
    const unknown = await agent.push("nowhere", "x");
    const refused = await agent.push("core", await folder.read("db.jwt"));
    deepEqual([refused.status, refused.body], [404, unknown.body]);
    await agent.logged(/refused a push from 127\.0\.0\.1: key \\?"k\\?": .*don't satisfy jwtRule: it is false/);
  }
  const wrong = await etcha(["-c", "wrong.jsonnet", "run", "-o"], { cwd });
  equal(wrong.code, 2);
  match(wrong.stderr, /^ERROR sources\.core\.jwtRule: read the rule for claims: Unexpected token: EOF\n.*CEL/m);
});
