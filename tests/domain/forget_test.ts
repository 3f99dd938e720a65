import { deepEqual, equal, ok as truthy } from "node:assert/strict";
import { forget, stuckEntries } from "../../src/domain/forget.ts";
import type { Entry, Reaction } from "../../src/domain/state.ts";
import { rendered } from "../fakes/simulated_source.ts";

const commands = rendered([
  { id: "old", change: "x", remove: "y" },
  { id: "web", commands: [{ id: "install", change: "x" }, { id: "start", change: "x" }] },
  { id: "install", change: "x" },
  { id: "fine", change: "x" },
  { id: "restart", change: "x" },
]);
const [old, inGroup, start, install, fine, restart] = commands.map((command, i): Entry => ({ key: i + 1, command }));
const entries: readonly Entry[] = [
  { ...old!, outcome: "changed", departed: { tries: 3, started: false } },
  { ...inGroup!, outcome: "failed" },
  { ...start!, outcome: "started" },
  { ...install!, outcome: "failed" },
  { ...fine!, outcome: "changed" },
  { ...restart!, outcome: "changed" },
];
const due = (id: number, action: Reaction["action"]): Reaction => ({
  id,
  action,
  causeKey: 1,
  causeId: "old",
  interruptions: 0,
});
const state = {
  entries,
  reactions: [
    due(10, { do: "remove", key: 1 }),
    due(11, { do: "change", key: 6 }),
    due(12, { do: "event", name: "e", commandId: "old", output: "" }),
  ],
};

function keys(name: string): readonly number[] | string {
  const found = stuckEntries(state, name);
  return found.ok ? found.value.map(({ key }) => key) : found.problems[0]!.code;
}

Deno.test("an id names all that are stuck, a path the one", () => {
  deepEqual(keys("install"), [2, 4]);
  deepEqual(keys("web > install"), [2]);
  deepEqual([keys("old"), keys("start"), keys("restart")], [[1], [3], [6]]);
  equal(keys("fine"), "entry-not-stuck");
  equal(keys("web"), "unknown-entry");
});

Deno.test("a name that nothing has gets a hint from the record", () => {
  const near = stuckEntries(state, "instal");
  truthy(!near.ok);
  equal(near.problems[0]!.hint, 'did you mean "install"?');
  const far = stuckEntries({ entries: [], reactions: [] }, "x");
  truthy(!far.ok);
  equal(far.problems[0]!.hint, "etcha status shows what is stuck: to remove, failed, begun, due");
});

Deno.test("what left is dropped, what is wanted loses its outcome, and nothing is due at either", () => {
  const all = forget(state, [1, 2, 3, 4, 5, 6, 99]);
  deepEqual(all.forgotten.map(({ key }) => key), [1, 2, 3, 4, 6]);
  deepEqual(all.changes, [
    { kind: "delete-entry", key: 1 },
    { kind: "outcome", key: 2, outcome: undefined },
    { kind: "outcome", key: 3, outcome: undefined },
    { kind: "outcome", key: 4, outcome: undefined },
    { kind: "delete-reaction", id: 10 },
    { kind: "delete-reaction", id: 11 },
  ]);
});

Deno.test("what has settled since it was asked for is left as it is", () => {
  deepEqual(forget({ entries: [{ ...install!, outcome: "changed" }], reactions: [] }, [4]), {
    forgotten: [],
    changes: [],
  });
});
