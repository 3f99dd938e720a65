import { deepEqual, equal, ok as truthy } from "node:assert/strict";
import { parseArgv } from "../../src/cli/argv.ts";
import { SUBCOMMANDS } from "../../src/cli/commands.ts";
import { GLOBAL_FLAGS } from "../../src/cli/flags.ts";
import { problemsText } from "../../src/domain/problem.ts";

function taskOf(...argv: readonly string[]) {
  const request = parseArgv(argv, 80);
  if (!request.ok) throw new Error(problemsText(request.problems));
  truthy(request.value.kind === "task");
  return request.value;
}

function helpOf(...argv: readonly string[]): string {
  const request = parseArgv(argv, 80);
  truthy(request.ok && request.value.kind === "help");
  return request.value.text;
}

function refusal(...argv: readonly string[]) {
  const request = parseArgv(argv, 80);
  truthy(!request.ok, "it was accepted");
  equal(request.problems.length, 1);
  return { code: request.problems[0]?.code, text: problemsText(request.problems) };
}

Deno.test("a command line becomes an invocation", () => {
  deepEqual(taskOf("version").task.invocation, { command: "version", output: "text" });
  deepEqual(taskOf("init").task.invocation, { command: "init", folder: ".", output: "text" });
  deepEqual(taskOf("init", "x/y").task.invocation, { command: "init", folder: "x/y", output: "text" });
  deepEqual(taskOf("render", "--schema").task.invocation, { command: "render" });
  deepEqual(taskOf("render", "a.jsonnet").task.invocation, { command: "render", pattern: "a.jsonnet" });
  for (const [flag, what] of [["", "values"], ["--origin", "origins"], ["--schema", "schema"]]) {
    const flags = flag === "" ? [] : [flag!];
    deepEqual(taskOf("show-config", ...flags).task.invocation, { command: "show-config", what, output: "text" });
  }
  deepEqual(taskOf("generate-keys").task.invocation, {
    command: "generate-keys",
    algorithm: "ed25519",
    protection: "none",
  });
  deepEqual(taskOf("gen-keys", "-e", "-a", "rsa2048", "me").task.invocation, {
    command: "generate-keys",
    algorithm: "rsa2048",
    protection: "passphrase",
    id: "me",
  });
  deepEqual(taskOf("gen-keys", "--algorithm=ecp256").task.invocation, {
    command: "generate-keys",
    algorithm: "ecp256",
    protection: "none",
  });
});

Deno.test("global flags stand before the subcommand, short or long", () => {
  const expected = {
    configPath: "a.json",
    allowsExternal: false,
    logFormat: "kv",
    logLevel: "debug",
    noColor: true,
    assignments: ["a=1", "b=-x"],
  };
  deepEqual(
    taskOf("-c", "a.json", "-d", "-f", "kv", "-l", "debug", "-n", "-x", "a=1", "-x", "b=-x", "version").globals,
    expected,
  );
  deepEqual(
    taskOf(
      "--config=a.json",
      "--disable-external",
      "--log-format",
      "kv",
      "--log-level",
      "debug",
      "--no-color",
      "--set",
      "a=1",
      "--set",
      "b=-x",
      "version",
    ).globals,
    expected,
  );
  deepEqual(taskOf("version").globals, { allowsExternal: true, noColor: false, assignments: [] });
});

