import assert from "node:assert/strict";
import fc from "fast-check";
import type { Reaction, StateChange } from "../../src/domain/state.ts";
import { Ledger } from "../../src/engine/ledger.ts";
import { NOTHING_REMEMBERED, plan } from "../../src/engine/plan.ts";
import { MemoryRecord } from "../fakes/record.ts";
import { rendered } from "../fakes/simulated_source.ts";

/** A ledger of a list and a record that is told everything that the ledger says. */
function begin(list: readonly unknown[], left: readonly unknown[] = []) {
  const before = plan(NOTHING_REMEMBERED, rendered(left), true);
  const planned = plan(before, rendered(list), true);
  const record = new MemoryRecord();
  record.apply(planned.entries.map((entry, position) => ({ kind: "put-entry", entry, position })));
  record.apply(planned.reactions.map((reaction) => ({ kind: "put-reaction", reaction })));
  const ledger = new Ledger(planned);
  const keep = (changes: readonly StateChange[]) => {
    record.apply(changes);
    return changes;
  };
  return { ledger, record, keep, entry: (key: number) => ledger.get(key)! };
}

function kinds(changes: readonly StateChange[]): readonly string[] {
  return changes.map(({ kind }) => kind);
}

function actions(reactions: readonly Reaction[]) {
  return reactions.map(({ action, interruptions }) => [action, interruptions]);
}

Deno.test("a change: intent with what it may trigger, then outcome and nothing but what is due", () => {
  const { ledger, record, keep, entry } = begin([{ id: "a", check: "c", onChange: ["b", "etcha:x"] }, { id: "b" }]);
  const intent = keep(ledger.intendChange(entry(1)));
  assert.deepEqual(kinds(intent), ["outcome", "put-reaction", "put-reaction"]);
  assert.equal(record.state.entries[0]!.outcome, "started");
  keep(ledger.changed(entry(1), intent, "out"));
  assert.equal(record.state.entries[0]!.outcome, "changed");
  assert.deepEqual(actions(record.state.reactions), [
    [{ do: "change", key: 2 }, 0],
    [{ do: "event", name: "x", commandId: "a", output: "out" }, 0],
  ]);
  const next = keep(ledger.intendChange(entry(2)));
  assert.deepEqual(actions(ledger.dueAt(2)), [[{ do: "change", key: 2 }, 1]]);
  keep(ledger.changed(entry(2), next, ""));
  assert.deepEqual(ledger.dueAt(2), []);
});

Deno.test("a failed change withdraws what only it would have triggered, and keeps what was due", () => {
  const { ledger, record, keep, entry } = begin([{ id: "a", onChange: ["b"] }, { id: "b", onChange: ["c"] }, {
    id: "c",
  }]);
  keep(ledger.changed(entry(1), keep(ledger.intendChange(entry(1))), ""));
  const intent = keep(ledger.intendChange(entry(2)));
  assert.deepEqual(actions(record.state.reactions), [[{ do: "change", key: 2 }, 1], [{ do: "change", key: 3 }, 0]]);
  keep(ledger.failed(entry(2), intent));
  assert.equal(record.state.entries[1]!.outcome, "failed");
  assert.deepEqual(actions(record.state.reactions), [[{ do: "change", key: 2 }, 0]]);
});

Deno.test("an intent that says nothing new is not written", () => {
  const { ledger, keep, entry } = begin([{ id: "a" }]);
  keep(ledger.changed(entry(1), keep(ledger.intendChange(entry(1))), ""));
  assert.deepEqual(ledger.intendChange(entry(1)), []);
  assert.deepEqual(ledger.changed(entry(1), [], ""), []);
});

Deno.test("a reaction is given up after two interruptions", () => {
  const { ledger, keep, entry } = begin([{ id: "a", onChange: ["b"] }, { id: "b" }]);
  keep(ledger.changed(entry(1), keep(ledger.intendChange(entry(1))), ""));
  for (const expected of [0, 0, 1]) {
    const { given, changes } = ledger.giveUp(2);
    keep(changes);
    assert.equal(given.length, expected);
    if (expected === 0) keep(ledger.intendChange(entry(2)));
  }
  assert.deepEqual(ledger.reactions, []);
});

