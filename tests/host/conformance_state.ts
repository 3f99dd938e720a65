import assert from "node:assert/strict";
import fc from "fast-check";
import type { Entry, Outcome, Reaction, RunRecord, StateChange } from "../../src/domain/state.ts";
import type { StateStore } from "../../src/host/host.ts";

/** An entry whose command has this text. */
export function entry(key: number, text = `change ${key}`, more: Partial<Entry> = {}): Entry {
  const triggers = { targets: [], events: [] };
  return {
    key,
    command: {
      id: `id ${key}`,
      groups: ["group"],
      scopes: [0],
      always: false,
      change: text,
      changeIgnore: false,
      removeAfter: false,
      envPrefix: "",
      sensitive: false,
      onChange: { targets: [1, 2], events: ["ü"] },
      onFail: triggers,
      onRemove: triggers,
      exec: { env: { A: "1\n" }, envInherit: true, timeout: 5000 },
    },
    ...more,
  };
}

/** A history line that is told apart by its start. */
export function run(source: string, startedAt: number): RunRecord {
  const names = { trigger: "push", keyId: "k", address: "192.0.2.1", tokenHash: "ab" };
  return { source, startedAt, durationMs: 5, ...names, changed: ["a"], removed: [], error: "" };
}

const reaction: Reaction = {
  id: 7,
  action: { do: "event", name: "e", commandId: "c", output: "o\u0000ü" },
  causeKey: 1,
  causeId: "id 1",
  interruptions: 0,
};

/** What every StateStore must do. */
export function stateConformance(name: string, open: () => Promise<{ store: StateStore } & AsyncDisposable>) {
  Deno.test(`${name}: a source that nobody knows is empty`, async () => {
    await using here = await open();
    assert.deepEqual(await here.store.load("x"), { entries: [], reactions: [], newest: {}, nextKey: 1 });
    assert.deepEqual(await here.store.history(undefined, 10), []);
    assert.deepEqual(await here.store.sources(), []);
  });

  Deno.test(`${name}: a commit is loaded as it was given`, async () => {
    await using here = await open();
    const { store } = here;
    const accepted = { tokenHash: "ab", keyId: "k", at: 1_700_000_000_000 };
    await store.commit({
      source: "b",
      changes: [
        { kind: "put-entry", entry: entry(2, "x", { outcome: "changed" }), position: 20 },
        {
          kind: "put-entry",
          entry: entry(3, "y", { departed: { tries: 1, started: true, successor: 2 } }),
          position: 10,
        },
        { kind: "put-reaction", reaction },
      ],
      accepted,
      newest: { signer: "s", issuedAt: 123 },
      nextKey: 8,
      run: run("b", 1),
    });
    await store.commit({ source: "a", changes: [] });
    assert.deepEqual(await store.load("b"), {
      accepted,
      entries: [
        entry(3, "y", { departed: { tries: 1, started: true, successor: 2 } }),
        entry(2, "x", { outcome: "changed" }),
      ],
      reactions: [reaction],
      newest: { s: 123 },
      nextKey: 8,
    });
    assert.deepEqual((await store.load("a")).entries, []);
    assert.deepEqual(await store.sources(), ["a", "b"]);
    assert.deepEqual(await store.history("b", 10), [run("b", 1)]);
    assert.deepEqual(await store.history("a", 10), []);
  });

  Deno.test(`${name}: changes build on each other; what is not named stays`, async () => {
    await using here = await open();
    const { store } = here;
    await store.commit({
      source: "s",
      changes: [1, 2, 3].map((key) => ({ kind: "put-entry", entry: entry(key), position: key })),
      accepted: { tokenHash: "1", keyId: "", at: 1 },
      newest: { signer: "x", issuedAt: 5 },
      nextKey: 4,
    });
    await store.commit({
      source: "s",
      changes: [
        { kind: "outcome", key: 1, outcome: "started" },
        { kind: "delete-entry", key: 2 },
        { kind: "departed", key: 3, departed: { tries: 0, started: false } },
        { kind: "put-reaction", reaction },
        { kind: "put-reaction", reaction: { ...reaction, interruptions: 1 } },
        { kind: "outcome", key: 99, outcome: "failed" },
        { kind: "delete-entry", key: 98 },
        { kind: "delete-reaction", id: 97 },
      ],
      newest: { signer: "y", issuedAt: 6 },
    });
    assert.deepEqual(await store.load("s"), {
      accepted: { tokenHash: "1", keyId: "", at: 1 },
      entries: [
        entry(1, undefined, { outcome: "started" }),
        entry(3, undefined, { departed: { tries: 0, started: false } }),
      ],
      reactions: [{ ...reaction, interruptions: 1 }],
      newest: { x: 5, y: 6 },
      nextKey: 4,
    });
    await store.commit({
      source: "s",
      changes: [
        { kind: "put-entry", entry: entry(1, "again"), position: 50 },
        { kind: "delete-reaction", id: reaction.id },
      ],
      newest: { signer: "x", issuedAt: 9 },
    });
    const after = await store.load("s");
    assert.deepEqual(after.entries.map(({ key, outcome }) => [key, outcome]), [[3, undefined], [1, undefined]]);
    assert.deepEqual([after.reactions, after.newest], [[], { x: 9, y: 6 }]);
  });

  Deno.test(`${name}: a pause is of one source, until it is replaced or ended`, async () => {
    await using here = await open();
    const { store } = here;
    assert.equal((await store.wishes("s")).pause, undefined);
    await store.wish("s", { kind: "pause", pause: { since: 1, until: 5 } });
    await store.wish("s", { kind: "pause", pause: { since: 2 } });
    assert.deepEqual([(await store.wishes("s")).pause, (await store.wishes("t")).pause], [{ since: 2 }, undefined]);
    // It is no record of the source.
    assert.deepEqual(await store.sources(), []);
    await store.wish("s", { kind: "resume" });
    await store.wish("s", { kind: "resume" });
    assert.equal((await store.wishes("s")).pause, undefined);
  });

  Deno.test(`${name}: a wish to forget stays until it is granted, in one with the changes`, async () => {
    await using here = await open();
    const { store } = here;
    await store.commit({
      source: "s",
      changes: [1, 2].map((key) => ({
        kind: "put-entry",
        entry: entry(key, undefined, { outcome: "failed" }),
        position: key,
      })),
    });
    await store.wish("s", { kind: "forget", keys: [1] });
    await store.wish("t", { kind: "forget", keys: [7] });
    await store.wish("s", { kind: "forget", keys: [2, 3] });
    const { toForget: asked } = await store.wishes("s");
    assert.deepEqual(asked.map(({ keys }) => keys), [[1], [2, 3]]);
    await store.commit({
      source: "s",
      changes: [{ kind: "outcome", key: 1, outcome: undefined }],
      granted: [asked[0]!.id],
    });
    const after = await store.load("s");
    assert.deepEqual(after.entries, [entry(1), entry(2, undefined, { outcome: "failed" })]);
    assert.deepEqual((await store.wishes("s")).toForget, asked.slice(1));
    assert.deepEqual((await store.wishes("t")).toForget.map(({ keys }) => keys), [[7]]);
  });

  Deno.test(`${name}: history is newest first, of one source or all`, async () => {
    await using here = await open();
    const { store } = here;
    await Promise.all([1, 2, 3, 4, 5].map((at) => {
      const source = at % 2 === 0 ? "even" : "odd";
      return store.commit({ source, changes: [], run: run(source, at) });
    }));
    const starts = async (source: string | undefined, limit: number) =>
      (await store.history(source, limit)).map((one) => one.startedAt);
    assert.deepEqual(await starts(undefined, 3), [5, 4, 3]);
    assert.deepEqual(await starts("even", 3), [4, 2]);
    assert.deepEqual(await starts("odd", 2), [5, 3]);
  });
}

