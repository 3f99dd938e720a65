import assert from "node:assert/strict";
import type { Inspection } from "../../src/jsonnet/inspection.ts";
import { newEvaluator, valueOf } from "./evaluate.ts";

/** One line for each finding, and what the formatter would write. */
async function inspect(files: Readonly<Record<string, string>>): Promise<readonly Inspection[]> {
  using evaluator = newEvaluator();
  const paths = Object.keys(files).filter((path) => path.endsWith("sonnet"));
  const load = (path: string) => {
    const text = files[path];
    return Promise.resolve(text === undefined ? undefined : new TextEncoder().encode(text));
  };
  const [first = "", ...rest] = paths;
  const sources = { load, libraryPaths: ["/lib"] };
  const result = await evaluator.inspect([first, ...rest], sources, new AbortController().signal);
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

async function findings(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  return (await inspect(files)).flatMap(({ file, findings }) =>
    findings.map(({ code, line, column, message }) => `${file}:${line}:${column} ${code} ${message}`)
  );
}

Deno.test("parser and linter are heard for each file, and one file hides nothing of another", async () => {
  const found = await findings({
    "/w/bad.jsonnet": "{ a: }\n",
    "/w/good.jsonnet": "{ a: 1 }\n",
    "/w/lint.jsonnet": [
      "local unused = 1;",
      "local y = 2;",
      "{ ö:: 'ö', a: y.field }".replace("ö::", "'ö'::"),
      "+ { b: std.length(), c: (import 'l.libsonnet').no }",
    ].join("\n"),
    "/lib/l.libsonnet": "{ yes: 1 }\n",
    "/w/import.jsonnet": "{ a: 1 } +\nimport 'gone.libsonnet'\n",
  });
  assert.deepEqual(found, [
    '/w/bad.jsonnet:1:6 jsonnet-syntax Unexpected: "}" while parsing terminal',
    "/w/lint.jsonnet:1:7 jsonnet-unused-variable Unused variable: unused",
    "/w/lint.jsonnet:3:17 jsonnet-lint Indexed value is neither an array nor an object nor a string",
    "/w/lint.jsonnet:4:8 jsonnet-lint Missing argument: x",
    '/w/lint.jsonnet:4:25 jsonnet-lint Indexed object has no field "no"',
    '/w/import.jsonnet:2:1 jsonnet-import-not-found "gone.libsonnet" was not found',
  ]);
});

Deno.test("a file that is not formatted comes with how it should be, others without", async () => {
  const [ugly, tidy, broken] = await inspect({
    "/w/ugly.jsonnet": '# say\n{a:"x",\n b: [1,2]}',
    "/w/tidy.jsonnet": "{ a: 'x' }\n",
    "/w/broken.jsonnet": "{a:",
  });
  assert.equal(ugly?.formatted, "// say\n{\n  a: 'x',\n  b: [1, 2],\n}\n");
  assert.equal(tidy?.formatted, undefined);
  assert.equal(broken?.formatted, undefined);
  const [again] = await inspect({ "/w/ugly.jsonnet": ugly.formatted });
  assert.deepEqual(again, { file: "/w/ugly.jsonnet", findings: [] });
});

Deno.test("the linter knows every function of the standard library, and no others", async () => {
  using evaluator = newEvaluator();
  const all = await valueOf(evaluator, "std.objectFieldsAll(std)") as readonly string[];
  // Names with $ or __ are the interpreter's own.
  const names = all.filter((name) => !/^(\$|__)/.test(name));
  assert.ok(names.length > 100 && names.includes("manifestToml"));
  const file = (object: string) => names.map((name) => `  ${object}.${name},\n`).join("");
  assert.deepEqual(await findings({ "/w/std.libsonnet": `[\n${file("std")}]\n` }), []);
  const wrong = await findings({ "/w/wrong.libsonnet": "local own = {};\n[std.pie, own.pi, { a: 1 }.pi]\n" });
  assert.deepEqual(wrong.map((line) => line.replace(/^.* jsonnet-lint /, "")), [
    'Indexed object has no field "pie"',
    'Indexed object has no field "pi"',
    'Indexed object has no field "pi"',
  ]);
});
