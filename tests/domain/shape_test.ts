import assert from "node:assert/strict";
import * as v from "valibot";
import { keysOf, notList, shapeProblems } from "../../src/domain/shape.ts";

const inner = v.strictObject({ port: v.number() });
const schema = v.strictObject({
  name: v.string(),
  inner: v.optional(inner),
  list: v.optional(v.array(v.string())),
  flag: v.optional(v.boolean()),
  either: v.optional(v.union([v.string(), v.number()])),
  even: v.optional(v.pipe(v.number(), v.check((n) => n % 2 === 0, "an even number"))),
});

function problems(value: unknown) {
  const parsed = v.safeParse(schema, value);
  assert.ok(!parsed.success);
  return shapeProblems(parsed.issues, {
    attempted: "read it",
    where: "place",
    keys: (path) => path.length === 0 ? keysOf(schema) : path[0] === "inner" ? keysOf(inner) : [],
  }).map(({ attempted, ...rest }) => {
    assert.equal(attempted, "read it");
    return rest;
  });
}

Deno.test("the keys of a schema", () => {
  assert.deepEqual(keysOf(inner), ["port"]);
});

Deno.test("a missing property", () => {
  assert.deepEqual(problems({}), [{ code: "missing-property", found: "it is missing", where: "place: name" }]);
});

Deno.test("an unknown property is named, with what it was probably meant to be", () => {
  assert.deepEqual(problems({ name: "a", nmae: 1 }), [
    { code: "unknown-property", found: 'unknown property "nmae"', where: "place", hint: 'did you mean "name"?' },
  ]);
  assert.deepEqual(problems({ name: "a", inner: { port: 1, prot: 2 } }), [
    { code: "unknown-property", found: 'unknown property "prot"', where: "place", hint: 'did you mean "port"?' },
  ]);
});

Deno.test("types are told in words", () => {
  assert.deepEqual(
    problems({ name: 5, list: "a", flag: 1, either: null, inner: 5 }).map(({ found, where }) => [where, found]),
    [
      ["place: name", "expected string, found number"],
      ["place: inner", "expected object, found number"],
      ["place: list", "expected list, found string"],
      ["place: flag", "expected true or false, found number"],
      ["place: either", "expected string or number, found null"],
    ],
  );
});

Deno.test("an item has its number", () => {
  assert.deepEqual(problems({ name: "a", list: ["a", 5] }), [
    { code: "wrong-type", found: "expected string, found number", where: "place: list.1" },
  ]);
});

Deno.test("a value that a check refuses", () => {
  assert.deepEqual(problems({ name: "a", even: 3 }), [
    { code: "bad-value", found: "an even number", where: "place: even" },
  ]);
});

Deno.test("what is no object at all", () => {
  assert.deepEqual(problems("text"), [{ code: "wrong-type", found: "expected object, found string", where: "place" }]);
});

Deno.test("all problems at once, and never a value", () => {
  const found = problems({ name: ["hunter2"], list: ["ok", { password: "hunter2" }], even: 3, extra: "hunter2" });
  assert.equal(found.length, 4);
  assert.ok(!JSON.stringify(found).includes("hunter2"));
});

Deno.test("a list where an object belongs is a wrong type, and nothing else", () => {
  const strict = v.strictObject({
    a: notList(v.strictObject({ b: v.string() })),
    r: notList(v.record(v.string(), v.string())),
  });
  for (const list of [[], [1], ["x"]]) {
    const parsed = v.safeParse(strict, { a: list, r: list });
    assert.ok(!parsed.success);
    const found = shapeProblems(parsed.issues, { attempted: "", where: "place", keys: () => [] });
    assert.deepEqual(found.map(({ code, found, where }) => [code, found, where]), [
      ["wrong-type", "expected an object, found array", "place: a"],
      ["wrong-type", "expected an object, found array", "place: r"],
    ], JSON.stringify(list));
  }
});
