import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { Folder } from "./folder.ts";
import { etcha, type Ran } from "./program.ts";

/** A folder with a key pair in its configuration, a second pair, and some patterns. */
async function project(): Promise<Folder & { etcha: (...args: string[]) => Promise<Ran>; strange: string }> {
  const folder = await Folder.make();
  const run = (...args: string[]) => etcha(args, { cwd: folder.path });
  const pair = async (id: string) => JSON.parse((await run("generate-keys", id)).stdout);
  const [own, strange] = [await pair("own"), await pair("strange")];
  await folder.write({
    "etcha.jsonnet": JSON.stringify({ build: { signingKey: own.privateKey }, run: { verifyKeys: [own.publicKey] } }),
    "patterns/web.jsonnet": `
      local vars = std.native('getConfig')().vars;
      {
        audience: ['a', 'b'],
        subject: 'web',
        build: [
          { id: 'note', always: true, change: 'echo made of %s' % vars.srcPath, onChange: ['etcha:buildManifest'] },
          { id: 'find', always: true, change: 'echo 1.2', onChange: ['etcha:runVar_version', 'etcha:stdout'] },
        ],
        run: [{ id: 'version %s' % std.get(vars, 'version', 'none'), change: importstr 'text.txt', always: true }],
        runVars: { own: 1 },
      }`,
    "patterns/text.txt": "echo hello",
  });
  return Object.assign(folder, { etcha: run, strange: strange.privateKey });
}

Deno.test("build writes a token for everybody to read; jwt, render and compare understand it", async () => {
  await using folder = await project();
  const built = await folder.etcha("build", "patterns/web.jsonnet", "web.jwt", "core");
  deepEqual([built.code, built.stdout], [0, "1.2\nwrote web.jwt\n"]);
  match(built.stderr, /^INFO Always changing note/);
  equal((Deno.statSync(`${folder.path}/web.jwt`).mode ?? 0) & 0o777, 0o666 & ~Deno.umask());

  const shown = await folder.etcha("jwt", "web.jwt");
  deepEqual([shown.code, shown.stderr], [0, ""]);
  const { header, claims } = JSON.parse(shown.stdout);
  deepEqual(header, { alg: "EdDSA", kid: "own", typ: "JWT" });
  deepEqual(claims.aud, ["a", "b"]);
  equal(claims.sub, "web");
  equal(claims.etchaBuildManifest, `made of ${folder.path}/patterns/web.jsonnet\n`);
  deepEqual(claims.etchaRunVars, { own: 1, version: "1.2" });
  deepEqual(Object.keys(claims.etchaPattern.files), ["/text.txt", "/web.jsonnet"]);
  truthy(!("etchaSource" in claims), "a built token belongs to every source");

  const fromPattern = await folder.etcha("render", "patterns/web.jsonnet");
  equal(fromPattern.code, 0);
  equal(JSON.parse(fromPattern.stdout).run[0].id, "version none");
  const fromToken = await folder.etcha("render", "web.jwt");
  deepEqual([fromToken.code, fromToken.stderr], [0, ""]);
  deepEqual(JSON.parse(fromToken.stdout).run, [{ id: "version 1.2", change: "echo hello", always: true }]);

  const same = await folder.etcha("compare", "web.jwt", "web.jwt");
  deepEqual(same, { code: 0, stdout: "", stderr: "no difference\n" });
  await folder.write({ "patterns/text.txt": "echo bye" });
  await folder.etcha("build", "patterns/web.jsonnet", "new.jwt");
  const compared = await folder.etcha("compare", "new.jwt", "web.jwt");
  deepEqual([compared.code, compared.stderr], [1, ""]);
  match(compared.stdout, /^-echo hello$/m);
  match(compared.stdout, /^\+echo bye$/m);
});

Deno.test("build goes where the pattern says, and tells it so", async () => {
  await using folder = await project();
  await folder.write({
    "patterns/out.jsonnet": `local vars = std.native('getConfig')().vars;
      { buildOutput: 'made/out.jwt', build: [{ id: 'x', always: true, change: 'echo ' + vars.dstPath + ' ' + vars.dstDir,
        onChange: ['etcha:stdout'] }] }`,
    "made/keep": "",
  });
  const built = await folder.etcha("build", "patterns/out.jsonnet");
  equal(built.stdout, `${folder.path}/made/out.jwt ${folder.path}/made\nwrote made/out.jwt\n`);
  deepEqual(folder.list("made"), ["keep", "out.jwt"]);
  const byDefault = await folder.etcha("build", "patterns/web.jsonnet");
  match(byDefault.stdout, /wrote etcha\.jwt\n$/);
});

