import { deepEqual, equal, match } from "node:assert/strict";
import { Folder } from "./folder.ts";
import { etcha } from "./program.ts";

/** A pattern that passes: a check, a trigger without one, one that always changes, a group, a check without change. */
const GOOD = `{ run: [
  { id: 'file', check: 'test -e file', change: 'touch file', remove: 'rm file', onChange: ['copy'] },
  { id: 'copy', change: 'cp file copy', remove: 'rm copy' },
  { id: 'group', commands: [{ id: 'log', always: true, change: 'echo x >> log', remove: 'rm -f log' }] },
  { id: 'look', check: 'test -e nothing', envPrefix: 'LOOK' },
  { id: 'kept', check: 'test -e kept', change: 'touch kept' },
] }
`;

async function run(folder: Folder, ...args: string[]) {
  const ran = await etcha(["-l", "none", "test", ...args], { cwd: folder.path });
  return { ...ran, stdout: ran.stdout.replace(/\d+\.\d\d s/g, "N s").replace(/"seconds": [\d.]+/g, '"seconds": 0') };
}

Deno.test("a pattern is brought about, checked, undone and checked again", async () => {
  await using folder = await Folder.make();
  await folder.write({ "p/good.jsonnet": GOOD, "p/empty.jsonnet": "{ run: [] }\n", "p/lib.libsonnet": "{}" });
  const { code, stdout, stderr } = await run(folder, "p");
  deepEqual([code, stdout, stderr], [
    0,
    "skipped p/empty.jsonnet (N s)\npassed p/good.jsonnet (N s)\n1 passed, 0 failed, 1 skipped\n",
    "",
  ]);
  // What has no remove stays.
  deepEqual(folder.list(), ["kept", "p"]);
});

/** Each kind of mistake: the run list, and what is printed below the name of the pattern. */
const MISTAKES: readonly (readonly [name: string, list: string, told: string])[] = [
  [
    "not idempotent",
    "{ id: 'a', change: 'touch a', remove: 'rm a', check: 'echo one differs; echo two differs; exit 3' }",
    "    run: check: run > a is not idempotent: its check still fails after its change (exit code 3)\n" +
    "        one differs\n        two differs\n",
  ],
  [
    "not idempotent in a group, others are",
    "{ id: 'g', commands: [{ id: 'a', check: 'test -e a', change: 'touch a', remove: 'rm a' }, " +
    "{ id: 'b', check: 'false', change: 'true' }, { id: 'c', check: 'test -e c', change: 'true' }] }",
    "    run: check: run > g > b is not idempotent: its check still fails after its change (exit code 1)\n" +
    "    run: check: run > g > c is not idempotent: its check still fails after its change (exit code 1)\n",
  ],
  [
    "not undone",
    "{ id: 'a', check: 'test -e a && cat a', change: 'echo text > a', remove: 'true' }",
    "    run: check after removal: run > a is not undone: its check still passes after its remove\n        text\n",
  ],
  [
    "change fails, and what was changed before is undone",
    "[{ id: 'a', check: 'test -e a', change: 'touch a', remove: 'rm a' }, " +
    "{ id: 'b', change: 'echo no way; exit 4', always: true }, { id: 'c', check: 'true', remove: 'touch wrong' }]",
    '    run: change: change of "b" exited with 4\n        no way\n',
  ],
  [
    "remove fails",
    "{ id: 'a', check: 'test -e a', change: 'touch a', remove: 'echo stuck; exit 5' }",
    '    run: remove: remove of "a" exited with 5\n        stuck\n',
  ],
  [
    "check can't decide",
    "{ id: 'a', check: 'if test -e a; then kill -9 $$; fi; false', change: 'touch a', remove: 'rm a' }",
    '    run: check: check of "a" was killed by SIGKILL\n    run: remove: check of "a" was killed by SIGKILL\n',
  ],
  [
    "sensitive output is not shown",
    "{ id: 'a', check: 'echo canary; exit 1', change: 'true', sensitive: true }",
    "    run: check: run > a is not idempotent: its check still fails after its change (exit code 1)\n",
  ],
  [
    "a long difference is cut",
    "{ id: 'a', check: 'seq 25; exit 1', change: 'true' }",
    "    run: check: run > a is not idempotent: its check still fails after its change (exit code 1)\n" +
    `${Array.from({ length: 20 }, (_, i) => `        ${i + 1}\n`).join("")}        (5 more lines)\n`,
  ],
];

Deno.test("each kind of mistake is told with the command that makes it", async () => {
  for (const [name, list, told] of MISTAKES) {
    await using folder = await Folder.make();
    await folder.write({ "p.jsonnet": `{ run: [${list}] }\n` });
    const { code, stdout, stderr } = await run(folder, "p.jsonnet");
    deepEqual(
      { code, stdout, stderr },
      { code: 1, stdout: `FAILED p.jsonnet (N s)\n${told}0 passed, 1 failed\n`, stderr: "" },
      name,
    );
    if (name.startsWith("change fails")) deepEqual(folder.list(), ["p.jsonnet"]);
  }
});

