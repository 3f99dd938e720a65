import assert from "node:assert/strict";
import { ok } from "../../src/domain/problem.ts";
import {
  echo,
  evaluate,
  missingValue,
  newEvaluator,
  problemOf,
  request,
  scriptedNatives,
  valueOf,
} from "./evaluate.ts";

Deno.test("a value, what std.trace printed, and what was read", async () => {
  using evaluator = newEvaluator();
  const result = await evaluate(
    evaluator,
    request(`std.trace('seen', (import 'lib/a.libsonnet') + { text: importstr 'b.txt', bytes: importbin 'c.bin' })`, {
      files: {
        "/srv/lib/a.libsonnet": "{ a: import '../d.jsonnet' }",
        "/srv/d.jsonnet": "[1, null, true, 'é']",
        "/srv/b.txt": "text\n",
        "/srv/c.bin": new Uint8Array([0, 255]),
      },
    }),
  );
  assert.ok(result.ok);
  assert.deepEqual(result.value.value, { a: [1, null, true, "é"], bytes: [0, 255], text: "text\n" });
  assert.match(result.value.trace, /^TRACE: \/srv\/main\.jsonnet:1 seen\n$/);
  assert.deepEqual([...result.value.reads.files.keys()].sort(), [
    "/srv/b.txt",
    "/srv/c.bin",
    "/srv/d.jsonnet",
    "/srv/lib/a.libsonnet",
    "/srv/main.jsonnet",
  ]);
});

Deno.test("imports: beside the importing file, then the library folders in their order, absolute paths as they are", async () => {
  using evaluator = newEvaluator();
  const files = {
    "/srv/sub/x.libsonnet": "import 'beside.libsonnet'",
    "/srv/sub/beside.libsonnet": "'beside'",
    "/lib1/x.libsonnet": "'not reached'",
    "/lib1/both.libsonnet": "'first'",
    "/lib2/both.libsonnet": "'second'",
    "/lib2/only.libsonnet": "'library'",
    "/abs.libsonnet": "'absolute'",
  };
  const code =
    `[import 'sub/x.libsonnet', import 'both.libsonnet', import './only.libsonnet', import '/abs.libsonnet']`;
  const result = await evaluate(evaluator, request(code, { files, libraryPaths: ["/lib1", "/lib2"] }));
  assert.ok(result.ok);
  assert.deepEqual(result.value.value, ["beside", "first", "library", "absolute"]);
});

Deno.test("an import that is not there names where it was looked for, and the place of the import", async () => {
  using evaluator = newEvaluator();
  const problem = problemOf(
    await evaluate(
      evaluator,
      request("{\n  a: import 'lib/x.libsonnet',\n}", {
        files: { "/srv/lib/x.libsonnet": "local y = import 'y.libsonnet';\ny" },
        libraryPaths: ["/jpath"],
      }),
    ),
  );
  assert.equal(problem.code, "jsonnet-import-not-found");
  assert.equal(problem.where, "/srv/lib/x.libsonnet:1:11");
  assert.match(problem.hint!, /\/srv\/lib\/y\.libsonnet, \/jpath\/y\.libsonnet/);
  assert.match(problem.detail!, /^local y = import 'y\.libsonnet';\n {10}\^\n/);
  assert.match(problem.detail!, /imported at \/srv\/main\.jsonnet:2:6$/);
});

Deno.test("files that import each other: a loop of values is an error, a loop of files alone is none", async () => {
  using evaluator = newEvaluator();
  const files = {
    "/srv/a.libsonnet": "{ name: 'a', other:: import 'b.libsonnet' }",
    "/srv/b.libsonnet": "{ name: 'b', other:: import 'a.libsonnet' }",
    "/srv/self.libsonnet": "import 'self.libsonnet'",
  };
  const fine = await evaluate(evaluator, request("(import 'a.libsonnet').other.other.name", { files }));
  assert.ok(fine.ok);
  assert.equal(fine.value.value, "a");
  const problem = problemOf(await evaluate(evaluator, request("import 'self.libsonnet'", { files })));
  assert.match(problem.code, /^jsonnet-(runtime|stack)$/);
  assert.match(problem.where!, /self\.libsonnet:1:1$/);
});

Deno.test("a syntax error: place in characters, the line, a caret, how the file came in", async () => {
  using evaluator = newEvaluator();
  const here = problemOf(await evaluate(evaluator, request("{\n\ta: 'äöü', b: 1 2,\n}")));
  assert.equal(here.code, "jsonnet-syntax");
  assert.equal(here.where, "/srv/main.jsonnet:2:17");
  assert.equal(here.detail, "\ta: 'äöü', b: 1 2,\n\t               ^");
  const there = problemOf(
    await evaluate(evaluator, request("[1, import 'x.libsonnet']", { files: { "/srv/x.libsonnet": "{\n a: b }" } })),
  );
  assert.equal(there.code, "jsonnet-syntax");
  assert.equal(there.where, "/srv/x.libsonnet:2:5");
  assert.match(there.found, /Unknown variable: b/);
  assert.match(there.detail!, /^ a: b \}\n {4}\^\n[^]*imported at \/srv\/main\.jsonnet:1:5$/);
});

