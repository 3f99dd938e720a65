import assert from "node:assert/strict";
import { parseRegexp } from "../../src/domain/regexp.ts";

function tests(source: string, text: string): boolean {
  const parsed = parseRegexp(source);
  assert.ok(parsed.ok, source);
  assert.equal(parsed.regexp.source, source);
  return parsed.regexp.test(text);
}

Deno.test("an expression is searched anywhere in the text", () => {
  assert.ok(tests("b+", "abbc"));
  assert.ok(!tests("^b+$", "abbc"));
  assert.ok(tests("", ""));
});

Deno.test("an expression can be used again and again", () => {
  const parsed = parseRegexp("a");
  assert.ok(parsed.ok);
  assert.deepEqual([1, 2, 3].map(() => parsed.regexp.test("a")), [true, true, true]);
});

Deno.test("the syntax is that of RE2", () => {
  assert.ok(tests("(?i)WEB", "web"));
  assert.ok(tests("\\pL+", "ä"));
  for (const source of ["(?=a)", "(a)\\1", "a(", "[", "*a", "a{2,1}"]) {
    const parsed = parseRegexp(source);
    assert.ok(!parsed.ok, source);
    assert.notEqual(parsed.reason, "");
  }
});

Deno.test("a hostile expression is over in a moment", () => {
  // Exponential where matching goes back: 2^50 steps, more than the days of this test machine.
  assert.ok(!tests("^(a|a)*$", "a".repeat(50) + "b"));
  assert.ok(!tests("^(a+)+$", "a".repeat(50) + "b"));
});
