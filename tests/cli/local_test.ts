import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { until } from "./agent.ts";
import { Folder } from "./folder.ts";
import { etcha, programEnvironment, programWords } from "./program.ts";

const LIST = `[
  { id: 'group', commands: [
    { id: 'make a', check: 'test -e a', change: 'touch a', remove: 'rm a' },
  ] },
  { id: 'make b', check: 'test -e b || { echo no b; echo here >&2; false; }', change: 'touch b', remove: 'rm b', onChange: ['say'] },
  { id: 'say', change: 'echo hello', onChange: ['etcha:stdout', 'etcha:stderr'] },
]`;

Deno.test("local brings a list about, finds it so, and undoes it", async () => {
  await using folder = await Folder.make();
  await folder.write({ "all.jsonnet": `{ run: ${LIST} }` });
  const run = (...args: string[]) => etcha(["local", ...args], { cwd: folder.path });

  const check = await run("-c", "all.jsonnet");
  deepEqual([check.code, check.stdout], [
    0,
    "    Would change 3: make a, make b, say\n        make a: its check fails\n        make b: its check fails\n" +
    "          no b\n          here\n" +
    "        say: triggered by make b\n",
  ]);
  deepEqual(folder.list(), ["all.jsonnet"]);
  const json = JSON.parse((await run("-c", "--json", "all.jsonnet")).stdout);
  deepEqual(json.changed.slice(1), [
    { id: "make b", why: "its check fails", output: "no b\nhere" },
    { id: "say", why: "triggered by make b" },
  ]);

  const one = await run("-f", "group", "all.jsonnet");
  deepEqual([one.code, one.stdout], [0, "    Changed 1: make a\n"]);

  const rest = await run("all.jsonnet");
  deepEqual([rest.code, rest.stdout], [0, "hello\n    Changed 2: make b, say\n"]);
  equal(
    rest.stderr,
    "INFO Changing make b...\nINFO Triggering say via make b...\nINFO Changing say...\nhello\n",
  );
  deepEqual(folder.list(), ["a", "all.jsonnet", "b"]);

  const again = await run("all.jsonnet");
  deepEqual([again.code, again.stdout, again.stderr], [0, "    No changes\n", ""]);

  const undo = await run("-r", "-c", "all.jsonnet");
  match(undo.stdout, /^ {4}Would remove 2: make b, make a\n {8}make b: its check passes\n/);
  const undone = await run("-r", "all.jsonnet");
  deepEqual([undone.code, undone.stdout], [0, "    Removed 2: make b, make a\n"]);
  deepEqual(folder.list(), ["all.jsonnet"]);
});

Deno.test("words are run as they stand, and resources without any program", async () => {
  await using folder = await Folder.make();
  const name = "it's $(touch pwned)\n-é";
  await folder.write({
    "words.jsonnet": `
      local name = ${JSON.stringify(name)}, file(action) = ['etcha', 'file', action, '-p', '0600', '--', name, 'a "b"'];
      { run: [
        { id: 'file', check: file('check'), change: file('change'), remove: file('remove') },
        { id: 'copy', check: ['test', '-e', name + 2], change: ['cp', '--', name, name + 2], remove: ['rm', '--', name + 2] },
      ] }`,
  });
  const run = (...args: string[]) => etcha(["local", ...args, "words.jsonnet"], { cwd: folder.path });
  equal((await run()).stdout, "    Changed 2: file, copy\n");
  equal(await folder.read(`${name}2`), 'a "b"');
  equal((await run()).stdout, "    No changes\n");
  equal((await run("-r")).stdout, "    Removed 2: copy, file\n");
  deepEqual(folder.list(), ["words.jsonnet"]);
});

Deno.test("local takes Jsonnet for one command, a list or a pattern", async () => {
  await using folder = await Folder.make();
  await folder.write({ "lib.libsonnet": "'imported'" });
  const run = (...args: string[]) => etcha(["local", ...args], { cwd: folder.path });
  const one = await run("{ id: import 'lib.libsonnet', always: true, change: 'touch one' }");
  deepEqual([one.code, one.stdout], [0, "    Changed 1: imported\n"]);
  const pattern = await run(
    "{ runVars: { name: 'two' }, run: [{ id: 'x', always: true, change: 'touch ' + std.native('getConfig')().vars.name }] }",
  );
  deepEqual([pattern.code, pattern.stdout], [0, "    Changed 1: x\n"]);
  deepEqual(folder.list(), ["lib.libsonnet", "one", "two"]);
});