const REFUSED: readonly (readonly [readonly string[], string, RegExp])[] = [
  [[], "usage-no-command", /no command.*\n.*etcha --help/],
  [["vershion"], "usage-unknown-command", /'vershion'\n.*did you mean version\?/],
  [["qqqqqqq"], "usage-unknown-command", /'qqqqqqq'\n.*see etcha --help/],
  [["--confi", "x", "version"], "usage-unknown-option", /unknown flag '--confi'\n.*--config\?/],
  [["frobnicate", "--help"], "usage-unknown-command", /'frobnicate'\n.*see etcha --help/],
  [["psuh", "--help"], "usage-unknown-command", /'psuh'\n.*did you mean push\?/],
  [["help", "psuh"], "usage-unknown-command", /'psuh'\n.*did you mean push\?/],
  [["-n"], "usage-no-command", /no command was given\n.*see etcha --help/],
  [["push", "-h", "web1", "base", "ls", "-l", "/tmp"], "usage-unknown-option", /'-l'\n.*quote.* -- ls -l/],
  [["push", "base", "grep", "-x", "a"], "usage-unknown-option", /'-x'\n.*quote.* -- ls -l/],
  [["push", "base", "-x", "a=1"], "usage-unknown-option", /'-x'\n.*before the command: etcha -x … push/],
  [["-q", "version"], "usage-unknown-option", /unknown flag '-q'\n.*see etcha --help/],
  [["-h"], "usage-unknown-option", /unknown flag '-h'/],
  [["init", "-h"], "usage-unknown-option", /unknown flag '-h'\n.*etcha init --help/],
  [["generate-keys", "--algoritm", "x"], "usage-unknown-option", /'--algoritm'\n.*--algorithm\?/],
  [
    ["show-config", "-x", "run_stateDir=/x"],
    "usage-unknown-option",
    /'-x'\n.*before the command: etcha -x … show-config/,
  ],
  [["version", "more"], "usage-excess-arguments", /more/],
  [["-f", "xml", "version"], "usage-invalid-argument", /human, kv, json/],
  [["-l", "loud", "version"], "usage-invalid-argument", /none, debug, info, error/],
  [["gen-keys", "-a", "dsa"], "usage-invalid-argument", /ed25519, ecp256, rsa2048.\n.*etcha generate-keys --help/],
  [["-x"], "usage-option-missing-argument", /--set <KEY=VALUE>/],
];

for (const [argv, code, text] of REFUSED) {
  Deno.test(`refused: etcha ${argv.join(" ")}`, () => {
    const found = refusal(...argv);
    equal(found.code, code);
    truthy(text.test(found.text), found.text);
  });
}

Deno.test("help and version can be asked for in both ways", () => {
  equal(helpOf("help"), helpOf("--help"));
  equal(helpOf("help", "help"), helpOf("--help"));
  equal(helpOf("help", "--help"), helpOf("--help"));
  equal(helpOf("help", "push"), helpOf("push", "--help"));
  equal(helpOf("help", "gen-keys"), helpOf("generate-keys", "--help"));
  deepEqual(taskOf("--version").task.invocation, { command: "version", output: "text" });
  deepEqual(taskOf("-n", "--version").globals, { allowsExternal: true, noColor: true, assignments: [] });
});

Deno.test("what stands after -- is the command that is pushed", () => {
  const { invocation } = taskOf("push", "-h", "web1", "base", "--", "ls", "-l", "/tmp").task;
  equal("what" in invocation ? invocation.what : "", "ls -l /tmp");
});

Deno.test("a setting without its -x is refused without its value", () => {
  const key = "MC4CAQAwBQYDK2VwBCIEIBq";
  for (
    const argv of [
      [`build_signingKey=ed25519private:${key}`, "version"],
      [`ed25519private:${key}`],
      ["version", `build_signingKey=ed25519private:${key}`],
      [`--build_signingKey=ed25519private:${key}`, "version"],
    ]
  ) {
    const { text } = refusal(...argv);
    truthy(!text.includes(key), text);
  }
});

Deno.test("help fits 80 columns, shows an example and every flag with a long name", () => {
  const root = helpOf("--help");
  for (const { name, summary, isHidden } of SUBCOMMANDS) {
    equal(root.includes(name) && root.includes(summary), isHidden === undefined, name);
  }
  for (const { long } of GLOBAL_FLAGS) truthy(root.includes(`--${long}`), long);
  for (const subcommand of SUBCOMMANDS) {
    const text = helpOf(subcommand.name, "--help");
    truthy(text.includes(`$ ${subcommand.example.line}`), text);
    truthy(text.startsWith(`Usage: etcha ${subcommand.name}`), text);
    for (const { long } of subcommand.flags) truthy(text.includes(`--${long}`), long);
    for (const { name } of subcommand.args) truthy(text.includes(name), name);
    truthy(text.split("\n").every((line) => line.length <= 80), text);
    truthy(!text.includes("-h, --help"), text);
    truthy(!text.includes("[options]"), text);
  }
  truthy(root.split("\n").every((line) => line.length <= 80), root);
});

Deno.test("quickstart takes a name or an address, the port apart", () => {
  for (const host of ["web1", "web1.example.com", "10.0.0.7", "fd00::7", "::1", "::ffff:10.0.0.7"]) {
    deepEqual(taskOf("quickstart", host).task.invocation, { command: "quickstart", host, port: 4000, output: "text" });
  }
  for (const host of ["10.0.0.7:4000", "web1:4000", "[fd00::7]", "root@web1"]) {
    truthy(refusal("quickstart", host).text.includes("without a port or brackets"), host);
  }
});
