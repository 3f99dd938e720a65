import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { SUBCOMMANDS } from "../../src/cli/commands.ts";
import { GLOBAL_FLAGS } from "../../src/cli/flags.ts";
import { completionOf, configPathIn } from "../../src/cli/completion.ts";
import { Folder } from "./folder.ts";
import { etcha, programEnvironment, programWords } from "./program.ts";

const TABLE = { globals: GLOBAL_FLAGS, subcommands: SUBCOMMANDS };

/** Typed words, the last one being typed, and what may stand there: a kind, or some of the words and some that may not. */
const CASES: readonly (readonly [words: string, expected: string | readonly string[], not?: readonly string[]])[] = [
  ["", ["push", "run", "autocomplete"], ["complete", "-c", "gen-keys"]],
  ["-", ["-c", "--config", "-x", "--help"], ["push"]],
  ["-c ", "files"],
  ["-f ", ["human", "kv", "json"]],
  ["-n -x a=b -", ["-c", "-x", "--set"], ["-n", "--no-color"]],
  ["-dn -l error p", ["push"]],
  ["-dl ", ["none", "debug"]],
  ["-ldebug pu", ["push"]],
  ["--log-level=debug pu", ["push"]],
  ["push ", "sources"],
  ["push -h ", "targets"],
  ["push -c -t ", "targets"],
  ["push core ", "patterns"],
  ["push core a b ", "patterns"],
  ["push -c core -", ["-h", "--json", "--serial"], ["-c", "--check", "-x"]],
  ["push -p 1 -", ["-h"], ["-p", "1"]],
  ["push core -- -", "patterns"],
  ["build ", "patterns"],
  ["build x.jsonnet ", "files"],
  ["build x.jsonnet y ", "sources"],
  ["build x.jsonnet y z ", "nothing"],
  ["gen-keys -a ", ["ed25519", "ecp256", "rsa2048"]],
  ["generate-keys -", ["-a", "--algorithm"]],
  ["local -s ", "sources"],
  ["history ", "sources"],
  ["init ", "folders"],
  ["lint ", "files"],
  ["test --junit ", "files"],
  ["test ", "files"],
  ["autocomplete ", ["bash", "zsh", "fish"]],
  ["help ", ["push", "run"], ["complete"]],
  ["-n help p", ["push"]],
  ["help push ", "nothing"],
  ["no-such ", "nothing"],
  ["run ", "nothing"],
];

Deno.test("what may come next is known from the table of subcommands", () => {
  for (const [typed, expected, not = []] of CASES) {
    const completion = completionOf(typed.split(" "), TABLE);
    if (typeof expected === "string") {
      equal(completion.kind, expected, typed);
      continue;
    }
    truthy(completion.kind === "words", typed);
    const words = completion.candidates.map(({ word }) => word);
    deepEqual(
      [expected.filter((word) => !words.includes(word)), not.filter((word) => words.includes(word))],
      [[], []],
      typed,
    );
    truthy(completion.candidates.every(({ doc }) => doc !== "" && !/[\t\n]/.test(doc)), typed);
  }
  equal(configPathIn(["-n", "-c", "a.json", "push", ""], TABLE), "a.json");
  equal(configPathIn(["push", "-c", "a.json", ""], TABLE), undefined);
});

/** A folder with a configuration, patterns, and the program on the PATH. */
async function place(): Promise<{ readonly folder: Folder; readonly env: Record<string, string> }> {
  const folder = await Folder.make();
  await folder.write({
    "etcha.jsonnet":
      "{ sources: { core: {}, 'web-1': {} }, targets: { db1: { sourcePatterns: { cargo: '' } }, www: {} } }",
    "other.json": '{ "sources": { "apart": {} } }',
    "broken.jsonnet": "{",
    "patterns/web.jsonnet": "{}",
    "patterns/notes.txt": "",
    "bin/etcha": `#!/bin/sh\nexec ${programWords().map((word) => `'${word}'`).join(" ")} "$@"\n`,
    "out": "",
  });
  await Deno.chmod(`${folder.path}/bin/etcha`, 0o755);
  const env = programEnvironment({ PATH: `${folder.path}/bin:${Deno.env.get("PATH") ?? ""}`, HOME: folder.path });
  return { folder, env };
}

Deno.test("names come from the configuration that was typed; one that is broken gives none, and no message", async () => {
  const { folder, env } = await place();
  await using _ = folder;
  const complete = async (...words: string[]) => {
    const ran = await etcha(["-d", "complete", "--", ...words], { cwd: folder.path, env });
    deepEqual([ran.code, ran.stderr], [0, ""]);
    return ran.stdout;
  };
  equal(await complete("push", ""), "words\ncargo\tsource\ncore\tsource\nweb-1\tsource\n");
  equal(await complete("push", "-h", ""), "words\ndb1\tdb1\nwww\twww\n");
  equal(await complete("-c", "other.json", "status", ""), "words\napart\tsource\n");
  equal(await complete("-c", "broken.jsonnet", "status", ""), "words\n");
  equal(await complete("-c", "gone", "status", ""), "words\n");
});