Deno.test("local says what a filter, or a name without its ending, has missed", async () => {
  await using folder = await Folder.make();
  await folder.write({ "motd.jsonnet": "{ run: [{ id: 'x', always: true, change: 'true' }] }" });
  const run = (...args: string[]) => etcha(["local", ...args], { cwd: folder.path });
  const missed = await run("-f", "nosuch", "motd.jsonnet");
  deepEqual(missed, { code: 0, stdout: "    No command matches the filter\n", stderr: "" });
  const unended = await run("motd");
  equal(unended.code, 1);
  match(unended.stderr, /^hint: motd does not end with \.jsonnet, .* did you mean motd\.jsonnet\?$/m);
  const other = await run("mot");
  equal(other.code, 1);
  truthy(!other.stderr.includes("did you mean"), other.stderr);
});

Deno.test("local -s gives a source's vars and exec", async () => {
  await using folder = await Folder.make();
  const config = {
    sources: { core: { vars: { word: "from core" }, exec: { env: { MORE: "env" }, allowOverride: true } } },
  };
  await folder.write({ "etcha.jsonnet": JSON.stringify(config) });
  const code = "local c = std.native('getConfig')();" +
    "{ id: 'x', always: true, change: 'echo \"$MORE %s %s\"' % [c.vars.word, c.vars.source], onChange: ['etcha:stdout'] }";
  const ran = await etcha(["local", "-s", "core", code], { cwd: folder.path });
  deepEqual([ran.code, ran.stdout], [0, "env from core core\n    Changed 1: x\n"]);
  const slip = await etcha(["local", "-s", "cor", "[]"], { cwd: folder.path });
  deepEqual([slip.code, slip.stdout], [0, "    No changes\n"]);
  equal(slip.stderr, 'WARNING the source cor is not configured here\n  hint: did you mean "core"?\n');
});

Deno.test("local tells what failed with its output, and log lines come in every form", async () => {
  await using folder = await Folder.make();
  const code = "[{ id: 'bad', always: true, change: 'echo one; echo two; exit 3' }, { id: 'later', always: true, " +
    "change: 'touch later' }, { id: 'never', check: 'false', change: 'touch never' }]";
  const ran = await etcha(["-f", "json", "local", code], { cwd: folder.path });
  deepEqual([ran.code, ran.stdout], [
    1,
    '    Changed 1: later\n    ERROR: change of "bad" exited with 3: one\n      two\n',
  ]);
  const lines = ran.stderr.trim().split("\n").map((line) => JSON.parse(line));
  deepEqual(lines[1].commandID, "bad");
  deepEqual(lines[1].message, "Changing bad...");
  deepEqual(folder.list(), ["later"]);
});

Deno.test("an interrupted local ends what it runs, starts nothing further and exits with 130", async () => {
  await using folder = await Folder.make();
  const code = "[{ id: 'slow', always: true, change: 'touch begun; sleep 600 & echo $! > pid; wait' }, " +
    "{ id: 'later', always: true, change: 'touch later' }]";
  const [program, ...before] = programWords();
  const child = new Deno.Command(program, {
    args: [...before, "local", code],
    cwd: folder.path,
    env: programEnvironment(),
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = child.output();
  await until(() => folder.list().includes("pid"), () => "the command never began");
  child.kill("SIGINT");
  const ended = await output;
  equal(ended.code, 130);
  match(new TextDecoder().decode(ended.stdout), /^ {4}ERROR: change of "slow" was interrupted/);
  deepEqual(folder.list(), ["begun", "pid"]);
  const pid = (await folder.read("pid")).trim();
  truthy(!isRunning(pid), `${pid} goes on`);
});

/** Whether a process is there and no zombie that nobody collects. */
function isRunning(pid: string): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
