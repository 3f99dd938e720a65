import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { etcha, programWords } from "./program.ts";

async function inFolder(body: (cwd: string) => Promise<void>): Promise<void> {
  const cwd = await Deno.makeTempDir({ prefix: "etcha-test-" });
  try {
    await body(cwd);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

Deno.test("version and help go to standard output", () =>
  inFolder(async (cwd) => {
    const version = await etcha(["version"], { cwd });
    deepEqual([version.code, version.stderr], [0, ""]);
    match(version.stdout, /^\d+\.\d+\.\d+\n$/);
    const help = await etcha(["init", "--help"], { cwd });
    deepEqual([help.code, help.stderr], [0, ""]);
    match(help.stdout, /^Usage: etcha init/);
  }));

Deno.test("a wrong command line or configuration is exit code 2, told on standard error", () =>
  inFolder(async (cwd) => {
    const typo = await etcha(["vershion"], { cwd });
    deepEqual([typo.code, typo.stdout], [2, ""]);
    equal(typo.stderr, "ERROR unknown command 'vershion'\n  hint: did you mean version?\n");
    const config = await etcha(["show-config"], { cwd, env: { ETCHA_run_timeoutPush: "soon" } });
    deepEqual([config.code, config.stdout], [2, ""]);
    match(config.stderr, /^ERROR environment variable ETCHA_run_timeoutPush: run\.timeoutPush: .*90s/);
  }));

Deno.test("a configuration of every layer is shown, Jsonnet with natives among them", () =>
  inFolder(async (cwd) => {
    await Deno.mkdir(`${cwd}/below`);
    await Deno.writeTextFile(`${cwd}/part.libsonnet`, "{ timeoutPush: '1m' }");
    await Deno.writeTextFile(
      `${cwd}/etcha.jsonnet`,
      `{ run: (import 'part.libsonnet') + { stateDir: std.native('getEnv')('PLACE', null, false) },
         vars: { password: 'hunter2', list: std.range(1, 2) } }`,
    );
    const shown = await etcha(["-x", "sources_core_allowPush=true", "show-config"], {
      cwd: `${cwd}/below`,
      env: { PLACE: "/from/env", ETCHA_run_timeoutStop: "5s", ETCHA_config: "{ vars: { sum: 1 + 1 } }" },
    });
    equal(shown.stderr, "");
    equal(shown.code, 0);
    const config = JSON.parse(shown.stdout);
    equal(config.run.stateDir, "/from/env");
    equal(config.run.timeoutPush, "1m");
    equal(config.run.timeoutStop, "5s");
    deepEqual(config.vars, { password: "***", list: [1, 2], sum: 2 });
    equal(config.sources.core.allowPush, true);
  }));

Deno.test("an error in a Jsonnet configuration names its place, not its lines", () =>
  inFolder(async (cwd) => {
    await Deno.writeTextFile(`${cwd}/etcha.jsonnet`, "{\n  build: { signingKey: 'hunter2' + },\n}\n");
    const broken = await etcha(["show-config"], { cwd });
    equal(broken.code, 2);
    match(broken.stderr, /etcha\.jsonnet:2:3/);
    truthy(!broken.stderr.includes("hunter2"), broken.stderr);
  }));

Deno.test("init writes a project, and the second time only the library", () =>
  inFolder(async (cwd) => {
    const first = await etcha(["init", "."], { cwd });
    deepEqual([first.code, first.stderr], [0, ""]);
    deepEqual([...Deno.readDirSync(cwd)].map(({ name }) => name).sort(), ["README.md", "lib", "patterns"]);
    match(await Deno.readTextFile(`${cwd}/lib/etcha/native.libsonnet`), /getEnv/);
    const library = new URL("../../lib/etcha", import.meta.url).pathname;
    deepEqual(
      [...Deno.readDirSync(`${cwd}/lib/etcha`)].map(({ name }) => name).sort(),
      [...Deno.readDirSync(library)].map(({ name }) => name).sort(),
    );
    await Deno.remove(`${cwd}/README.md`);
    await Deno.writeTextFile(`${cwd}/lib/etcha/native.libsonnet`, "old");
    const second = await etcha(["init"], { cwd });
    equal(second.code, 0);
    match(await Deno.readTextFile(`${cwd}/lib/etcha/native.libsonnet`), /getEnv/);
    deepEqual([...Deno.readDirSync(cwd)].map(({ name }) => name).sort(), ["lib", "patterns"]);
  }));

Deno.test("generated keys are accepted as configuration", () =>
  inFolder(async (cwd) => {
    const made = await etcha(["gen-keys", "-a", "ecp256", "me"], { cwd });
    equal(made.code, 0);
    const { privateKey, publicKey } = JSON.parse(made.stdout);
    const shown = await etcha(
      ["-x", `build_signingKey=${privateKey}`, "-x", `run_verifyKeys=["${publicKey}"]`, "show-config"],
      { cwd },
    );
    equal(shown.stderr, "");
    const config = JSON.parse(shown.stdout);
    equal(config.build.signingKey, "***");
    deepEqual(config.run.verifyKeys, [publicKey]);
  }));

Deno.test("a reader that goes away is no error", () =>
  inFolder(async (cwd) => {
    const words = [...programWords(), "show-config"].map((word) => `'${word}'`).join(" ");
    const { stdout, stderr } = await new Deno.Command("bash", {
      args: ["-c", `${words} | head -c 1; echo "\${PIPESTATUS[0]}"`],
      cwd,
      stdin: "null",
    }).output();
    equal(new TextDecoder().decode(stderr), "");
    equal(new TextDecoder().decode(stdout), "{0\n");
  }));
