import { deepEqual, equal, match } from "node:assert/strict";
import { Folder } from "./folder.ts";
import { etcha, type Ran } from "./program.ts";

/** A folder whose configuration signs and verifies. */
async function project(): Promise<Folder & { etcha: (...args: string[]) => Promise<Ran> }> {
  const folder = await Folder.make();
  const run = (...args: string[]) => etcha(args, { cwd: folder.path });
  const { privateKey, publicKey } = JSON.parse((await run("generate-keys")).stdout);
  await folder.write({
    "etcha.jsonnet": JSON.stringify({ build: { signingKey: privateKey }, run: { verifyKeys: [publicKey] } }),
    "patterns/web.jsonnet": "{ run: [{ id: 'x', always: true, change: 'true' }] }",
  });
  return Object.assign(folder, { etcha: run });
}

Deno.test("what a pattern says of its token is in the claims, and its buildExec is what builds", async () => {
  await using folder = await project();
  await folder.write({
    "all.jsonnet": `{
      audience: 'one', expiresIn: '1h', id: 'the id', issuer: 'me', subject: 'web',
      buildExec: { command: '/bin/sh -c', env: { WORD: 'of buildExec' } },
      build: [{ id: 'say', always: true, change: 'echo "$0 $WORD"', onChange: ['etcha:buildManifest'] }],
    }`,
    "seconds.jsonnet": "{ expiresInSec: 90 }",
    "never.jsonnet": "{}",
  });
  const claimsOf = async (name: string) => {
    equal((await folder.etcha("build", `${name}.jsonnet`, `${name}.jwt`)).code, 0);
    return JSON.parse((await folder.etcha("jwt", `${name}.jwt`)).stdout).claims;
  };
  const { aud, exp, iat, iss, jti, nbf, sub, etchaBuildManifest, etchaVersion } = await claimsOf("all");
  deepEqual([aud, iss, jti, sub, etchaBuildManifest], ["one", "me", "the id", "web", "/bin/sh of buildExec\n"]);
  deepEqual([exp - iat, nbf], [3600, iat]);
  equal(etchaVersion, (await folder.etcha("version")).stdout.trim());
  const seconds = await claimsOf("seconds");
  equal(seconds.exp - seconds.iat, 90);
  const never = await claimsOf("never");
  deepEqual(["aud", "exp", "iss", "jti", "sub"].filter((name) => name in never), []);
});

Deno.test("jwt, render and compare take the URL of a token, with headers", async () => {
  await using folder = await project();
  await folder.etcha("build", "patterns/web.jsonnet", "web.jwt");
  const token = await folder.read("web.jwt");
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => request.headers.get("x-key") === "k" ? new Response(token) : new Response("no", { status: 403 }),
  );
  try {
    const url = `http://127.0.0.1:${server.addr.port}/web.jwt`;
    for (const args of [["jwt"], ["render"], ["compare", "web.jwt"]]) {
      const ran = await folder.etcha(...args, `${url}#X-Key:k`);
      equal(ran.code, 0);
      deepEqual(ran, await folder.etcha(...args, "web.jwt"));
      const refused = await folder.etcha(...args, url);
      deepEqual([refused.code, refused.stdout], [1, ""]);
      match(refused.stderr, /the server answered with status 403/);
    }
  } finally {
    await server.shutdown();
  }
});

Deno.test("where a token runs, its pattern sees the source and the claims, not files and paths of the build", async () => {
  await using folder = await project();
  await folder.write({
    "seen.jsonnet": `local vars = std.native('getConfig')().vars;
      {
        subject: 'web',
        runVars: { word: 'carried' },
        run: [{
          id: 'seen',
          always: true,
          change: 'cat > seen.json',
          stdin: std.manifestJson({ claims: std.objectFields(std.get(vars, 'jwt', {})), vars: vars { sysinfo:: {} } }),
        }],
      }`,
  });
  equal((await folder.etcha("build", "seen.jsonnet", "core.jwt")).code, 0);
  const settings = ["-x", 'sources_core={"pullPaths":["core.jwt"],"vars":{"own":1}}', "-x", "run_listenAddress="];
  const ran = await folder.etcha(...settings, "run", "-o");
  equal(ran.code, 0, ran.stderr);
  const { claims, vars: { jwt, ...vars } } = JSON.parse(await folder.read("seen.json"));
  deepEqual(vars, { own: 1, source: "core", test: false, word: "carried" });
  deepEqual(claims, ["etchaBuildManifest", "etchaRunVars", "etchaVersion", "iat", "nbf", "sub"]);
  deepEqual([jwt.sub, jwt.etchaRunVars], ["web", { word: "carried" }]);
});

Deno.test("build renders with the vars and the exec of the SOURCE that is named", async () => {
  await using folder = await project();
  await folder.write({
    "p.jsonnet": `local vars = std.native('getConfig')().vars;
      {
        build: [{
          id: 'say',
          always: true,
          change: 'echo "$WORD %s %s"' % [vars.source, std.get(vars, 'own', 'none')],
          onChange: ['etcha:stdout'],
        }],
      }`,
  });
  const core = { vars: { own: "of core" }, exec: { env: { WORD: "env" } } };
  const build = (...args: string[]) =>
    folder.etcha("-x", `sources_core=${JSON.stringify(core)}`, "build", "p.jsonnet", "p.jwt", ...args);
  equal((await build("core")).stdout, "env core of core\nwrote p.jwt\n");
  equal((await build()).stdout, "none\nwrote p.jwt\n");
});

Deno.test("build tells every mistake of the run list, and writes nothing then", async () => {
  await using folder = await project();
  await folder.write({
    "bad.jsonnet": `{
      run: [{ id: 'a', onChange: ['nowhere'] }, { id: 'b', chek: 'true' }],
    }`,
  });
  const before = folder.list();
  const built = await folder.etcha("build", "bad.jsonnet", "bad.jwt");
  deepEqual([built.code, built.stdout, folder.list()], [1, "", before]);
  match(built.stderr, /^ERROR bad\.jsonnet: run > b: .*"?chek/m);
  match(built.stderr, /^ERROR bad\.jsonnet: run > a: resolve onChange "nowhere"/m);
});
