import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { testCertificate } from "../host/certificates.ts";
import { Folder } from "./folder.ts";
import { etcha, type Ran } from "./program.ts";

/** A pattern whose commands show what the native functions answer. */
const PATTERN = `local n = import 'lib/etcha/native.libsonnet';
{
  run: [{
    id: 'write',
    change: 'cat > "$OUT"',
    check: 'false',
    stdin: std.manifestJsonMinified([
      n.getEnv('STAGE', null, true),
      n.getEnv('STAGE'),
      n.getCmd('cat "$NUMBER"', null, true),
      n.get('web.port'),
      n.getConfig().vars.web.port,
      std.objectHas(std.get(n.getConfig().vars, 'jwt', {}), 'etchaCache'),
    ]),
  }],
}`;

type Place = "build" | "host";

/** A folder with keys, and two places whose environment and variables differ. */
async function project(): Promise<Folder & { at: (place: Place, ...args: string[]) => Promise<Ran> }> {
  const folder = await Folder.make();
  const { path } = folder;
  const keys = JSON.parse((await etcha(["generate-keys", "own"], { cwd: path })).stdout);
  const common = { jsonnet: { libraryPaths: ["."] }, run: { listenAddress: "", stateDir: "state" } };
  const files = {
    "build.json": { ...common, build: { signingKey: keys.privateKey }, vars: { web: { port: 80 } } },
    "host.json": {
      ...common,
      run: { ...common.run, verifyKeys: [keys.publicKey] },
      sources: { core: { pullPaths: ["web.jwt"] } },
      vars: { web: { port: 8080 } },
    },
  };
  for (const [name, value] of Object.entries(files)) await folder.write({ [name]: JSON.stringify(value) });
  const library = new URL("../../lib/etcha/native.libsonnet", import.meta.url);
  await folder.write({
    "web.jsonnet": PATTERN,
    "lib/etcha/native.libsonnet": await Deno.readTextFile(library),
    "build.txt": " 41\n",
    "host.txt": "42",
  });
  const env = (place: Place) => ({ STAGE: `${place} stage`, NUMBER: `${path}/${place}.txt`, OUT: `${path}/out.json` });
  const at = (place: Place, ...args: string[]) =>
    etcha(["-c", `${place}.json`, ...args], { cwd: path, env: env(place) });
  return Object.assign(folder, { at });
}

Deno.test("natives: with cache, and by get, the host goes by what was found at build", async () => {
  await using folder = await project();
  equal((await folder.at("build", "build", "web.jsonnet", "web.jwt")).stderr, "");
  const { claims } = JSON.parse((await folder.at("host", "jwt", "web.jwt")).stdout);
  deepEqual(Object.values(claims.etchaCache).sort(), ["41", "build stage", 80].sort());
  truthy(!JSON.stringify(Object.keys(claims.etchaCache)).includes("STAGE"));

  const ran = await folder.at("host", "-l", "error", "run", "-o");
  deepEqual([ran.code, ran.stderr], [0, ""]);
  const seen = ["build stage", "host stage", "41", 80, 8080, false];
  deepEqual(JSON.parse(await folder.read("out.json")), seen);
  for (const flags of [[], ["-d"]]) {
    const shown = await folder.at("host", ...flags, "render", "web.jwt");
    equal(shown.stderr, "");
    deepEqual(JSON.parse(JSON.parse(shown.stdout).run[0].stdin), seen, "kept answers reach nothing outside");
  }
  const own = await folder.at("host", "render", "web.jsonnet");
  deepEqual(JSON.parse(JSON.parse(own.stdout).run[0].stdin), ["host stage", "host stage", "42", 8080, 8080, false]);
});

Deno.test("natives: tokens that keep something else are different, and their values are not shown", async () => {
  await using folder = await project();
  await folder.at("build", "build", "web.jsonnet", "old.jwt");
  await folder.write({ "build.txt": "s3cret" });
  await folder.at("build", "build", "web.jsonnet", "new.jwt");
  const compared = await folder.at("build", "compare", "new.jwt", "old.jwt");
  equal(compared.code, 1);
  match(compared.stdout, /^Cached value getCmd:[\w-]{43} differs\n$/);
});

Deno.test("natives: -d switches off commands, http and DNS, in patterns and in the configuration", async () => {
  await using folder = await project();
  const calls = [
    ["getCmd('touch ran')", "touch"],
    ["getFile('https://localhost:1/')", "https://localhost:1/"],
    ["getRecord('a', 'localhost')", "a record of localhost"],
  ] as const;
  for (const [call, key] of calls) {
    const text = `local n = import 'lib/etcha/native.libsonnet'; { vars: { a: n.${call} } }`;
    await folder.write({ "config.jsonnet": text, "call.jsonnet": text.replace("vars:", "run:") });
    for (
      const args of [["-c", "config.jsonnet", "-d", "show-config"], [
        "-c",
        "build.json",
        "-d",
        "render",
        "call.jsonnet",
      ]]
    ) {
      const { code, stdout, stderr } = await etcha(args, { cwd: folder.path });
      deepEqual([code === 0, stdout], [false, ""]);
      truthy(stderr.includes(`there is no value for "${key}": reaching outside is switched off (-d)`), stderr);
    }
  }
  truthy(!folder.list().includes("ran"));
  await folder.write({ "config.jsonnet": "{ vars: { a: std.native('getCmd')('echo 1', null, false) } }" });
  const shown = await etcha(["-c", "config.jsonnet", "show-config"], { cwd: folder.path });
  equal(JSON.parse(shown.stdout).vars.a, "1");
});