/** Random commits for two sources: whatever they do, two stores that got the same ones are equal. */
export const commits: fc.Arbitrary<readonly { source: string; changes: readonly StateChange[]; nextKey?: number }[]> =
  (() => {
    const key = fc.integer({ min: 1, max: 6 });
    const outcome = fc.constantFrom<Outcome>("started", "changed", "failed");
    const departed = fc.record({ tries: fc.nat(3), started: fc.boolean() }, { noNullPrototype: true });
    const change: fc.Arbitrary<StateChange> = fc.oneof(
      fc.tuple(key, fc.string(), fc.option(outcome, { nil: undefined })).map(([key, text, outcome]) => ({
        kind: "put-entry" as const,
        entry: entry(key, text, outcome === undefined ? {} : { outcome }),
        position: key,
      })),
      key.map((key) => ({ kind: "delete-entry" as const, key })),
      fc.tuple(key, outcome).map(([key, outcome]) => ({ kind: "outcome" as const, key, outcome })),
      fc.tuple(key, departed).map(([key, departed]) => ({ kind: "departed" as const, key, departed })),
      fc.tuple(key, fc.nat(2)).map(([id, interruptions]) => ({
        kind: "put-reaction" as const,
        reaction: { ...reaction, id, interruptions },
      })),
      key.map((id) => ({ kind: "delete-reaction" as const, id })),
    );
    return fc.array(
      fc.record({ source: fc.constantFrom("a", "b"), changes: fc.array(change, { maxLength: 5 }), nextKey: key }),
      { maxLength: 12 },
    );
  })();
