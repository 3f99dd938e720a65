import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { Folder } from "./folder.ts";
import { etcha } from "./program.ts";
import { HAS_TERMINAL, typed } from "./typed.ts";

/** Must never be seen anywhere. */
const PASSPHRASE = "canary-pässphrase";
const SECRET = { ETCHA_SIGNING_PASSPHRASE: PASSPHRASE };
const PATTERN = "{ run: [{ id: 'x', always: true, change: 'true' }] }";

async function keys(cwd: string): Promise<{ readonly privateKey: string; readonly publicKey: string }> {
  const made = await etcha(["generate-keys", "-e", "me"], { cwd, env: SECRET });
  deepEqual([made.code, made.stderr], [0, ""]);
  return JSON.parse(made.stdout);
}

Deno.test("a key under a passphrase signs, given in the configuration or in a file", async () => {
  await using folder = await Folder.make();
  const cwd = folder.path;
  const { privateKey, publicKey } = await keys(cwd);
  truthy(privateKey.startsWith("argon2id:") && privateKey.endsWith(":me"));
  await folder.write({
    "etcha.jsonnet": JSON.stringify({ build: { signingKey: privateKey }, run: { verifyKeys: [publicKey] } }),
    "other.jsonnet": JSON.stringify({ build: { signingKeyPath: "key" }, run: { verifyKeys: [publicKey] } }),
    "key": `${privateKey}\n`,
    "p.jsonnet": PATTERN,
  });
  for (const config of ["etcha.jsonnet", "other.jsonnet"]) {
    const built = await etcha(["-c", config, "build", "p.jsonnet", "p.jwt"], { cwd, env: SECRET });
    deepEqual(built, { code: 0, stdout: "wrote p.jwt\n", stderr: "" });
    equal((await etcha(["jwt", "p.jwt"], { cwd })).code, 0);
    await Deno.remove(`${cwd}/p.jwt`);
  }
  const wrong = await etcha(["build", "p.jsonnet"], { cwd, env: { ETCHA_SIGNING_PASSPHRASE: "canary-wrong" } });
  const silent = await etcha(["build", "p.jsonnet"], { cwd });
  const empty = await etcha(["build", "p.jsonnet"], { cwd, env: { ETCHA_SIGNING_PASSPHRASE: "" } });
  deepEqual([wrong.code, silent.code, empty.code], [1, 1, 1]);
  match(wrong.stderr, /^ERROR read the key: the passphrase does not open it, or it is damaged\n/);
  match(silent.stderr, /^ERROR open the signing key: there is no terminal .*\n.*ETCHA_SIGNING_PASSPHRASE/);
  match(empty.stderr, /^ERROR open the signing key: the passphrase is empty/);
  const shown = await etcha(["show-config"], { cwd, env: SECRET });
  truthy(![wrong, silent, empty, shown].some((ran) => /canary|argon2id/.test(ran.stdout + ran.stderr)));
});

Deno.test({
  name: "on a terminal the passphrase is asked for, twice when it is new, and never shown",
  ignore: !HAS_TERMINAL,
  fn: async () => {
    await using folder = await Folder.make();
    const cwd = folder.path;
    const first = { after: "Passphrase of the signing key: ", type: `x\b${PASSPHRASE}ü\x7f\r` };
    const made = await typed(["generate-keys", "-e", "me"], [first, { after: "again: ", type: `${PASSPHRASE}\r` }], {
      cwd,
    });
    truthy(!made.includes("canary"), made);
    const { privateKey } = JSON.parse(made.slice(made.indexOf("{")));
    await folder.write({
      "etcha.jsonnet": JSON.stringify({ build: { signingKey: privateKey } }),
      "p.jsonnet": PATTERN,
    });
    const built = await typed(["build", "p.jsonnet", "p.jwt"], [first], { cwd });
    match(built, /wrote p\.jwt\n$/);
    truthy(!built.includes("canary"), built);

    const differing = await typed(["generate-keys", "-e"], [first, { after: "again: ", type: "other\r" }], { cwd });
    match(differing, /ERROR encrypt the signing key: the two passphrases are not the same/);
  },
});

Deno.test({
  name: "ctrl-C while a passphrase is asked for ends the program and gives the terminal back",
  ignore: !HAS_TERMINAL,
  fn: async () => {
    await using folder = await Folder.make();
    const shown = await typed(["generate-keys", "-e"], [{ after: "signing key: ", type: "canary\x03" }], {
      cwd: folder.path,
      after: "echo code $?; stty -a",
    });
    match(shown, /\ncode 130\n/);
    match(shown, / icanon /);
    match(shown, / echo /);
    truthy(!shown.includes("canary"));
  },
});
