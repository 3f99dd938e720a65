import assert from "node:assert/strict";
import cases from "./std_format.json" with { type: "json" };
import { evaluate, newEvaluator, problemOf, request } from "./evaluate.ts";

Deno.test("std.format gives what the jsonnet program gives", async () => {
  using evaluator = newEvaluator();
  const good = cases.filter((known) => known.error === undefined);
  const result = await evaluate(evaluator, request(`[\n${good.map(({ code }) => code).join(",\n")}\n]`));
  assert.ok(result.ok, JSON.stringify(result));
  const values = result.value.value as unknown[];
  const different = good.map((known, index) => ({ ...known, got: values[index] })).filter(({ value, got }) =>
    JSON.stringify(value) !== JSON.stringify(got)
  );
  assert.deepEqual(different, []);
  assert.ok(good.length > 1500);
});

Deno.test("std.format fails in the words of the jsonnet program", async () => {
  using evaluator = newEvaluator();
  const failing = cases.filter((known) => known.error !== undefined);
  for (const { code, error } of failing) {
    const { found } = problemOf(await evaluate(evaluator, request(code)));
    assert.equal(found, error, code);
  }
  assert.ok(failing.length >= 35);
});
