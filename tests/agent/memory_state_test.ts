/** What it has in common with the store on disk is shown by their conformance test, tests/host/state_test.ts. */
import assert from "node:assert/strict";
import { MemoryState } from "../../src/agent/memory_state.ts";
import { run } from "../host/conformance_state.ts";

Deno.test("memory state: of the history the last thousand runs are kept", async () => {
  const store = new MemoryState();
  for (let i = 1; i <= 1003; i++) await store.commit({ source: "a", changes: [], run: run("a", i) });
  const history = await store.history("a", 5000);
  assert.deepEqual([history.length, history[0]?.startedAt, history.at(-1)?.startedAt], [1000, 1003, 4]);
});
