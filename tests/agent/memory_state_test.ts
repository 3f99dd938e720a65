/** What it has in common with the store on disk is shown by their conformance test, tests/host/state_test.ts. */
import assert from "node:assert/strict";
import { MemoryState } from "../../src/agent/memory_state.ts";
import type { Entry } from "../../src/domain/state.ts";
import { rendered } from "../fakes/simulated_source.ts";
import { run } from "../host/conformance_state.ts";

Deno.test("memory state: of the history the last thousand runs are kept", async () => {
  const store = new MemoryState();
  for (let i = 1; i <= 1003; i++) await store.commit({ source: "a", changes: [], run: run("a", i) });
  const history = await store.history("a", 5000);
  assert.deepEqual([history.length, history[0]?.startedAt, history.at(-1)?.startedAt], [1000, 1003, 4]);
});

Deno.test("memory state: a commit costs the same however much is remembered", async () => {
  const [command] = rendered([{ id: "a", change: "a" }]);
  const reads = async (count: number) => {
    let read = 0;
    const counted = (entry: Entry) =>
      new Proxy(entry, {
        get: (target, name, receiver) => {
          read++;
          return Reflect.get(target, name, receiver);
        },
      });
    const store = new MemoryState();
    const keys = Array.from({ length: count }, (_, i) => i + 1);
    const put = keys.map((key) =>
      ({ kind: "put-entry", entry: counted({ key, command: command! }), position: -key }) as const
    );
    await store.commit({ source: "a", changes: put });
    for (const key of keys) {
      await store.commit({ source: "a", changes: [{ kind: "outcome", key, outcome: "started" }] });
    }
    const { entries } = await store.load("a");
    assert.deepEqual([entries.length, entries[0]?.key, entries[0]?.outcome], [count, count, "started"]);
    return read;
  };
  const [once, twice] = [await reads(100), await reads(200)];
  assert.ok(once >= 100 && twice <= 2.1 * once, `${once}, ${twice} reads`);
});
