import assert from "node:assert/strict";
import fc from "fast-check";
import type { RenderedCommand } from "../../src/domain/state.ts";
import type { RunReport } from "../../src/engine/report.ts";
import { shownScript } from "../fakes/shown_script.ts";
import { KILLED, rendered, SimulatedSource } from "../fakes/simulated_source.ts";

/** A resource of one path, with the version as its contents. */
function managed(id: string, path: string, version: number, more: object = {}): object {
  const words = (action: string) => ["etcha", "file", action, path, ...(action === "remove" ? [] : [`${version}`])];
  return { id, check: words("check"), change: words("change"), remove: words("remove"), ...more };
}

/** Commands that belong together and always come and go together; each manages markers of its own version. */
type Unit = (version: number) => readonly unknown[];

/** A command whose check tells the truth about its markers. */
function checked(id: string, markers: string, more: object = {}): object {
  return { id, check: `test ${markers}`, change: `touch ${markers}`, remove: `rm ${markers}`, ...more };
}

/** A command without check: always, or when something triggers it. */
function bare(id: string, markers: string, more: object = {}): object {
  return { id, change: `touch ${markers}`, remove: `rm ${markers}`, ...more };
}

const UNITS: Readonly<Record<string, Unit>> = {
  plain: (v) => [checked("plain", `plain${v}`)],
  steps: (v) => [checked("steps", `steps${v}a steps${v}b`)],
  always: (v) => [bare("always", `always${v}a always${v}b`, { always: true })],
  pair: (v) => [checked("cause", `cause${v}`, { onChange: ["effect"] }), bare("effect", `effect${v}`)],
  chain: (v) => [
    checked("first", `first${v}a first${v}b`, { onChange: ["second"] }),
    bare("second", `second${v}a second${v}b`, { onChange: ["third"] }),
    bare("third", `third${v}`),
  ],
  everyTime: (v) => [
    bare("pulse", `pulse${v}`, { always: true, onChange: ["^echo[0-9]$"] }),
    bare("echo1", `echo1-${v}`),
    checked("echo2", `echo2-${v}`),
  ],
  late: (v) => [checked("late", `late${v}a late${v}b`, { removeAfter: true })],
  lateBare: (v) => [bare("lateBare", `lateBare${v}`, { removeAfter: true, always: true })],
  latePair: (v) => [
    checked("lateCause", `lateCause${v}`, { removeAfter: true, onChange: ["lateEffect"] }),
    bare("lateEffect", `lateEffect${v}`, { removeAfter: true }),
  ],
  event: (v) => [checked("herald", `herald${v}a herald${v}b`, { onChange: ["etcha:news"] })],
  rescue: (v) => [checked("risky", `risky${v}`, { onFail: ["rescue"] }), { id: "rescue", change: "note rescued" }],
  group: (v) => [{
    id: "group",
    commands: [checked("outer", `outer${v}`, { onChange: ["inner"] }), bare("inner", `inner${v}`), [
      checked("plain", `inGroup${v}`),
    ]],
  }],
  renamed: (v) => [checked(`renamed${v}`, "renamed")],
  twins: (v) => [checked("twin", `twinA${v}`), checked("twin", `twinB${v}`)],
  undo: (v) => [bare("below", `below${v}`, { always: true }), checked("above", `above${v}`, { onRemove: ["below"] })],
  staying: (v) => [checked("base", "base"), v === 1 ? [] : checked("top", "top", { onRemove: ["base"] })],
  stayingLate: (v) => [
    checked("lateBase", "lateBase"),
    v === 1 ? [] : checked("lateTop", "lateTop", { onRemove: ["lateBase"], removeAfter: true }),
  ],
  ignoring: (v) => [checked("ignoring", "ignoring", { change: `touch ignoring # ${v}`, changeIgnore: true })],
  nothing: () => [{ id: "nothing", check: "test never" }],
  file: (v) => [managed("file", "file", v)],
  fileAny: (v) => [managed("fileAny", "any", v, { check: "exists any" })],
  fileBare: (v) => [managed("fileBare", "bare", v, { check: undefined, always: true })],
  fileLate: (v) => [managed("fileLate", "late", v, { removeAfter: true })],
  fileMoved: (v) => [managed("fileMoved", `moved${v}`, 1)],
  filePair: (v) => [managed("fileCause", "cause", v, { onChange: ["fileEffect"] }), bare("fileEffect", `effectOf${v}`)],
  fileTwins: (v) => {
    const twins = [managed("fileTwin", "twinA", v), managed("fileTwin", "twinB", v)];
    return v === 1 ? twins : twins.reverse();
  },
};

/** Fails whatever is done, half way: no last pattern has it. */
const broken: Unit = (
  v,
) => [
  bare("broken", "", { change: `broken broken${v}a broken${v}b`, remove: `rm broken${v}a broken${v}b`, always: true }),
];

