import assert from "node:assert/strict";
import { didYouMean, suggest } from "../../src/domain/suggest.ts";

const CASES: readonly (readonly [string, readonly string[], string | undefined])[] = [
  ["chnage", ["check", "change", "remove"], "change"],
  ["CHANGE", ["change"], "change"],
  ["always", ["always"], "always"],
  ["comand", ["command", "commands"], "command"],
  ["ab", ["ba"], "ba"],
  ["a", ["b"], "b"],
  ["a", ["bc"], undefined],
  ["frobnicate", ["change", "check"], undefined],
  ["restart ngnix", ["stop nginx", "restart nginx"], "restart nginx"],
  ["", ["x"], "x"],
  ["word", [], undefined],
  ["word", ["a much longer text than the word"], undefined],
  // As near as each other: the first one.
  ["cat", ["bat", "rat"], "bat"],
];

for (const [word, candidates, expected] of CASES) {
  Deno.test(`${JSON.stringify(word)} among ${JSON.stringify(candidates)} means ${expected ?? "nothing"}`, () => {
    assert.equal(suggest(word, candidates), expected);
    assert.deepEqual(
      didYouMean(word, candidates),
      expected === undefined ? {} : { hint: `did you mean ${JSON.stringify(expected)}?` },
    );
  });
}
