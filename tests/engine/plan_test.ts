import assert from "node:assert/strict";
import type { Entry, Reaction } from "../../src/domain/state.ts";
import { NOTHING_REMEMBERED, plan, planRemoval, type Remembered } from "../../src/engine/plan.ts";
import { MemoryRecord } from "../fakes/record.ts";
import { rendered } from "../fakes/simulated_source.ts";

/** What a store holds once the changes of a plan are applied to the state that it began with. */
function applied(state: Remembered, list: readonly unknown[], newToken = true) {
  const record = new MemoryRecord();
  record.apply(state.entries.map((entry, position) => ({ kind: "put-entry", entry, position })));
  record.apply(state.reactions.map((reaction) => ({ kind: "put-reaction", reaction })));
  const planned = plan(state, rendered(list), newToken);
  record.apply(planned.changes);
  assert.deepEqual(record.state.entries, planned.entries);
  assert.deepEqual(record.state.reactions, planned.reactions);
  assert.ok(record.state.nextKey <= planned.nextKey);
  return planned;
}

function known(list: readonly unknown[], more: (entry: Entry) => Partial<Entry> = () => ({})): Remembered {
  const { entries, nextKey } = plan(NOTHING_REMEMBERED, rendered(list), true);
  return { entries: entries.map((entry) => ({ ...entry, ...more(entry) })), reactions: [], nextKey };
}

function due(id: number, action: Reaction["action"], causeKey = 1): Reaction {
  return { id, action, causeKey, causeId: "cause", interruptions: 0 };
}

const changed = () => ({ outcome: "changed" as const });

Deno.test("a first list: new keys, and triggers that name them", () => {
  const { entries, nextKey } = applied(NOTHING_REMEMBERED, [{ id: "a", onChange: ["b", "etcha:x"] }, { id: "b" }]);
  assert.deepEqual(entries.map(({ key, command }) => [key, command.id, command.onChange]), [
    [1, "a", { targets: [2], events: ["x"] }],
    [2, "b", { targets: [], events: [] }],
  ]);
  assert.equal(nextKey, 3);
});

Deno.test("the same list again changes nothing", () => {
  const list = [{ id: "a", change: "1", onChange: ["b"] }, { id: "b", exec: { env: { A: "1" } } }];
  const state = { ...known(list, changed), reactions: [due(9, { do: "change", key: 2 })], nextKey: 10 };
  assert.deepEqual(applied(state, list).changes, []);
  assert.deepEqual(applied(state, list, false).changes, []);
});

Deno.test("what left stands before what is wanted, in its old order, and keeps what is known of it", () => {
  const state = known([{ id: "a" }, { id: "b" }, { id: "c" }], changed);
  const { entries } = applied(state, [{ id: "n" }, { id: "b" }]);
  assert.deepEqual(entries.map(({ key, command, outcome, departed }) => [key, command.id, outcome, departed]), [
    [1, "a", "changed", { tries: 0, started: false }],
    [3, "c", "changed", { tries: 0, started: false }],
    [4, "n", undefined, undefined],
    [2, "b", "changed", undefined],
  ]);
});

Deno.test("a modified command is a new entry that replaces the old one; the oldest one knows the newest", () => {
  const first = known([{ id: "a", change: "1" }], changed);
  const second = applied(first, [{ id: "a", change: "2" }]);
  const third = applied({ ...second, entries: second.entries.map((entry) => ({ ...entry, outcome: "changed" })) }, [
    { id: "a", change: "3" },
  ]);
  assert.deepEqual(third.entries.map(({ key, command, departed }) => [key, command.change, departed?.successor]), [
    [1, "1", 3],
    [2, "2", 3],
    [3, "3", undefined],
  ]);
});

Deno.test("in the same token, or with changeIgnore, a modified command goes on under its key with its new text", () => {
  const state = known([{ id: "a", change: "1" }], changed);
  for (
    const { entries } of [
      applied(state, [{ id: "a", change: "2" }], false),
      applied(state, [{ id: "a", change: "2", changeIgnore: true }]),
    ]
  ) {
    assert.deepEqual(entries.map(({ key, command, outcome }) => [key, command.change, outcome]), [[1, "2", "changed"]]);
  }
});

