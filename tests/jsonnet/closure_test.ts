import assert from "node:assert/strict";
import { newEvaluator, problemOf, request } from "./evaluate.ts";

Deno.test("the closure holds every file of every branch, with the content that was read", async () => {
  using evaluator = newEvaluator();
  const files = {
    "/srv/a.libsonnet": "if true then 1 else import 'lib/b.libsonnet'",
    "/srv/lib/b.libsonnet":
      "local never() = importstr '../c.txt'; { d:: importbin 'd.bin', e: import 'shared.libsonnet' }",
    "/srv/c.txt": "local x = import 'not-followed';",
    "/srv/lib/d.bin": new Uint8Array([1, 255]),
    "/jpath/shared.libsonnet": "import '/srv/a.libsonnet'",
  };
  const asked = request("function() [import 'a.libsonnet', error 'not evaluated']", {
    files,
    libraryPaths: ["/jpath"],
  });
  const result = await evaluator.closure(asked, new AbortController().signal);
  assert.ok(result.ok);
  assert.deepEqual(result.value.warnings, []);
  assert.deepEqual(
    [...result.value.files.keys()].sort(),
    [...Object.keys(files), "/srv/main.jsonnet"].sort(),
  );
  assert.deepEqual(result.value.files.get("/srv/lib/d.bin"), new Uint8Array([1, 255]));
});

Deno.test("what can't be had is a warning with its place, and the rest is there", async () => {
  using evaluator = newEvaluator();
  const files = { "/srv/bad.libsonnet": "{ a: }", "/srv/good.libsonnet": "1" };
  const code =
    "[\n  import 'gone.libsonnet',\n  import 'bad.libsonnet', importstr 'also-gone', import 'good.libsonnet']";
  const result = await evaluator.closure(request(code, { files }), new AbortController().signal);
  assert.ok(result.ok);
  assert.deepEqual(result.value.warnings.map(({ code, where }) => `${code} ${where}`), [
    "jsonnet-import-not-found /srv/main.jsonnet:2:3",
    "jsonnet-syntax /srv/bad.libsonnet:1:6",
    "jsonnet-import-not-found /srv/main.jsonnet:3:27",
  ]);
  assert.match(result.value.warnings[0]!.detail!, /import 'gone\.libsonnet',\n {2}\^$/);
  assert.deepEqual([...result.value.files.keys()].sort(), [
    "/srv/bad.libsonnet",
    "/srv/good.libsonnet",
    "/srv/main.jsonnet",
  ]);
});

Deno.test("an entrypoint that is not there or not Jsonnet is an error", async () => {
  using evaluator = newEvaluator();
  const signal = new AbortController().signal;
  const { code: _, ...fromFile } = request("");
  assert.equal(problemOf(await evaluator.closure(fromFile, signal)).code, "jsonnet-import-not-found");
  const problem = problemOf(await evaluator.closure(request("{\n a: 'x"), signal));
  assert.equal(problem.code, "jsonnet-syntax");
  assert.equal(problem.where, "/srv/main.jsonnet:2:5");
});
