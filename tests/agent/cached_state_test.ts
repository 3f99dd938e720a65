/** That it does what every store does is shown by the conformance test, tests/host/state_test.ts. */
import { deepEqual, equal, notEqual, rejects } from "node:assert/strict";
import { CachedState } from "../../src/agent/cached_state.ts";
import { MemoryState } from "../../src/agent/memory_state.ts";
import { HostError } from "../../src/host/host.ts";
import { entry, run } from "../host/conformance_state.ts";

Deno.test("a cached state reads once, until something of the source changes", async () => {
  const inner = new MemoryState();
  const store = new CachedState(inner);
  const first = await store.load("a");
  equal(await store.load("a"), first);
  await store.commit({ source: "a", changes: [], run: run("a", 1) });
  await store.commit({ source: "b", changes: [{ kind: "put-entry", entry: entry(1), position: 0 }] });
  equal(await store.load("a"), first, "neither a line of history nor another source makes it another");
  const changes = [
    { changes: [{ kind: "put-entry", entry: entry(1), position: 0 }] },
    { changes: [], nextKey: 5 },
    { changes: [], newest: { signer: "s", issuedAt: 1 } },
    { changes: [], accepted: { tokenHash: "ab", keyId: "k", at: 1 } },
  ] as const;
  for (const change of changes) {
    const before = await store.load("a");
    await store.commit({ source: "a", ...change });
    notEqual(await store.load("a"), before);
    deepEqual(await store.load("a"), await inner.load("a"));
  }
});

Deno.test("what was asked for before a commit, and what could not be read, is not given again", async () => {
  const inner = new MemoryState();
  const store = new CachedState(inner);
  const early = store.load("a");
  const commit = store.commit({ source: "a", changes: [{ kind: "put-entry", entry: entry(1), position: 0 }] });
  equal((await store.load("a")).entries.length, 1);
  await Promise.all([early, commit]);
  equal((await store.load("a")).entries.length, 1);
  inner.load = () => Promise.reject(new HostError("busy", "not now"));
  const other = new CachedState(inner);
  await rejects(other.load("a"), /not now/);
  Reflect.deleteProperty(inner, "load");
  equal((await other.load("a")).entries.length, 1);
});
