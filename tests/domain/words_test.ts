import assert from "node:assert/strict";
import fc from "fast-check";
import { quoteWords, splitWords } from "../../src/domain/words.ts";

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
    assert.deepEqual(words(quoteWords(list)), list);
  }));
});

Deno.test("words: quoted so that shells of every family read the same", () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [["cp", "a b", ""], "'cp' 'a b' ''"],
    [["it's", "C:\\"], "'it'\\''s' 'C:'\\\\"],
    [["$(x) `y` ${Z} ~ *"], "'$(x) `y` ${Z} ~ *'"],
  ];
  for (const [list, text] of cases) assert.equal(quoteWords(list), text);
});

Deno.test("words: no text makes it throw", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    splitWords(text, () => "value");
  }));
});
