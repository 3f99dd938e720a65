import assert from "node:assert/strict";
import fc from "fast-check";
import { Variables } from "../../src/engine/variables.ts";
import { rendered } from "../fakes/simulated_source.ts";

const LIMIT = 96 * 1024;
const MARK = "\n[cut]";

function bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** What becomes of an output as the value of a variable. */
function clip(output: string): string {
  const [command] = rendered([{ id: "a", envPrefix: "A" }]);
  const variables = new Variables();
  variables.set(command!, "change", false, output);
  return variables.of(command!).A_CHANGE_OUT!;
}

Deno.test("an output up to 96 KiB is kept whole", () => {
  for (const text of ["", "x".repeat(LIMIT), "ä".repeat(LIMIT / 2), "€".repeat(LIMIT / 3)]) {
    assert.equal(clip(text), text);
  }
});

Deno.test("a longer output is cut at the limit, with a mark and never inside a character", () => {
  for (const one of ["x", "ä", "€", "😀"]) {
    for (const before of ["", "a", "ab", "abc"]) {
      const cut = clip(before + one.repeat(LIMIT + 1));
      assert.ok(cut.endsWith(MARK));
      assert.ok(bytes(cut) <= LIMIT && bytes(cut) > LIMIT - 4, `${bytes(cut)} bytes`);
      assert.equal(
        cut.slice(0, -MARK.length),
        before + one.repeat((cut.length - MARK.length - before.length) / one.length),
      );
    }
  }
});

Deno.test("whatever an output is, its variable holds no NUL and fits", () => {
  const text = fc.string({ unit: fc.constantFrom("\0", "a", "ä", "😀", "\n"), maxLength: 20 })
    .chain((part) => fc.constantFrom(1, 30_000).map((times) => part.repeat(times)));
  fc.assert(
    fc.property(text, (some) => {
      const clipped = clip(some);
      assert.ok(!clipped.includes("\0"));
      assert.ok(bytes(clipped) <= LIMIT);
      assert.ok(some.trim().replaceAll("\0", "").startsWith(clipped.replace(MARK, "")));
    }),
    { numRuns: 60, seed: 1 },
  );
});

Deno.test("what a group sets ends with it, what is around it stays", () => {
  const [before, inside, deeper, after] = rendered([
    { id: "before", envPrefix: "A" },
    {
      id: "g",
      commands: [{ id: "inside", envPrefix: "B" }, { id: "h", commands: [{ id: "deeper", envPrefix: "A" }] }],
    },
    { id: "after" },
  ]);
  const variables = new Variables({ GIVEN: "1" });
  variables.set(before!, "check", false, " one ");
  variables.set(inside!, "change", true, "two");
  variables.set(deeper!, "remove", false, "three");
  const around = { GIVEN: "1", A: "one", A_CHECK: "0", A_CHECK_OUT: "one" };
  assert.deepEqual(variables.of(after!), around);
  assert.deepEqual(variables.of(inside!), { ...around, B_CHANGE: "1", B_CHANGE_OUT: "two" });
  assert.deepEqual(variables.of(deeper!), {
    ...around,
    B_CHANGE: "1",
    B_CHANGE_OUT: "two",
    A_REMOVE: "0",
    A_REMOVE_OUT: "three",
  });
});

Deno.test("a command that begins takes away what its prefix had, also from around its group", () => {
  const [before, inside] = rendered([
    { id: "before", envPrefix: "A" },
    { id: "g", commands: [{ id: "inside", envPrefix: "A" }] },
  ]);
  const variables = new Variables();
  for (const step of ["check", "change", "remove"] as const) variables.set(before!, step, false, step);
  assert.equal(Object.keys(variables.of(inside!)).length, 7);
  variables.clear(inside!);
  assert.deepEqual(variables.of(inside!), {});
  assert.equal(Object.keys(variables.of(before!)).length, 7);
});

Deno.test("what is asked for is a copy", () => {
  const [command] = rendered([{ id: "a" }]);
  const variables = new Variables({ A: "1" });
  variables.of(command!).A = "2";
  assert.deepEqual(variables.of(command!), { A: "1" });
});

Deno.test("what commands leave behind fits the kernel together: the oldest outputs are cut first", () => {
  const count = 40;
  const commands = rendered(
    Array.from({ length: count }, (_, i) => ({ id: `c${i}`, envPrefix: `P${i}` })).concat({ id: "g", envPrefix: "" }),
  );
  const variables = new Variables({ GIVEN: "x".repeat(LIMIT) });
  for (let i = 0; i < count; i++) variables.set(commands[i]!, "check", false, `${i % 10}`.repeat(LIMIT));
  const seen = variables.of(commands.at(-1)!);
  assert.equal(Object.keys(seen).length, 1 + 3 * count);
  const sum = Object.entries(seen).reduce((all, [name, value]) => all + bytes(`${name}=${value}`) + 9, 0);
  assert.ok(sum <= 1024 * 1024 && sum > 1024 * 1024 - 100, `${sum} bytes`);
  assert.equal(seen.GIVEN, "x".repeat(LIMIT));
  const whole = (name: string, i: number) => seen[name] === `${i % 10}`.repeat(LIMIT);
  for (let i = 0; i < count; i++) {
    assert.equal(seen[`P${i}_CHECK`], "0");
    for (const name of [`P${i}`, `P${i}_CHECK_OUT`]) assert.ok(whole(name, i) || seen[name]!.endsWith(MARK), name);
  }
  assert.deepEqual([seen.P0, seen.P0_CHECK_OUT], [MARK, MARK]);
  assert.ok(whole("P39", 39) && whole("P39_CHECK_OUT", 39) && whole("P38", 38));
});

Deno.test("an output that is set again is the newest one", () => {
  const commands = rendered(Array.from({ length: 12 }, (_, i) => ({ id: `c${i}`, envPrefix: `P${i}` })));
  const variables = new Variables();
  for (const command of commands) variables.set(command, "change", false, "x".repeat(LIMIT));
  variables.set(commands[0]!, "change", false, "y".repeat(LIMIT));
  const seen = variables.of(commands[0]!);
  assert.equal(seen.P0_CHANGE_OUT, "y".repeat(LIMIT));
  assert.equal(seen.P1_CHANGE_OUT, MARK);
});