Deno.test("keys are never used again", () => {
  const state = { ...known([{ id: "a" }]), nextKey: 50 };
  assert.deepEqual(applied(state, [{ id: "b" }]).entries.map(({ key }) => key), [1, 50]);
});

Deno.test("a reaction is due at what replaced its target, or waits with a target that left", () => {
  const state = {
    ...known([{ id: "a", change: "1" }, { id: "b", change: "1" }]),
    reactions: [due(7, { do: "change", key: 1 }), due(8, { do: "change", key: 2 }, 9)],
    nextKey: 10,
  };
  const { reactions } = applied(state, [{ id: "a", change: "2" }]);
  assert.deepEqual(reactions.map(({ action }) => action), [{ do: "change", key: 10 }, { do: "change", key: 2 }]);
});

Deno.test("a removal that was triggered becomes a change when its target came back", () => {
  const gone = known([{ id: "a", change: "1" }], () => ({ departed: { tries: 0, started: false } }));
  const state = { ...gone, reactions: [due(7, { do: "remove", key: 1 }, 9)], nextKey: 10 };
  assert.deepEqual(applied(state, []).reactions.map(({ action }) => action), [{ do: "remove", key: 1 }]);
  const same = applied(state, [{ id: "a", change: "1" }]);
  assert.deepEqual(same.reactions.map(({ action }) => action), [{ do: "change", key: 1 }]);
  const other = applied(state, [{ id: "a", change: "2" }]);
  assert.deepEqual(other.reactions.map(({ action }) => action), [{ do: "change", key: 10 }]);
});

Deno.test("a reaction at what is nowhere any more is dropped, an event never is", () => {
  const event = { do: "event", name: "x", commandId: "gone", output: "" } as const;
  const state = { entries: [], reactions: [due(7, { do: "change", key: 3 }), due(8, event)], nextKey: 10 };
  assert.deepEqual(applied(state, [{ id: "a" }]).reactions.map(({ id }) => id), [8]);
});

Deno.test("what comes back half removed is replaced by itself", () => {
  for (const departed of [{ tries: 1, started: false }, { tries: 0, started: true }]) {
    const { entries } = applied(known([{ id: "a", change: "1" }], () => ({ departed })), [{ id: "a", change: "1" }]);
    assert.deepEqual(entries.map((entry) => [entry.key, entry.departed]), [
      [1, { ...departed, successor: 2 }],
      [2, undefined],
    ]);
  }
});

Deno.test("what comes back gives targets that are new what it had triggered; what was never changed gives nothing", () => {
  const list = [{ id: "a", change: "1", onChange: ["b"] }, { id: "b", change: "1" }];
  const left = { departed: { tries: 0, started: false } };
  const both = known(list, () => left);
  const onlyCause = { ...both, entries: both.entries.slice(0, 1) };
  assert.deepEqual(applied(onlyCause, list).reactions, []);
  const recorded = { ...onlyCause, entries: onlyCause.entries.map((entry) => ({ ...entry, ...changed() })) };
  assert.deepEqual(applied(recorded, list).reactions.map(({ action, causeKey }) => [action, causeKey]), [
    [{ do: "change", key: 3 }, 1],
  ]);
});

Deno.test("undoing a list: all of it has left and nothing is known of it", () => {
  const { entries, reactions } = planRemoval(rendered([{ id: "a" }, { id: "b", onRemove: ["a"] }]));
  assert.deepEqual(reactions, []);
  assert.deepEqual(
    entries.map(({ key, outcome, departed, command }) => [key, outcome, departed, command.onRemove.targets]),
    [
      [1, undefined, { tries: 0, started: false }, []],
      [2, undefined, { tries: 0, started: false }, [1]],
    ],
  );
});