Deno.test("an error while evaluating tells the calls that led to it", async () => {
  using evaluator = newEvaluator();
  const code = "local inner(x) = error 'boom ' + x;\nlocal outer(x) = inner(x) + 1;\n{ a: outer('é') }";
  const problem = problemOf(await evaluate(evaluator, request(code)));
  assert.equal(problem.code, "jsonnet-runtime");
  assert.equal(problem.found, "boom é");
  assert.equal(problem.where, "/srv/main.jsonnet:1:18");
  const lines = problem.detail!.split("\n");
  assert.equal(lines[0], "local inner(x) = error 'boom ' + x;");
  assert.ok(lines.some((line) => line.includes("main.jsonnet:2:18 (function <outer>)")), problem.detail);
  assert.ok(lines.some((line) => line.includes("main.jsonnet:3:6")), problem.detail);
});

Deno.test("a very long line is cut around the place, a long trace in its middle", async () => {
  using evaluator = newEvaluator();
  const long = problemOf(await evaluate(evaluator, request(`[${"1,".repeat(5000)} error 'x',${"2,".repeat(5000)}]`)));
  const [line, caret] = long.detail!.split("\n");
  assert.ok(line!.length <= 160);
  assert.equal(line!.slice(caret!.length - 1).slice(0, 9), "error 'x'");
  const fields = Array.from({ length: 50 }, (_, i) => `local f${i + 1}(x) = [f${i}(x)][0];`).join("\n");
  const deep = problemOf(await evaluate(evaluator, request(`local f0(x) = error 'deep';\n${fields}\nf50(1)`)));
  assert.ok(deep.detail!.split("\n").length <= 24, deep.detail);
  assert.match(deep.detail!, /… \d+ more calls …/);
});

Deno.test("a huge message is cut", async () => {
  using evaluator = newEvaluator();
  const problem = problemOf(await evaluate(evaluator, request("error std.repeat('x', 100000)")));
  assert.match(problem.found, /^x{4000}… \(100000 characters\)$/);
});

Deno.test("natives: asynchronous, asked once for the same question, with values of every type", async () => {
  using evaluator = newEvaluator();
  const asked: unknown[] = [];
  const natives = scriptedNatives({
    later: async (argument) => {
      asked.push(argument);
      await Promise.resolve();
      return ok({ got: argument });
    },
    chance: () => ok(asked.push("chance")),
  }, ["chance"]);
  const code = `local later = std.native('later');
    [later(x) for x in [1, 1, 'é', null, { a: [true] }, 1]] + [std.native('chance')(1), std.native('chance')(1)]`;
  const result = await evaluate(evaluator, request(code, { natives }));
  assert.ok(result.ok);
  assert.deepEqual(result.value.value, [
    { got: 1 },
    { got: 1 },
    { got: "é" },
    { got: null },
    { got: { a: [true] } },
    { got: 1 },
    5,
    6,
  ]);
  assert.deepEqual(asked, [1, "é", null, { a: [true] }, "chance", "chance"]);
  assert.equal(result.value.reads.repeatable, false);
});

Deno.test("a native's problem keeps its code and gets the place of the call", async () => {
  using evaluator = newEvaluator();
  const natives = scriptedNatives({ find: () => missingValue("there is no KEY") });
  const problem = problemOf(await evaluate(evaluator, request("{\n a: std.native('find')('KEY') }", { natives })));
  assert.equal(problem.code, "missing-value");
  assert.equal(problem.found, "there is no KEY");
  assert.equal(problem.where, "/srv/main.jsonnet:2:5");
});

Deno.test("a native that throws is a bug: the evaluation rejects with it, the next one works", async () => {
  using evaluator = newEvaluator();
  const natives = scriptedNatives({
    broken: () => {
      throw new TypeError("a bug");
    },
  });
  await assert.rejects(evaluate(evaluator, request("std.native('broken')(1)", { natives })), /a bug/);
  assert.equal(await valueOf(evaluator, "1 + 1"), 2);
});

Deno.test("an unknown native function is an error at its call", async () => {
  using evaluator = newEvaluator();
  const problem = problemOf(await evaluate(evaluator, request("std.native('none')(1)")));
  assert.equal(problem.code, "jsonnet-runtime");
  assert.equal(problem.where, "/srv/main.jsonnet:1:1");
});