interface Choice {
  readonly units: readonly string[];
  readonly versions: ReadonlyMap<string, number>;
  readonly broken: boolean;
}

interface Step {
  readonly choice: Choice;
  readonly runs: readonly (readonly number[])[];
}

function listOf(choice: Choice, last: boolean): readonly RenderedCommand[] {
  const units = choice.units.map((name) => UNITS[name]!(choice.versions.get(name)!));
  const half = Math.floor(units.length / 2);
  const withBroken = choice.broken && !last ? [...units.slice(0, half), broken(1), ...units.slice(half)] : units;
  return rendered(withBroken);
}

/** Few units a history, so that they often leave and come back. */
const choices = (units: readonly string[]): fc.Arbitrary<Choice> =>
  fc.record({
    units: fc.shuffledSubarray([...units]),
    versions: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: units.length, maxLength: units.length })
      .map((numbers) => new Map(units.map((name, i) => [name, numbers[i]!]))),
    broken: fc.boolean(),
  });
const chaos = fc.array(
  fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(26) }),
  { maxLength: 40, size: "max" },
);
const history: fc.Arbitrary<readonly Step[]> = fc.shuffledSubarray(Object.keys(UNITS), { minLength: 1, maxLength: 4 })
  .chain((units) => {
    const runs = fc.array(chaos, { minLength: 1, maxLength: 3, size: "max" });
    const step: fc.Arbitrary<Step> = fc.record({ choice: choices(units), runs });
    return fc.array(step, { minLength: 1, maxLength: 5, size: "max" });
  });

const HISTORIES = 8000;
const SETTLING_RUNS = 12;
const CALM: readonly number[] = [];

/** Runs a list until a run has no failure and changes nothing but what is always changed. */
function settle(source: SimulatedSource, list: readonly RenderedCommand[]): readonly RunReport[] {
  const reports: RunReport[] = [];
  for (let i = 0; i < SETTLING_RUNS; i++) {
    const report = source.run(list, "last", CALM.values());
    assert.ok(report !== KILLED);
    reports.push(report);
    const moved = report.removed.length > 0 || report.changed.some(({ why }) => why === "check-failed");
    if (report.failures.length === 0 && !moved) return reports;
  }
  assert.fail(`not settled after ${SETTLING_RUNS} calm runs: ${JSON.stringify(reports.at(-1))}`);
}

/** Causes whose reaction does not follow them, although both the cause's effect and the target are in the last list. */
function lostReactions(done: readonly string[], steps: readonly Step[]): readonly string[] {
  const list = listOf(steps.at(-1)!.choice, true);
  const owed = list.flatMap((command) =>
    command.onChange.targets.map((target) =>
      [shownScript(command.change ?? ""), shownScript(list[target]?.change ?? "")] as const
    )
  );
  // A removal owes the change of a target that stays all the time.
  for (const [unit, base, top] of [["staying", "base", "top"], ["stayingLate", "lateBase", "lateTop"]] as const) {
    if (steps.every(({ choice }) => choice.units.includes(unit))) owed.push([`rm ${top}`, `touch ${base}`]);
  }
  // An event is owed by whatever was changed, also when it is not wanted any more.
  for (const v of ["1", "2"]) owed.push([`touch herald${v}a herald${v}b`, "event news herald"]);
  return owed.filter(([cause, effect]) => done.lastIndexOf(effect) < done.lastIndexOf(cause)).map(String);
}

Deno.test("whatever befalls a history of patterns, the host ends as one that saw only the last", () => {
  let exhausted = 0;
  fc.assert(
    fc.property(history, (steps) => {
      const source = new SimulatedSource();
      for (const [i, { choice, runs }] of steps.entries()) {
        const list = listOf(choice, false);
        for (const numbers of runs) source.run(list, `token ${i}`, numbers.values());
      }
      const list = listOf(steps.at(-1)!.choice, true);
      settle(source, list);
      if (source.exhausted) {
        exhausted++;
        return;
      }
      const fresh = new SimulatedSource();
      settle(fresh, list);
      assert.deepEqual([...source.world.markers].sort(), [...fresh.world.markers].sort());
      assert.deepEqual(lostReactions(source.world.done, steps), []);
      const { entries, reactions } = source.record.kept.state;
      assert.deepEqual(reactions, []);
      assert.deepEqual(
        entries.map(({ command, departed }) => [command.id, departed]),
        list.map((command) => [command.id, undefined]),
      );
    }),
    { numRuns: HISTORIES, seed: 1 },
  );
  assert.ok(exhausted < HISTORIES / 20, `${exhausted} of ${HISTORIES} histories reached a limit of the engine`);
});
