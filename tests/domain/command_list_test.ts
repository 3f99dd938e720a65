import assert from "node:assert/strict";
import fc from "fast-check";
import { commandPath } from "../../src/domain/command.ts";
import { parseCommands } from "../../src/domain/command_list.ts";
import { problemsText } from "../../src/domain/problem.ts";

function only(list: unknown) {
  const { commands, problems } = parseCommands(list, "run");
  assert.deepEqual(problems, []);
  return commands;
}

Deno.test("a command has all its properties, and defaults for those that are left out", () => {
  const none = { targets: [], events: [] };
  const defaults = {
    groups: [],
    scopes: [0],
    always: false,
    changeIgnore: false,
    removeAfter: false,
    envPrefix: "",
    sensitive: false,
    onChange: none,
    onFail: none,
    onRemove: none,
  };
  const full = {
    id: "full",
    always: true,
    check: "a check",
    change: "a change",
    remove: "",
    changeIgnore: true,
    removeAfter: true,
    envPrefix: "FULL",
    stdin: "in\0put",
    sensitive: true,
  };
  const exec = { command: "sh -c", env: { A: "1" }, user: 1000 };
  assert.deepEqual(
    only([
      { id: "empty" },
      { ...full, exec, timeout: "1m30s", onChange: ["last", "etcha:news"], onFail: ["etcha:bad"], onRemove: ["empty"] },
      { id: "last" },
    ]),
    [
      { id: "empty", ...defaults },
      {
        ...full,
        groups: [],
        scopes: [0],
        timeout: 90_000,
        execSettings: { ...exec, user: "1000" },
        onChange: { targets: [2], events: ["news"] },
        onFail: { targets: [], events: ["bad"] },
        onRemove: { targets: [0], events: [] },
      },
      { id: "last", ...defaults },
    ],
  );
});

Deno.test("groups have paths and scopes of their own", () => {
  const commands = only([
    { id: "a" },
    { id: "g", commands: [{ id: "b" }, [{ id: "h", commands: [{ id: "c" }] }], { id: "d" }] },
    { id: "g", commands: [{ id: "e" }] },
    { id: "f" },
  ]);
  assert.deepEqual(commands.map((command) => [commandPath(command), command.scopes]), [
    ["a", [0]],
    ["g > b", [0, 1]],
    ["g > h > c", [0, 1, 2]],
    ["g > d", [0, 1]],
    ["g > e", [0, 3]],
    ["f", [0]],
  ]);
});

Deno.test("problems name the list they are in", () => {
  const { problems } = parseCommands([{ id: "x", always: 1 }, 5], "build");
  assert.deepEqual(problems.map(({ where }) => where), ["build > x: always", "build[1]"]);
});

Deno.test("no output of a command becomes a variable that leads what confines it astray", () => {
  for (const envPrefix of ["LD_PRELOAD", "LD_AUDIT", "PATH", "BASH_ENV", "GLIBC_TUNABLES", "DOCKER_HOST", "HOME"]) {
    const { problems } = parseCommands([{ id: "x", envPrefix, check: "echo /tmp/evil.so" }], "run");
    assert.match(problemsText(problems), /^run > x: envPrefix: .*only an exec may set/m, envPrefix);
  }
  for (const envPrefix of ["OLD_PATH", "PATHS", "DOCKER_VERSION", "LDAP", "path"]) {
    assert.deepEqual(parseCommands([{ id: "x", envPrefix }], "run").problems, [], envPrefix);
  }
});

Deno.test("no problem shows a value", () => {
  const secret = "hunter2";
  const { problems } = parseCommands([
    { id: "x", always: secret, stdin: [secret], exec: { env: { PASSWORD: [secret] }, user: [secret] } },
    { id: "y", envPrefix: `1${secret}`, timeout: secret, change: `${secret}\0`, exec: { workDir: { secret } } },
    [secret],
  ], "run");
  assert.equal(problems.length, 9);
  assert.ok(!problemsText(problems).includes(secret));
});

Deno.test("a long nest of lists is no obstacle", () => {
  let list: unknown[] = [{ id: "deep", change: "x" }];
  for (let i = 0; i < 500; i++) list = [list];
  assert.deepEqual(only(list).map(({ id }) => id), ["deep"]);
});

Deno.test("whatever is given, there are commands and problems and no exception", () => {
  const some = fc.letrec<{ item: unknown }>((tie) => ({
    item: fc.oneof(
      { maxDepth: 3 },
      fc.jsonValue({ maxDepth: 2 }),
      fc.array(tie("item"), { maxLength: 4 }),
      fc.record({
        id: fc.oneof({ weight: 4, arbitrary: fc.constantFrom("a", "b", "c", "a.*") }, fc.jsonValue({ maxDepth: 1 })),
        commands: fc.oneof(
          fc.constant(undefined),
          fc.array(tie("item"), { maxLength: 3 }),
          fc.jsonValue({ maxDepth: 1 }),
        ),
        change: fc.oneof(fc.string(), fc.jsonValue({ maxDepth: 1 })),
        onChange: fc.oneof(fc.array(fc.constantFrom("a", "b", "c", ".", "(", "etcha:x", "etcha:")), fc.jsonValue()),
        onRemove: fc.array(fc.constantFrom("a", "b", "zz")),
      }, { requiredKeys: [] }),
    ),
  })).item;
  fc.assert(
    fc.property(fc.array(some), (list) => {
      const { commands, problems } = parseCommands(list, "run");
      for (const [position, { onChange, onRemove }] of commands.entries()) {
        assert.ok(onChange.targets.every((target) => target > position && target < commands.length));
        assert.ok(onRemove.targets.every((target) => target < position));
      }
      assert.ok(problems.every(({ where }) => where?.startsWith("run")));
    }),
    { numRuns: 400, seed: 1 },
  );
});