Deno.test("a pattern that can't be rendered fails, and the others are tried", async () => {
  await using folder = await Folder.make();
  await folder.write({
    "p/a.jsonnet": "{ run: [{ id: 1 }] }",
    "p/b.jsonnet": "{ run: [{ id: 'x', check: 'test -e x', change: 'touch x', remove: 'rm x' }] }",
    "p/c.jsonnet": "{ run: [{ id: std.native('getEnv')('NOT_THERE', null, false) }] }",
  });
  const { code, stdout } = await run(folder, "p");
  equal(code, 1);
  match(
    stdout,
    /^FAILED p\/a\.jsonnet \(N s\)\n {4}render: p\/a\.jsonnet: run\[0\]: id: .*expected string, found number\n/,
  );
  match(stdout, /\npassed p\/b\.jsonnet \(N s\)\nFAILED p\/c\.jsonnet \(N s\)\n {4}render: .*NOT_THERE/);
  match(stdout, /\n1 passed, 2 failed\n$/);
});

Deno.test("vars.test is true, a filter chooses, and build commands are tried around the others with -b", async () => {
  await using folder = await Folder.make();
  await folder.write({
    "p.jsonnet": `local vars = std.native('getConfig')().vars;
{
  build: [
    { id: 'make', check: 'test -e made', change: 'touch made; echo > log.build', remove: 'rm made' },
    { id: 'name', always: true, change: 'echo found', onChange: ['etcha:runVar_name'] },
  ],
  runVars: { name: 'default' },
  run: [
    { id: 'file', check: 'test -e %s' % vars.name, change: 'touch %s' % vars.name, remove: 'mv %s was' % vars.name },
    { id: 'test', check: 'test -e t', change: 'test %s = true; touch t; ls' % vars.test, remove: 'rm t' },
    { id: 'made', always: true, change: 'test -e made && touch seen || true' },
  ],
}`,
  });
  const without = await run(folder, "p.jsonnet");
  deepEqual([without.code, without.stdout], [0, "passed p.jsonnet (N s)\n1 passed, 0 failed\n"]);
  // `was` is what remained of the file, whose name the build commands have not found.
  deepEqual(folder.list(), ["p.jsonnet", "was"]);
  await Deno.remove(`${folder.path}/was`);

  const steps = JSON.parse((await run(folder, "-b", "--json", "p.jsonnet")).stdout)[0].steps;
  deepEqual(steps.map(({ step }: { step: string }) => step), [
    "render",
    "build: change",
    "build: check",
    "render",
    "run: change",
    "run: check",
    "run: remove",
    "run: check after removal",
    "build: remove",
    "build: check after removal",
  ]);
  deepEqual(folder.list(), ["log.build", "p.jsonnet", "seen", "was"]);

  for (const name of ["log.build", "seen", "was"]) await Deno.remove(`${folder.path}/${name}`);
  const filtered = await run(folder, "-b", "-f", "> test$", "p.jsonnet");
  deepEqual([filtered.code, folder.list()], [0, ["p.jsonnet"]]);
});

Deno.test("results for programs: JSON, and JUnit in a file beside the text", async () => {
  await using folder = await Folder.make();
  await folder.write({
    "p/a&b.jsonnet": "{ run: [{ id: '<x>', check: 'printf \"a\\\\033<&\"; exit 1', change: 'true' }] }",
    "p/good.jsonnet": GOOD,
    "p/none.jsonnet": "{}",
  });
  const ran = await run(folder, "--json", "--junit", "out.xml", "p");
  equal(ran.code, 1);
  const results = JSON.parse(ran.stdout);
  deepEqual(results.map(({ pattern, status }: Record<string, string>) => `${status} ${pattern}`), [
    "failed p/a&b.jsonnet",
    "passed p/good.jsonnet",
    "skipped p/none.jsonnet",
  ]);
  const [failure] = results[0].steps[2].failures;
  deepEqual(failure, {
    code: "not-idempotent",
    command: "run > <x>",
    message: "is not idempotent: its check still fails after its change (exit code 1)",
    output: "a\x1b<&",
  });
  const xml = (await folder.read("out.xml")).replace(/time="[\d.]+"/g, 'time="N"');
  deepEqual(xml.split("\n").slice(0, 8), [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites name="etcha test" tests="10" failures="1" errors="0" skipped="1">',
    '  <testsuite name="p/a&amp;b.jsonnet" tests="4" failures="1" errors="0" skipped="0" time="N">',
    '    <testcase classname="p/a&amp;b.jsonnet" name="render" time="N"/>',
    '    <testcase classname="p/a&amp;b.jsonnet" name="run: change" time="N"/>',
    '    <testcase classname="p/a&amp;b.jsonnet" name="run: check" time="N">',
    '      <failure type="not-idempotent" message="run &gt; &lt;x&gt;: is not idempotent: its check still fails after its ' +
    'change (exit code 1)">a\\u001b&lt;&amp;</failure>',
    "    </testcase>",
  ]);
  match(xml, /<testcase classname="p\/none\.jsonnet" name="run"><skipped\/><\/testcase>/);
});

Deno.test("what can't be tested", async () => {
  await using folder = await Folder.make();
  await folder.write({ "p/a.jsonnet": "{ run: [{ id: 'x', check: 'true' }] }", "empty/a.jsonnet": "{}" });
  const table: readonly (readonly [readonly string[], number, RegExp])[] = [
    [["gone"], 1, /gone: .*there is nothing of this name/],
    [["empty"], 1, /empty: test: no pattern has a command/],
    [["-f", "other", "p"], 1, /p: test: no command of any pattern matches the filter/],
    [["-f", "(", "p"], 2, /-f: no regular expression/],
    [["--junit", "none/out.xml", "p"], 1, /--junit: write the results/],
    [[], 2, /missing required argument 'PATH'/],
  ];
  for (const [args, code, message] of table) {
    const ran = await run(folder, ...args);
    equal(ran.code, code, args.join(" "));
    match(ran.stderr, message);
  }
});