Deno.test("a removal: intent with what replaces it and what it names, then nothing is left", () => {
  const { ledger, record, keep, entry } = begin(
    [{ id: "t" }, { id: "a", change: "2" }],
    [{ id: "t" }, { id: "a", change: "1", onRemove: ["t", "etcha:gone"] }],
  );
  const old = record.state.entries[0]!;
  assert.equal(old.command.change, "1");
  const intent = keep(ledger.intendRemoval(old, true));
  assert.deepEqual(kinds(intent), ["departed", "put-reaction", "put-reaction", "put-reaction"]);
  assert.equal(record.state.entries[0]!.departed?.started, true);
  keep(ledger.gone(entry(old.key), intent, "bye"));
  assert.deepEqual(record.state.entries.map(({ command }) => command.id), ["t", "a"]);
  assert.deepEqual(actions(record.state.reactions), [
    [{ do: "change", key: 1 }, 0],
    [{ do: "event", name: "gone", commandId: "a", output: "bye" }, 0],
    [{ do: "change", key: 3 }, 0],
  ]);
});

Deno.test("a failed removal counts a try and triggers nothing but what replaces it", () => {
  const { ledger, record, keep, entry } = begin(
    [{ id: "t" }, { id: "a", change: "2" }],
    [{ id: "t" }, { id: "a", change: "1", onRemove: ["t", "etcha:gone"] }],
  );
  const old = record.state.entries[0]!;
  const intent = keep(ledger.intendRemoval(old, true));
  keep(ledger.removalFailed(entry(old.key), intent));
  assert.deepEqual(record.state.entries[0]!.departed, { tries: 1, started: false, successor: 3 });
  assert.deepEqual(actions(record.state.reactions), [[{ do: "change", key: 3 }, 0]]);
});

Deno.test("a removal that was begun and never ended counts as a try and leaves nothing known", () => {
  const { ledger, record, keep, entry } = begin([], [{ id: "a" }]);
  keep(ledger.intendRemoval(entry(1), false));
  keep(ledger.interruptedRemoval(entry(1)));
  assert.deepEqual(record.state.entries[0]!.departed, { tries: 1, started: false });
  assert.equal(record.state.entries[0]!.outcome, "started");
});

Deno.test("targets that left are removed, those that were replaced or stay are changed, those that are gone nothing", () => {
  const { ledger, keep, entry, record } = begin(
    [{ id: "stays" }, { id: "replaced", change: "2" }],
    [{ id: "stays" }, { id: "replaced", change: "1" }, { id: "left" }, { id: "a", onRemove: ["."] }],
  );
  const left = record.state.entries.find(({ command }) => command.id === "left")!;
  const cause = record.state.entries.find(({ command }) => command.id === "a")!;
  keep(ledger.intendRemoval(entry(cause.key), false));
  assert.deepEqual(actions(ledger.reactions).map(([action]) => action), [
    { do: "change", key: 1 },
    { do: "change", key: 5 },
    { do: "remove", key: left.key },
  ]);
  keep(ledger.gone(entry(left.key), [], ""));
  assert.deepEqual(ledger.owe(entry(cause.key), [left.key], []), []);
});

Deno.test("whatever is done in whatever order, the record and the ledger say the same", () => {
  const list = [
    { id: "a", check: "c", onChange: ["b", "etcha:x"], onFail: ["d"] },
    { id: "b", change: "2", onChange: ["d"] },
    { id: "d", onRemove: ["a"] },
  ];
  const left = [{ id: "b", change: "1" }, { id: "z", onRemove: ["b", "etcha:y"] }, { id: "y", onRemove: ["z"] }];
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(9), fc.nat(5)), { maxLength: 30 }), (steps) => {
      const { ledger, record, keep } = begin(list, left);
      for (const [at, what] of steps) {
        const { entries } = record.state;
        const entry = entries[at % Math.max(1, entries.length)];
        if (entry === undefined) continue;
        if (what === 5) {
          keep(ledger.giveUp(entry.key).changes);
        } else if (entry.departed === undefined) {
          const intent = keep(ledger.intendChange(entry));
          if (what < 2) keep(ledger.changed(ledger.get(entry.key)!, intent, "out"));
          if (what === 2) {
            keep([...ledger.failed(entry, intent), ...ledger.owe(entry, entry.command.onFail.targets, [])]);
          }
          if (what === 3) keep(ledger.settle(entry));
        } else if (entry.departed.started) {
          keep(ledger.interruptedRemoval(entry));
        } else {
          const intent = keep(ledger.intendRemoval(entry, what % 2 === 0));
          if (what < 2) keep(ledger.gone(ledger.get(entry.key)!, intent, ""));
          if (what === 2) keep(ledger.removalFailed(ledger.get(entry.key)!, intent));
        }
        for (const { key } of entries) {
          assert.deepEqual(ledger.get(key), record.state.entries.find((kept) => kept.key === key));
        }
        assert.deepEqual(record.state.reactions, [...ledger.reactions].sort((a, b) => a.id - b.id));
      }
    }),
    { numRuns: 500, seed: 1 },
  );
});
