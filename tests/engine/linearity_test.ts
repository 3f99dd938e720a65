import assert from "node:assert/strict";
import type { RenderedCommand } from "../../src/domain/state.ts";
import { parseCommands } from "../../src/domain/command_list.ts";
import { execute } from "../../src/engine/execute.ts";
import { NOTHING_REMEMBERED, plan, planRemoval, type Remembered } from "../../src/engine/plan.ts";
import { MemoryRecord } from "../fakes/record.ts";
import { rendered } from "../fakes/simulated_source.ts";

/** Counts every reading of a property of a value and of what is in it, so that work shows without a clock. */
class Meter {
  reads = 0;

  on<T extends object>(value: T): T {
    return new Proxy(value, {
      get: (target, name, receiver) => {
        this.reads++;
        const found: unknown = Reflect.get(target, name, receiver);
        return typeof found === "object" && found !== null ? this.on(found) : found;
      },
    });
  }

  onAll<T extends object>(list: readonly T[]): readonly T[] {
    return list.map((item) => this.on(item));
  }
}

/** Reads and requests of a run, with scripts that all exit with 0 but checks with 1. */
function work(
  state: Remembered,
  list: readonly RenderedCommand[],
): { readonly steps: number; readonly after: Remembered } {
  const meter = new Meter();
  const record = new MemoryRecord();
  record.apply(state.entries.map((entry, position) => ({ kind: "put-entry", entry, position })));
  const planned = plan({ ...state, entries: meter.onAll(state.entries) }, meter.onAll(list), true);
  const accepted = plan(state, list, true);
  record.apply(accepted.changes);
  const engine = execute({ ...accepted, entries: meter.onAll(accepted.entries) }, { mode: "change" });
  let requests = 0;
  let step = engine.next();
  for (; !step.done; requests++) {
    const request = step.value;
    if (request.kind === "remember") record.apply(request.changes);
    step = engine.next(
      request.kind === "run" ? { kind: "exited", code: request.step === "check" ? 1 : 0, output: "" } : undefined,
    );
  }
  assert.deepEqual(step.value.failures, []);
  assert.ok(planned.entries.length >= list.length);
  return { steps: meter.reads + requests, after: record.state };
}

const many = (count: number, one: (i: number) => object) => Array.from({ length: count }, (_, i) => one(i));
const checked = (i: number) => ({ id: `c${i}`, check: `check ${i}`, change: `change ${i}`, remove: `remove ${i}` });

/** What lists of `n` commands cost; each gives a count of steps. */
const SHAPES: Readonly<Record<string, (n: number) => number>> = {
  "parsing commands that each trigger the next": (n) => {
    const meter = new Meter();
    const list = many(n, (i) => ({ ...checked(i), onChange: i + 1 < n ? [`c${i + 1}`] : [] }));
    assert.deepEqual(parseCommands(meter.on(list), "run").problems, []);
    return meter.reads;
  },
  "parsing commands in a group each": (n) => {
    const meter = new Meter();
    const list = many(n, (i) => ({ id: `g${i}`, commands: [checked(i)] }));
    assert.equal(parseCommands(meter.on(list), "run").commands.length, n);
    return meter.reads;
  },
  "a first run": (n) => work(NOTHING_REMEMBERED, rendered(many(n, checked))).steps,
  "a second run": (n) => {
    const list = rendered(many(n, checked));
    return work(work(NOTHING_REMEMBERED, list).after, list).steps;
  },
  "every command modified": (n) => {
    const before = work(NOTHING_REMEMBERED, rendered(many(n, checked))).after;
    return work(before, rendered(many(n, (i) => ({ ...checked(i), change: `new ${i}` })))).steps;
  },
  "every command modified, removed after the change": (n) => {
    const before = work(NOTHING_REMEMBERED, rendered(many(n, checked))).after;
    return work(before, rendered(many(n, (i) => ({ ...checked(i), change: `new ${i}`, removeAfter: true })))).steps;
  },
  "every command gone": (n) => work(work(NOTHING_REMEMBERED, rendered(many(n, checked))).after, []).steps,
  "the order turned round": (n) => {
    const list = many(n, checked);
    return work(work(NOTHING_REMEMBERED, rendered(list)).after, rendered(list.toReversed())).steps;
  },
  "equal ids, every change another": (n) => {
    const twins = (text: string) => rendered(many(n, (i) => ({ ...checked(i), id: "twin", change: `${text} ${i}` })));
    return work(work(NOTHING_REMEMBERED, twins("old")).after, twins("new")).steps;
  },
  "one command that triggers all others": (n) => {
    const rest = many(n, (i) => ({ id: `c${i}`, change: `change ${i}` }));
    return work(NOTHING_REMEMBERED, rendered([{ id: "a", change: "a", always: true, onChange: ["c"] }, ...rest])).steps;
  },
  "all commands trigger one": (n) => {
    const causes = many(n, (i) => ({ ...checked(i), onChange: ["last"] }));
    return work(NOTHING_REMEMBERED, rendered([...causes, { id: "last", change: "last" }])).steps;
  },
  "all removals trigger one": (n) => {
    const causes = many(n, (i) => ({ ...checked(i), always: true, onRemove: ["first"] }));
    const first = { id: "first", change: "first" };
    return work(work(NOTHING_REMEMBERED, rendered([first, ...causes])).after, rendered([first])).steps;
  },
};

for (const [name, steps] of Object.entries(SHAPES)) {
  Deno.test(`twice the commands are twice the work: ${name}`, () => {
    const [once, twice, fourTimes] = [1000, 2000, 4000].map(steps) as [number, number, number];
    assert.ok(once > 1000, `${once} steps`);
    assert.ok(twice < 2.1 * once && fourTimes < 2.1 * twice, `${once}, ${twice}, ${fourTimes} steps`);
  });
}

Deno.test("undoing a list asks each command once and removes none that is not there", () => {
  const planned = planRemoval(rendered(many(1000, checked)));
  const engine = execute(planned, { mode: "change" });
  let asked = 0;
  for (let step = engine.next(); !step.done; step = engine.next({ kind: "exited", code: 1, output: "" })) {
    if (step.value.kind === "run") asked++;
  }
  assert.equal(asked, 1000);
});