Deno.test("natives: a build keeps what is there after its build commands", async () => {
  await using folder = await project();
  await folder.write({
    "made.jsonnet": `local n = import 'lib/etcha/native.libsonnet';
      {
        build: [{ id: 'make', always: true, change: 'echo new > made.txt' }],
        run: [{ id: 'a', always: true, change: n.getFile('made.txt', null, true) }],
      }`,
    "made.txt": "old",
  });
  equal((await folder.at("build", "-l", "error", "build", "made.jsonnet", "made.jwt")).stderr, "");
  const { claims } = JSON.parse((await folder.at("host", "jwt", "made.jwt")).stdout);
  deepEqual(Object.values(claims.etchaCache), ["new\n"]);
});

Deno.test("natives: local has what only a build has otherwise", async () => {
  await using folder = await project();
  await folder.write({
    "vars.jsonnet": `local vars = std.native('getConfig')().vars;
      {
        runVars: { dir: vars.srcDir },
        run: [{ id: 'say', always: true, change: 'printf %s ' + vars.dir, onChange: ['etcha:stdout'] }],
      }`,
  });
  const ran = await folder.at("host", "local", "vars.jsonnet");
  equal(ran.stdout.split("\n")[0], folder.path);
});

Deno.test("natives: getFile over HTTPS sends headers, and trusts and waits as it is told", async () => {
  await using folder = await project();
  const { cert, key } = await testCertificate("localhost");
  const released = Promise.withResolvers<void>();
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", cert, key, onListen: () => {} }, async (request) => {
    if (request.url.endsWith("/slow")) await released.promise;
    return new Response(`${request.headers.get("x-a")} ${request.headers.get("clientTimeout")}`);
  });
  try {
    const url = `https://localhost:${server.addr.port}`;
    const render = async (path: string, fallback = "null") => {
      const call = `std.native('getFile')('${url}${path}', ${fallback}, false)`;
      await folder.write({ "call.jsonnet": `{ run: [{ id: 'a', change: ${call} }] }` });
      const { stdout, stderr } = await folder.at("build", "render", "call.jsonnet");
      return stdout === "" ? stderr.split("\n")[0]! : JSON.parse(stdout).run[0].change;
    };
    equal(await render("/#X-A:one two\\r\\nclientSkipVerify\\r\\nclientTimeout:9"), "one two null");
    match(await render("/#X-A:s3cret"), /no value for "https:\/\/localhost:\d+\/": its certificate was not accepted$/);
    match(await render("/slow#clientSkipVerify\\nclientTimeout:0.2"), /localhost:\d+\/slow": it took too long$/);
    equal(await render("/slow#clientSkipVerify\\nclientTimeout:0.2", "'fallback'"), "fallback");
  } finally {
    released.resolve();
    await server.shutdown();
  }
});

Deno.test("natives: a value that only run needs may be missing where it is built, not where it runs", async () => {
  await using folder = await project();
  const write = (call: string, list: string) =>
    folder.write({ "web.jsonnet": `local n = import 'lib/etcha/native.libsonnet'; { ${list}: [${command(call)}] }` });
  const command = (call: string) => `{ id: 'a', always: true, change: 'true ' + n.${call} }`;
  const calls: readonly (readonly [string, string])[] = [
    ["getCmd('exit 4')", `no value for "exit": it ended with exit code 4`],
    ["getEnv('NONE', cache=true)", `no value for "NONE": the variable is not set`],
    ["getFile('/none')", `no value for "/none": it was not found`],
    ["get('none')", `no value for "none": there is no such variable`],
  ];
  for (const [call, found] of calls) {
    await write(call, "run");
    const built = await folder.at("build", "build", "web.jsonnet", "web.jwt");
    deepEqual([built.code, built.stdout], [0, "wrote web.jwt\n"]);
    truthy(/^WARNING .*check run \(/.test(built.stderr) && built.stderr.includes(found), built.stderr);
    const rendered = await folder.at("host", "render", "web.jwt");
    truthy(rendered.code === 1 && rendered.stderr.startsWith("ERROR") && rendered.stderr.includes(found));
    await write(call, "build");
    const refused = await folder.at("build", "build", "web.jsonnet", "web.jwt");
    truthy(refused.code === 1 && refused.stderr.startsWith("ERROR") && refused.stderr.includes(found));
  }
  const ran = await folder.at("host", "-l", "error", "run", "-o");
  truthy(ran.code === 1 && ran.stderr.includes("there is no such variable"), ran.stderr);
});

Deno.test({
  name: "a source whose commands run as another user reads no file that this one can't (needs root)",
  ignore: Deno.uid() !== 0,
}, async () => {
  await using folder = await Folder.make();
  await Deno.chmod(folder.path, 0o755);
  await folder.write({
    secret: "of root",
    open: "for all",
    "a.jsonnet": `local read(name) = std.native('getFile')('${folder.path}/' + name, 'none', false);
      { run: [{ id: 'x', always: true, change: 'echo ' + read('secret') + ', ' + read('open'), onChange: ['etcha:stdout'] }] }`,
  });
  await Deno.chmod(`${folder.path}/secret`, 0o600);
  const read = async (exec: object) => {
    const settings = ["-x", `sources_web_exec=${JSON.stringify(exec)}`, "local", "-s", "web", "a.jsonnet"];
    return (await etcha(settings, { cwd: folder.path })).stdout.split("\n")[0];
  };
  equal(await read({ command: "sh -c" }), "of root, for all");
  equal(await read({ user: "65534", group: "65534" }), "none, for all");
});