Deno.test("a shell that is not known is asked for", async () => {
  const ran = await etcha(["autocomplete"], { cwd: ".", env: { SHELL: "/bin/tcsh" } });
  deepEqual([ran.code, ran.stdout], [2, ""]);
  match(ran.stderr, /"tcsh" is not known\n {2}hint: say which one: bash, zsh, fish\n/);
  const wrong = await etcha(["autocomplete", "csh"], { cwd: "." });
  deepEqual([wrong.code, wrong.stdout], [2, ""]);
  match(wrong.stderr, /bash, zsh, fish/);
  match((await etcha(["autocomplete"], { cwd: ".", env: { SHELL: "/usr/bin/fish" } })).stdout, /complete -c etcha/);
});

/** What a line that ends where TAB is pressed becomes: in full, as there is one way to go on. */
const LINES: readonly (readonly [line: string, becomes: string])[] = [
  ["etcha genera", "generate-keys"],
  ["etcha generate-keys -a ec", "ecp256"],
  ["etcha show-config --he", "--help"],
  ["etcha push --max", "--max-failures"],
  ["etcha push we", "web-1"],
  ["etcha push -h db", "db1"],
  ["etcha build patterns/w", "patterns/web.jsonnet"],
  ["etcha -c oth", "other.json"],
  ["etcha init pat", "patterns"],
];

for (const shell of ["bash", "zsh", "fish"] as const) {
  Deno.test(`completion works in ${shell}`, async (t) => {
    const { folder, env } = await place();
    await using _ = folder;
    for (const needed of shell === "fish" ? [shell] : [shell, "script"]) {
      if (!await isThere(needed)) return console.log(`skipped: there is no ${needed}`);
    }
    await folder.write({ script: (await etcha(["autocomplete", shell], { cwd: folder.path })).stdout });
    for (const [line, becomes] of LINES) {
      await t.step(line, async () => {
        const output = await SHELLS[shell](line, folder.path, env);
        truthy(output.includes(becomes), `${line}: ${JSON.stringify(output)}`);
      });
    }
  });
}

async function isThere(program: string): Promise<boolean> {
  const { success } = await new Deno.Command("sh", { args: ["-c", 'command -v "$0"', program], stdout: "null" })
    .output();
  return success;
}

type Try = (line: string, cwd: string, env: Record<string, string>) => Promise<string>;

const SHELLS: Readonly<Record<"bash" | "zsh" | "fish", Try>> = {
  // In a pseudo-terminal of util-linux: readline itself asks.
  bash: (line, cwd, env) =>
    typed(
      ["script", "-qec", "bash --noprofile --norc -i", "/dev/null"],
      `set -o emacs; source ./script\n`,
      line,
      cwd,
      env,
    ),
  zsh: (line, cwd, env) =>
    typed(
      ["script", "-qec", "zsh -f -i", "/dev/null"],
      "bindkey -e; autoload -U compinit; compinit -u -D; source ./script\n",
      line,
      cwd,
      env,
    ),
  fish: async (line, cwd, env) => {
    const args = ["--no-config", "-c", 'source ./script; complete -C "$argv[1]"', line];
    return await output(new Deno.Command("fish", { args, cwd, env, clearEnv: true, stdin: "null", stderr: "piped" }));
  },
};

/** Sets an interactive shell up, types a line and a tab, and has it say what the line has become. */
async function typed(
  [program, ...args]: readonly string[],
  setup: string,
  line: string,
  cwd: string,
  env: Record<string, string>,
): Promise<string> {
  const keys = `${setup}${line}\t`;
  const command = new Deno.Command(program!, {
    args: [...args],
    cwd,
    env: { ...env, TERM: "dumb", PS1: "$ " },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
  const child = command.spawn();
  const writer = child.stdin.getWriter();
  const ended = child.output();
  // Home, `echo is `, Return: the shell prints the completed line.
  await writer.write(new TextEncoder().encode(`${keys}\x01echo is \rexit\r`));
  await writer.close();
  const { stdout } = await ended;
  const shown = new TextDecoder().decode(stdout).replaceAll("\r", "");
  const becomes = /^is (.*)$/m.exec(shown)?.[1];
  truthy(becomes !== undefined, shown);
  return becomes;
}

async function output(command: Deno.Command): Promise<string> {
  const { stdout, stderr } = await command.output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}
