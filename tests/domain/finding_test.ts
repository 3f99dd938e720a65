import assert from "node:assert/strict";
import { type Finding, placeOfCommand, problemFinding, sortFindings } from "../../src/domain/finding.ts";

const text = `local x = "ö";
{ run: [
  { id: 'one', onChange: ['it\\'s', 'two'] },
  { "id": "o\\"ne", x: x }, { id: 'two' },
  { id: 'a: b' },
] }`;

Deno.test("a command is placed where its id is written, best where it is an id", () => {
  const places: readonly (readonly [string, number, number])[] = [
    ["run > one", 3, 9],
    ["run > group > one: exec.user", 3, 9],
    ["run > two", 4, 34],
    ['run > o"ne', 4, 11],
    ["run > a: b", 5, 9],
    ["run > put together", 1, 1],
    ["run[3]", 1, 1],
    ["", 1, 1],
  ];
  for (const [path, line, column] of places) assert.deepEqual(placeOfCommand(text, path), { line, column }, path);
});

Deno.test("a problem is placed where it says, else in the pattern", () => {
  const pattern = { file: "p/a.jsonnet", text };
  const shown = (path: string) => path.replace("/srv/", "");
  const problem = { code: "c", attempted: "evaluate", found: "wrong" };
  const at = (where: string, more: object = {}) =>
    problemFinding({ ...problem, where, ...more }, pattern, "error", shown);
  assert.deepEqual(at("/srv/p/b.libsonnet:7:2", { detail: "line\n  ^", hint: "mend it" }), {
    file: "p/b.libsonnet",
    line: 7,
    column: 2,
    severity: "error",
    rule: "c",
    message: "wrong",
    detail: "line\n  ^\nhint: mend it",
  });
  assert.equal(
    at("p/a.jsonnet: run > two", { attempted: 'resolve onFail "x"' }).message,
    'run > two: resolve onFail "x": wrong',
  );
  const { file, line, column, message } = at("p/a.jsonnet");
  assert.deepEqual([file, line, column, message], ["p/a.jsonnet", 1, 1, "wrong"]);
});

Deno.test("findings are sorted by place, and told once", () => {
  const finding = (file: string, line: number, column: number, rule: string): Finding => ({
    file,
    line,
    column,
    severity: "error",
    rule,
    message: "m",
  });
  const [a, b, c, d, e] = [
    finding("a", 2, 1, "r"),
    finding("a", 10, 1, "r"),
    finding("b", 1, 2, "q"),
    finding("b", 1, 2, "r"),
    finding("b", 1, 10, "p"),
  ];
  const twice = { ...a, column: 5, detail: "found in another way" };
  assert.deepEqual(sortFindings([e, d, a, c, b, twice]), [a, b, c, d, e]);
});
