import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { Folder } from "./folder.ts";
import { etcha } from "./program.ts";

/** Stands in for ShellCheck: complains of every line with a dollar, and says what dialect it was told. */
const CHECKER = `#!/bin/sh
echo "$*" >> "$CALLS"
number=0 found=0
while IFS= read -r line || [ -n "$line" ]; do
  number=$((number + 1))
  case "$line" in *\\$*) found=1; echo "-:$number:3: warning: quote $line [SC2086]" ;; esac
done
exit $found
`;

interface Options {
  readonly path?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The PATH without a ShellCheck of this machine, so that every machine finds the same. */
async function pathWithout(folder: Folder): Promise<string> {
  await Deno.mkdir(`${folder.path}/.bin`, { recursive: true });
  for (const name of ["bash", "sh", "cat"]) {
    const { stdout } = await new Deno.Command("sh", { args: ["-c", `command -v ${name}`] }).output();
    const target = new TextDecoder().decode(stdout).trim();
    if (target !== "") await Deno.symlink(target, `${folder.path}/.bin/${name}`).catch(ignoreExisting);
  }
  return `${folder.path}/.bin`;
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
}

async function lint(folder: Folder, args: readonly string[], options: Options = {}) {
  const path = options.path ?? await pathWithout(folder);
  const [before, after] = [args.slice(0, args.indexOf("lint")), args.slice(args.indexOf("lint") + 1)];
  return await etcha([...before, "lint", ...after], { cwd: folder.path, env: { PATH: path, ...options.env } });
}

async function withChecker(folder: Folder): Promise<string> {
  await folder.write({ ".checker/shellcheck": CHECKER });
  await Deno.chmod(`${folder.path}/.checker/shellcheck`, 0o755);
  return `${folder.path}/.checker:${await pathWithout(folder)}`;
}

/** Each kind of mistake: the file, the arguments, and the line that lint prints of it. */
const MISTAKES: readonly (readonly [name: string, text: string, finding: string, code?: number])[] = [
  ["syntax.jsonnet", "{ run: [ }\n", '1:10: Unexpected: "}" while parsing terminal (jsonnet-syntax)'],
  ["syntax.libsonnet", "{\n  a: 'x\n}\n", "2:6: Unterminated String (jsonnet-syntax)"],
  ["unknown.libsonnet", "{ a: x }\n", "1:6: Unknown variable: x (jsonnet-syntax)"],
  ["unused.libsonnet", "local unused = 1;\n{}\n", "1:7: Unused variable: unused (jsonnet-unused-variable)"],
  ["lint.libsonnet", "{ a: std.length() }\n", "1:6: Missing argument: x (jsonnet-lint)"],
  [
    "import.libsonnet",
    "{ a: import 'gone.libsonnet' }\n",
    '1:6: "gone.libsonnet" was not found (jsonnet-import-not-found)',
  ],
  ["fails.jsonnet", "{ run: error 'no way' }\n", "1:8: no way (jsonnet-runtime)"],
  ["list.jsonnet", "[]\n", "1:1: expected an object with run or build, found array (wrong-type)"],
  [
    "property.jsonnet",
    "{ run: [\n  { id: 'one', chnage: 'true' },\n] }\n",
    '2:9: run > one: unknown property "chnage" (unknown-property)',
  ],
  [
    "target.jsonnet",
    "{ run: [{ id: 'one', change: 'true', onChange: ['two'] }] }\n",
    '1:15: run > one: resolve onChange "two": no command in the same list has this id or matches it (target-not-found)',
  ],
  ["format.jsonnet", "{run: []}\n", "1:1: not formatted; lint --fix rewrites it (format)"],
  [
    "group.jsonnet",
    "{ run: [{ id: 'g', always: true, commands: [{ id: 'm', check: 'true' }] }] }\n",
    '1:15: warning: run > g: a group has only id and commands; ignored here: "always" (group-property-ignored)',
    0,
  ],
  [
    "never.jsonnet",
    "{ run: [{ id: 'm', change: 'true' }] }\n",
    "1:15: warning: run > m: its change never runs: it has neither check nor always, and no command triggers it (never-runs)",
    0,
  ],
  [
    "missing.jsonnet",
    "{ run: [{ id: std.native('getEnv')('NOT_THERE', null, false) }] }\n",
    '1:15: warning: there is no value for "NOT_THERE": the variable is not set (missing-value)',
    0,
  ],
  [
    "everywhere.jsonnet",
    "{ id: std.native('getEnv')('NOT_THERE', null, false) }\n",
    '1:7: warning: there is no value for "NOT_THERE": the variable is not set (missing-value)',
    0,
  ],
];

Deno.test("each kind of mistake is found, and what is right is not", async () => {
  await using folder = await Folder.make();
  await folder.write(Object.fromEntries(MISTAKES.map(([name, text]) => [`all/${name}`, text])));
  await folder.write({
    "all/right.jsonnet": "{ run: [{ id: 'x', check: 'true' }] }\n",
    // What is left out: the configuration, hidden folders, other files.
    "all/etcha.jsonnet": "{ vars: {} \n",
    "all/.hidden/a.jsonnet": "{",
    "all/node_modules/a.jsonnet": "{",
    "all/notes.txt": "{",
  });
  await Deno.symlink("..", `${folder.path}/all/circle`);
  await Deno.symlink("syntax.jsonnet", `${folder.path}/all/link.jsonnet`);
  const all = await lint(folder, ["lint", "-f", "all"]);
  const findings = all.stdout.split("\n").filter((line) => /^\S/.test(line));
  deepEqual(findings.slice(0, -1).toSorted(), MISTAKES.map(([name, , finding]) => `all/${name}:${finding}`).toSorted());
  equal(findings.at(-1), `${MISTAKES.length + 1} files: ${MISTAKES.length - 4} errors, 4 warnings`);
  deepEqual([all.code, all.stderr], [1, ""]);
  for (const [name, , finding, code = 1] of MISTAKES.filter(([name]) => /^(group|missing|fails)/.test(name))) {
    const one = await lint(folder, ["lint", `all/${name}`]);
    truthy(one.stdout.startsWith(`all/${name}:${finding}\n`), one.stdout);
    equal(one.code, code, name);
  }
  equal((await lint(folder, ["lint", "--strict", "all/group.jsonnet"])).code, 1);
  const right = await lint(folder, ["lint", "-f", "all/right.jsonnet"]);
  deepEqual([right.code, right.stdout], [0, "1 file: no findings\n"]);
});

Deno.test("a mistake of a file that others import is told once", async () => {
  await using folder = await Folder.make();
  await folder.write({
    "bad.libsonnet": "{ a: }\n",
    "one.jsonnet": "{ run: import 'bad.libsonnet' }\n",
    "two.jsonnet": "{ run: import 'bad.libsonnet' }\n",
  });
  const { stdout } = await lint(folder, ["lint", "."]);
  deepEqual(stdout.split("\n").filter((line) => /^\S/.test(line)), [
    'bad.libsonnet:1:6: Unexpected: "}" while parsing terminal (jsonnet-syntax)',
    "3 files: 1 error, 0 warnings",
  ]);
});

Deno.test("the format is looked at only when asked for, shown as a diff, and mended in one step", async () => {
  await using folder = await Folder.make();
  await folder.write({ "a.jsonnet": "{run: [],\n}\n", "b.jsonnet": "{ run: [] }\n", "bad.jsonnet": "{run: [\n" });
  await Deno.chmod(`${folder.path}/a.jsonnet`, 0o640);
  equal((await lint(folder, ["lint", "a.jsonnet"])).code, 0);
  const diff = await lint(folder, ["lint", "--formatting", "a.jsonnet"]);
  equal(
    diff.stdout,
    "a.jsonnet:1:1: not formatted; lint --fix rewrites it (format)\n" +
      "    --- a.jsonnet\n    +++ a.jsonnet (formatted)\n    @@ -1,2 +1,3 @@\n    -{run: [],\n    +{\n    +  run: [],\n     }\n" +
      "1 file: 1 error, 0 warnings\n",
  );
  equal(await folder.read("a.jsonnet"), "{run: [],\n}\n");
  await folder.write({ "url.jsonnet": "{id:'https://me:canary@host/p?canary#X:canary'}" });
  const shown = await lint(folder, ["lint", "-f", "url.jsonnet"]);
  match(shown.stdout, /-\{id:'https:\/\/\*+host\/p\*+'\}\n/);
  equal(shown.stdout.includes("canary"), false);
  await Deno.remove(`${folder.path}/url.jsonnet`);
  const fixed = await lint(folder, ["lint", "--fix", "."]);
  match(fixed.stdout, /^formatted a\.jsonnet\nbad\.jsonnet:2:1: .*\(jsonnet-syntax\)\n3 files: 1 error, 0 warnings\n$/);
  equal(fixed.code, 1);
  equal(await folder.read("a.jsonnet"), "{\n  run: [],\n}\n");
  equal((await Deno.stat(`${folder.path}/a.jsonnet`)).mode! & 0o777, 0o640);
  deepEqual(folder.list(), [".bin", "a.jsonnet", "b.jsonnet", "bad.jsonnet"]);
});

Deno.test("texts of shells go to ShellCheck in their dialect, equal ones once; sensitive ones are not shown", async () => {
  await using folder = await Folder.make();
  await folder.write({
    "a.jsonnet": `{ run: [
      { id: 'one', check: 'true', change: 'a\\nb $x' },
      { id: 'two', always: true, change: 'a\\nb $x', exec: { command: 'chroot /jail /bin/dash -c' } },
      { id: 'python', always: true, change: 'print($x)', exec: { command: 'python3 -c' } },
      { id: 'words', always: true, change: 'cat $x', exec: { command: '' } },
      { id: 'hidden', remove: 'use $PASSWORD', sensitive: true },
      { id: 'again', always: true, change: 'a\\nb $x' },
      { id: 'list', always: true, change: ['use', '$x'] },
    ] }`,
  });
  const calls = `${folder.path}/calls`;
  const run = await lint(folder, ["lint", "a.jsonnet"], { path: await withChecker(folder), env: { CALLS: calls } });
  const found = (place: string, what: string) => `a.jsonnet:${place}: ${what} (shellcheck SC2086)\n`;
  equal(
    run.stdout,
    found("2:13", "change of run > one, line 2: warning: quote b $x") +
      found("3:13", "change of run > two, line 2: warning: quote b $x") +
      found("6:13", "remove of run > hidden, line 1: not shown: the command is sensitive") +
      found("7:13", "change of run > again, line 2: warning: quote b $x") +
      "1 file: 4 errors, 0 warnings\n",
  );
  equal(run.code, 1);
  const dialects = (await folder.read("calls")).trim().split("\n").map((line) => /--shell=(\w+) -$/.exec(line)?.[1]);
  deepEqual(dialects.toSorted(), ["bash", "bash", "bash", "dash"]);
});

Deno.test("linters are configured by name, switched off, and their own failures are told", async () => {
  await using folder = await Folder.make();
  await folder.write({ "a.jsonnet": "{ run: [{ id: 'one', always: true, change: 'say $it' }] }\n" });
  const path = await withChecker(folder);
  const run = (linters: string) =>
    lint(folder, ["-x", `lint_linters=${linters}`, "lint", "a.jsonnet"], { path, env: { CALLS: "/dev/null" } });
  const off = await run('{"shellcheck": ""}');
  deepEqual([off.code, off.stdout], [0, "1 file: no findings\n"]);
  const own = await run(
    JSON.stringify({ shellcheck: "", "no-say": "sh -c 'echo ${DIALECT} says; cat; exit 3'", gone: "not-there-at-all" }),
  );
  match(own.stdout, /^a\.jsonnet:1:15: change of run > one: the linter gone could not be started: .* \(gone\)\n/);
  match(own.stdout, /\na\.jsonnet:1:15: change of run > one: bash says \(no-say\)\n {4}say \$it\n1 file: 2 errors/);
  const wrong = await run('{"x": 1}');
  equal(wrong.code, 2);
  match(wrong.stderr, /lint\.linters.*expected string, found number/);
});

Deno.test("lint.exclude leaves files out, but not one that is named", async () => {
  await using folder = await Folder.make();
  await folder.write({ "a/old.jsonnet": "{", "a/new.jsonnet": "{ run: [] }\n" });
  const run = (exclude: string, path: string) => lint(folder, ["-x", `lint_exclude=${exclude}`, "lint", path]);
  deepEqual((await run("(^|/)old", "a")).stdout, "1 file: no findings\n");
  equal((await run("old", "a/old.jsonnet")).code, 1);
  deepEqual((await run('["^b", "^a/o"]', "a")).stdout, "1 file: no findings\n");
  const wrong = await run("a(", "a");
  equal(wrong.code, 2);
  match(wrong.stderr, /lint\.exclude: read the configuration: expected a regular expression in RE2/);
});

Deno.test("findings for programs and for GitHub", async () => {
  await using folder = await Folder.make();
  await folder.write({ "a,b.jsonnet": "{ run: error '100%\\nand more' }\n" });
  const github = await lint(folder, ["lint", "--format", "github", "."]);
  equal(
    github.stdout,
    "::error file=a%2Cb.jsonnet,line=1,col=8,title=jsonnet-runtime::100%25%0Aand more%0A" +
      "{ run: error '100%25\\nand more' }%0A       ^%0Aat " + folder.path + "/a,b.jsonnet:1:8 (object <anonymous>)\n",
  );
  const json = await lint(folder, ["lint", "--json", "."]);
  equal(json.code, 1);
  const { files, findings, fixed } = JSON.parse(json.stdout);
  deepEqual([files, fixed, findings.length], [1, [], 1]);
  deepEqual(Object.keys(findings[0]), ["file", "line", "column", "severity", "rule", "message", "detail"]);
  deepEqual([findings[0].file, findings[0].message], ["a,b.jsonnet", "100%\nand more"]);
});

Deno.test("what can't be linted", async () => {
  await using folder = await Folder.make();
  await folder.write({ "empty/x.txt": "" });
  const table: readonly (readonly [readonly string[], number, RegExp])[] = [
    [["gone"], 1, /gone: .*there is nothing of this name/],
    [["empty"], 1, /empty: .*no \.jsonnet or \.libsonnet file lies below it/],
    [[], 2, /missing required argument 'PATH'/],
    [["-f", "--fix", "empty"], 2, /-f and --fix can't both be given/],
    [["--json", "--format", "github", "empty"], 2, /--json and --format can't both be given/],
    [["--format", "xml", "empty"], 2, /Allowed choices are text, json, github/],
  ];
  for (const [args, code, message] of table) {
    const run = await lint(folder, ["lint", ...args]);
    deepEqual([run.code, run.stdout], [code, ""], args.join(" "));
    match(run.stderr, message);
  }
});

Deno.test("two hundred files that import each other's library are quick", async () => {
  await using folder = await Folder.make();
  const files: Record<string, string> = { "lib.libsonnet": "{ make(id):: { id: id, check: 'true' } }\n" };
  for (let i = 0; i < 200; i++) {
    files[`p/${i}.jsonnet`] = `local lib = import '../lib.libsonnet';\n{ run: [lib.make('x${i}')] }\n`;
  }
  await folder.write(files);
  const begin = performance.now();
  const { stdout } = await lint(folder, ["lint", "-f", "p"]);
  equal(stdout, "200 files: no findings\n");
  const seconds = (performance.now() - begin) / 1000;
  truthy(seconds < 20, `it took ${seconds} s`);
});