Deno.test("fields can be left out unevaluated", async () => {
  using evaluator = newEvaluator();
  const natives = scriptedNatives({ find: () => missingValue("nothing") });
  const code = "{ run: std.native('find')('x'), build: [self.id], id: 'a', hidden:: error 'no' }";
  assert.equal(problemOf(await evaluate(evaluator, request(code, { natives }))).code, "missing-value");
  const rest = await evaluate(evaluator, request(code, { natives, without: ["run"] }));
  assert.ok(rest.ok);
  assert.deepEqual(rest.value.value, { build: ["a"], id: "a" });
  assert.deepEqual([...rest.value.reads.files.keys()], ["/srv/main.jsonnet"]);
  const needed = request("{ run: 1, id: std.native('find')('x') }", { natives, without: ["run"] });
  const problem = problemOf(await evaluate(evaluator, needed));
  assert.equal(problem.code, "missing-value");
  assert.equal(problem.where, "/srv/main.jsonnet:1:15");
  const list = await evaluate(evaluator, request("[1]", { without: ["run"] }));
  assert.deepEqual(list.ok && list.value.value, [1]);
});

Deno.test("render evaluates text with the same natives and imports", async () => {
  using evaluator = newEvaluator();
  const natives = scriptedNatives({ echo, find: () => missingValue("nothing"), render: echo });
  const files = { "/srv/x.libsonnet": "{ x: 1 }" };
  const result = await evaluate(
    evaluator,
    request(`std.native('render')("[std.native('echo')('hi'), import 'x.libsonnet']")`, { natives, files }),
  );
  assert.deepEqual(result.ok && result.value.value, ["hi", { x: 1 }]);
  const missing = problemOf(
    await evaluate(evaluator, request(`std.native('render')("std.native('find')(1)")`, { natives })),
  );
  assert.equal(missing.code, "missing-value");
  const wrong = problemOf(await evaluate(evaluator, request(`std.native('render')("{\\n a: }")`, { natives })));
  assert.match(wrong.found, /the rendered text:2:5: Unexpected/);
  const endless = `local r(x) = std.native('render')(x); r("local s = importstr 'self'; std.native('render')(s)")`;
  const self = { "/srv/self": "local s = importstr 'self'; std.native('render')(s)" };
  assert.match(
    problemOf(await evaluate(evaluator, request(endless, { natives, files: self }))).found,
    /nested more than 4/,
  );
});

Deno.test("isUnchanged: holds while files and answers are the same, never with chance", async () => {
  using evaluator = newEvaluator();
  const signal = new AbortController().signal;
  let answer = "one";
  const files: Record<string, string> = { "/srv/x": "x" };
  const natives = scriptedNatives({ ask: () => ok(answer), chance: () => ok(1) }, ["chance"]);
  const asked = request("[std.native('ask')('a'), importstr 'x']", { natives, files });
  const result = await evaluate(evaluator, asked);
  assert.ok(result.ok);
  const { reads } = result.value;
  assert.equal(await evaluator.isUnchanged(reads, asked, signal), true);
  answer = "two";
  assert.equal(await evaluator.isUnchanged(reads, asked, signal), false);
  answer = "one";
  files["/srv/x"] = "y";
  assert.equal(await evaluator.isUnchanged(reads, asked, signal), false);
  files["/srv/x"] = "x";
  assert.equal(await evaluator.isUnchanged(reads, { ...asked, code: "1" }, signal), false);
  assert.equal(await evaluator.isUnchanged(reads, asked, signal), true);
  const library = await evaluate(evaluator, request("import 'y'", { files, libraryPaths: ["/lib"] }));
  assert.ok(!library.ok);
  files["/lib/y"] = "1";
  const found = request("import 'y'", { files, libraryPaths: ["/lib"] });
  const shadowed = await evaluate(evaluator, found);
  assert.ok(shadowed.ok && await evaluator.isUnchanged(shadowed.value.reads, found, signal));
  files["/srv/y"] = "2";
  assert.equal(await evaluator.isUnchanged(shadowed.value.reads, found, signal), false);
  const random = await evaluate(evaluator, request("std.native('chance')(1)", { natives }));
  assert.equal(random.ok && await evaluator.isUnchanged(random.value.reads, asked, signal), false);
});

Deno.test("many requests at once are answered each with its own value", async () => {
  using evaluator = newEvaluator();
  const natives = scriptedNatives({ echo: (value) => Promise.resolve(ok(value)) });
  const values = await Promise.all(
    Array.from({ length: 100 }, (_, i) => evaluate(evaluator, request(`std.native('echo')(${i}) * 2`, { natives }))),
  );
  assert.deepEqual(
    values.map((result) => result.ok && result.value.value),
    Array.from({ length: 100 }, (_, i) => i * 2),
  );
  const crowd = await Promise.all(Array.from({ length: 300 }, () => evaluate(evaluator, request("1"))));
  const busy = crowd.filter((result) => !result.ok);
  assert.equal(busy.length, 300 - 257);
  assert.equal(problemOf(busy[0]!).code, "jsonnet-busy");
});