Deno.test("compare -i overlooks the version alone", async () => {
  await using folder = await project();
  // Signatures are not looked at: an unsigned pair will do.
  const token = (version: string, command: string) =>
    `${encode({ alg: "EdDSA" })}.${
      encode({ etchaVersion: version, etchaPattern: { entrypoint: "/a", files: { "/a": command } } })
    }.`;
  await folder.write({ a: token("1", "x"), b: token("2", "x"), c: token("2", "y\u001b[2J") });
  const versions = await folder.etcha("compare", "a", "b");
  equal(versions.code, 1);
  match(versions.stdout, /^\+1$/m);
  deepEqual(await folder.etcha("compare", "-i", "a", "b"), { code: 0, stdout: "", stderr: "no difference\n" });
  const steering = await folder.etcha("compare", "-i", "c", "a");
  equal(steering.code, 1);
  truthy(!steering.stdout.includes("\u001b"), "a token can steer the terminal");
});

Deno.test("a token that no key of the configuration has signed is shown by jwt and not rendered", async () => {
  await using folder = await project();
  const built = await folder.etcha(
    "-x",
    `build_signingKey=${folder.strange}`,
    "build",
    "patterns/web.jsonnet",
    "s.jwt",
  );
  equal(built.code, 0);
  const shown = await folder.etcha("jwt", "s.jwt");
  equal(shown.code, 1);
  equal(JSON.parse(shown.stdout).header.kid, "strange");
  match(shown.stderr, /^ERROR key "strange": verify the token: the signature is not by the key\n/);
  const refused = await folder.etcha("render", "s.jwt");
  deepEqual([refused.code, refused.stdout], [1, ""]);

  const unknown = await folder.etcha("-x", "run_verifyKeys=[]", "render", "s.jwt");
  equal(unknown.code, 0);
  match(unknown.stderr, /^WARNING verify the token: it is shown unverified/);
  equal(JSON.parse(unknown.stdout).subject, "web");
});

Deno.test("a key of PEM in a file signs as well, and nothing of a key is ever shown", async () => {
  await using folder = await project();
  const key = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]) as CryptoKeyPair;
  const der = new Uint8Array(await crypto.subtle.exportKey("pkcs8", key.privateKey)).toBase64();
  await folder.write({ "key.pem": `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n` });
  const signing = ["-x", "build_signingKey=", "-x", "build_signingKeyPath=key.pem"];
  const both = await folder.etcha(...signing, "build", "patterns/web.jsonnet", "p.jwt");
  truthy(!both.stderr.includes(der), both.stderr);
  await folder.write({ "etcha.jsonnet": "{}" });
  const built = await folder.etcha("-x", "build_signingKeyPath=key.pem", "build", "patterns/web.jsonnet", "p.jwt");
  deepEqual([built.code, built.stdout], [0, "1.2\nwrote p.jwt\n"]);
  await folder.write({ "pair.json": (await folder.etcha("generate-keys", "pair")).stdout });
  const paired = await folder.etcha("-x", "build_signingKeyPath=pair.json", "build", "patterns/web.jsonnet", "p.jwt");
  equal(paired.code, 0, paired.stderr);
  const missing = await folder.etcha("-x", "build_signingKeyPath=nowhere", "build", "patterns/web.jsonnet", "p.jwt");
  equal(missing.code, 1);
  match(missing.stderr, /build\.signingKeyPath/);
});

Deno.test("a build whose command fails writes nothing, and the old token stays", async () => {
  await using folder = await project();
  await folder.write({
    "bad.jsonnet": "{ build: [{ id: 'x', always: true, change: 'echo why; exit 1' }], run: [] }",
    "old.jwt": "old",
  });
  const built = await folder.etcha("build", "bad.jsonnet", "old.jwt");
  deepEqual([built.code, built.stdout], [1, ""]);
  match(built.stderr, /ERROR run the build commands: change of "x" exited with 1\n {2}why\n/);
  equal(await folder.read("old.jwt"), "old");
});

function encode(value: unknown): string {
  return new TextEncoder().encode(JSON.stringify(value)).toBase64({ alphabet: "base64url", omitPadding: true });
}
