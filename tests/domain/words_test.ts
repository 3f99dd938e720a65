import assert from "node:assert/strict";
import fc from "fast-check";
import { splitWords } from "../../src/domain/words.ts";

function words(text: string): readonly string[] | string {
  const split = splitWords(text);
  return split.ok ? split.words : split.reason;
}

Deno.test("words: quotes, escapes and white space as in a POSIX shell", () => {
  const cases: readonly (readonly [string, readonly string[] | string])[] = [
    ["", []],
    ["  a\tb\n c ", ["a", "b", "c"]],
    [`'a b' "c d" e\\ f`, ["a b", "c d", "e f"]],
    [`a'b'"c"d`, ["abcd"]],
    [`'' ""`, ["", ""]],
    [`"a\\"b\\\\c\\d"`, [`a"b\\c\\d`]],
    [`'a\\b'`, ["a\\b"]],
    [`$'x'`, ["$x"]],
    ["a\\\nb", ["ab"]],
    ["'a", "a single quote is not closed"],
    [`"a`, "a double quote is not closed"],
    ["a\\", "it ends with a backslash"],
  ];
  for (const [text, expected] of cases) assert.deepEqual(words(text), expected, JSON.stringify(text));
});

Deno.test("words: what is quoted comes back as it was", () => {
  fc.assert(fc.property(fc.array(fc.string()), (list) => {
    const quoted = list.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
    assert.deepEqual(words(quoted), list);
  }));
});

Deno.test("words: no text makes it throw", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    splitWords(text, () => "value");
  }));
});
