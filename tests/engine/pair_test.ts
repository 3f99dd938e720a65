import assert from "node:assert/strict";
import fc from "fast-check";
import type { Command } from "../../src/domain/command.ts";
import { pair } from "../../src/engine/pair.ts";

/** `id`, `id=change` or `group/id=change`. */
function commands(...texts: readonly string[]): readonly Command[] {
  return texts.map((text) => {
    const [, group, id, change] = text.match(/^(?:(.*)\/)?([^=]*)(?:=(.*))?$/)!;
    const none = { targets: [], events: [] };
    return {
      id: id!,
      groups: group === undefined ? [] : [group],
      scopes: [0],
      always: false,
      ...(change !== undefined && { change }),
      changeIgnore: false,
      removeAfter: false,
      envPrefix: "",
      sensitive: false,
      onChange: none,
      onFail: none,
      onRemove: none,
    };
  });
}

const CASES: readonly (readonly [string, readonly string[], readonly string[], readonly (number | undefined)[]])[] = [
  ["nothing", [], [], []],
  ["all new", [], ["a", "b"], [undefined, undefined]],
  ["all gone", ["a", "b"], [], []],
  ["the order does not matter", ["a=1", "b=1"], ["b=1", "a=1"], [1, 0]],
  ["another change is the same command", ["a=1"], ["a=2"], [0]],
  ["a change that is gone, too", ["a=1"], ["a"], [0]],
  ["another id is another command", ["a=1"], ["b=1"], [undefined]],
  ["equal ids: the same change first", ["a=1", "a=2"], ["a=2", "a=3"], [1, 0]],
  ["equal ids: then in order", ["a=1", "a=2"], ["a=3", "a=4"], [0, 1]],
  ["equal ids and changes in order", ["a=1", "a=1"], ["a=1", "a=1", "a=1"], [0, 1, undefined]],
  ["the same change elsewhere before another change here", ["g/a=1", "h/a=2"], ["h/a=1"], [0]],
  ["the same group is preferred", ["g/a=1", "h/a=1"], ["h/a=1", "g/a=1"], [1, 0]],
  ["the same group is preferred for another change", ["g/a=1", "h/a=1"], ["h/a=2"], [1]],
  ["into a group and out of it", ["a=1", "g/b=1"], ["g/a=1", "b=1"], [0, 1]],
  ["ids and changes that look alike when joined", ["a=b", 'a","b'], ['a","b', "a=b"], [1, 0]],
];

for (const [name, older, newer, expected] of CASES) {
  Deno.test(`pairs: ${name}`, () => {
    assert.deepEqual(pair(commands(...older), commands(...newer)), expected);
  });
}

Deno.test("each old command is used once, only for its id, and as often as possible", () => {
  const text = fc.tuple(fc.constantFrom("", "g/", "h/"), fc.constantFrom("a", "b"), fc.constantFrom("", "=1", "=2"))
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.array(text, { maxLength: 8 }), fc.array(text, { maxLength: 8 }), (left, right) => {
      const older = commands(...left);
      const newer = commands(...right);
      const pairs = pair(older, newer);
      const used = pairs.filter((index) => index !== undefined);
      assert.equal(new Set(used).size, used.length);
      pairs.forEach((index, i) => assert.ok(index === undefined || older[index]!.id === newer[i]!.id));
      for (const id of ["a", "b"]) {
        const count = (list: readonly Command[]) => list.filter((command) => command.id === id).length;
        assert.equal(used.filter((index) => older[index]!.id === id).length, Math.min(count(older), count(newer)));
      }
    }),
    { numRuns: 500, seed: 1 },
  );
});
