import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { CachedState } from "../../src/agent/cached_state.ts";
import { MemoryState } from "../../src/agent/memory_state.ts";
import type { RunRecord, SourceState } from "../../src/domain/state.ts";
import { states } from "../../src/host/deno/state/store.ts";
import { matches } from "./conformance_files.ts";
import { commits, entry, run, stateConformance } from "./conformance_state.ts";

async function folder() {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

async function opened() {
  const stack = new AsyncDisposableStack();
  const dir = `${stack.use(await folder()).path}/below/state`;
  const store = stack.use(await states.open(dir, { exclusive: true }));
  return { dir, store, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** A database as the program of version 1 has left it. */
async function writeVersion1(file: string, source: string, state: SourceState, last: RunRecord): Promise<void> {
  using database = new DatabaseSync(file);
  database.exec(await Deno.readTextFile(new URL("./state_version_1.sql", import.meta.url)));
  const insert = (table: string, ...values: (string | number | null)[]) =>
    database.prepare(`INSERT INTO ${table} VALUES (${values.map(() => "?").join(", ")})`).run(...values);
  insert("sources", source, state.nextKey, JSON.stringify(state.accepted));
  for (const [signer, issuedAt] of Object.entries(state.newest)) insert("newest", source, signer, issuedAt);
  state.entries.forEach(({ key, command, outcome, departed }, position) => {
    const left = departed === undefined ? null : JSON.stringify(departed);
    insert("entries", source, key, position, JSON.stringify(command), outcome ?? null, left);
  });
  for (const reaction of state.reactions) insert("reactions", source, reaction.id, JSON.stringify(reaction));
  insert("runs", 1, source, JSON.stringify(last));
}

function names(dir: string): readonly string[] {
  return [...Deno.readDirSync(dir)].map((one) => one.name).sort();
}

stateConformance("memory", () => Promise.resolve({ store: new MemoryState(), [Symbol.asyncDispose]: async () => {} }));
stateConformance("disk", opened);
stateConformance("cached", async () => {
  const disk = await opened();
  return { store: new CachedState(disk.store), [Symbol.asyncDispose]: () => disk[Symbol.asyncDispose]() };
});

Deno.test("both stores make the same of any commits, also after a reopening", async () => {
  await fc.assert(
    fc.asyncProperty(commits, async (list) => {
      await using here = await folder();
      const memory = new MemoryState();
      {
        await using disk = await states.open(here.path, { exclusive: true });
        await Promise.all(list.flatMap((commit) => [memory.commit(commit), disk.commit(commit)]));
      }
      await using disk = await states.open(here.path, { exclusive: true });
      await using reader = await states.open(here.path, { exclusive: false });
      for (const source of ["a", "b"]) {
        const expected = await memory.load(source);
        const byId = (a: { id: number }, b: { id: number }) => a.id - b.id;
        const wanted = { ...expected, reactions: expected.reactions.toSorted(byId) };
        assert.deepEqual(await disk.load(source), wanted);
        assert.deepEqual(await reader.load(source), wanted);
      }
    }),
    { numRuns: 15, seed: 11 },
  );
});

Deno.test("the folder is 0700, its files are 0600, whatever the umask", async () => {
  const before = Deno.umask(0);
  try {
    await using here = await opened();
    await here.store.commit({ source: "a", changes: [] });
    assert.equal(Deno.statSync(here.dir).mode! & 0o7777, 0o700);
    assert.deepEqual(names(here.dir), ["lock", "state.db", "state.db-shm", "state.db-wal"]);
    for (const name of names(here.dir)) assert.equal(Deno.statSync(`${here.dir}/${name}`).mode! & 0o7777, 0o600, name);
  } finally {
    Deno.umask(before);
  }
});

Deno.test("a second writer is refused until the first has closed", async () => {
  await using here = await opened();
  await assert.rejects(states.open(here.dir, { exclusive: true }), matches("busy", /below\/state is in use/));
  await here.store[Symbol.asyncDispose]();
  await assert.rejects(here.store.commit({ source: "a", changes: [] }), /closed/);
  await using _second = await states.open(here.dir, { exclusive: true });
});

Deno.test("a visitor has the lock if there is no agent, and is no obstacle to one that starts", async () => {
  await using here = await opened();
  await here.store[Symbol.asyncDispose]();
  const visit = await states.visit(here.dir);
  assert.equal(visit.agent, "absent");
  await visit.store.commit({ source: "a", changes: [], run: run("a", 1) });
  const agent = states.open(here.dir, { exclusive: true });
  await visit[Symbol.asyncDispose]();
  await using store = await agent;
  assert.equal((await store.history("a", 1)).length, 1);
});

Deno.test("a visitor beside an agent writes what it wants, and nothing else", async () => {
  await using here = await opened();
  await here.store.commit({ source: "a", changes: [] });
  await using visit = await states.visit(here.dir);
  assert.equal(visit.agent, "runs");
  await assert.rejects(visit.store.commit({ source: "a", changes: [] }), matches("denied", /reading only/));
  await Promise.all(Array.from({ length: 20 }, async (_, at) => {
    await here.store.commit({ source: "a", changes: [], run: run("a", at) });
    await visit.store.wish("a", { kind: "pause", pause: { since: at } });
  }));
  await visit.store.wish("a", { kind: "forget", keys: [1] });
  assert.equal((await here.store.history("a", 100)).length, 20);
  assert.deepEqual((await here.store.wishes("a")).pause, (await visit.store.wishes("a")).pause);
  assert.deepEqual((await here.store.wishes("a")).toForget.map(({ keys }) => keys), [[1]]);
  for (const name of names(here.dir)) assert.equal(Deno.statSync(`${here.dir}/${name}`).mode! & 0o7777, 0o600, name);
});

Deno.test("a visitor makes no state where there is none", async () => {
  await using here = await folder();
  await assert.rejects(states.visit(`${here.path}/state`), matches("not-found", /state\.db/));
  await assert.rejects(states.visit(here.path), matches("not-found", /state\.db/));
  assert.deepEqual(names(here.path), []);
});

Deno.test("a database of the first version is read as it is, and kept when it gets the form of this one", async () => {
  await using here = await opened();
  const file = `${here.dir}/state.db`;
  await here.store[Symbol.asyncDispose]();
  await Deno.remove(file);
  const expected: SourceState = {
    accepted: { tokenHash: "ab", keyId: "alice", at: 5 },
    entries: [entry(2, "old", { outcome: "changed", departed: { tries: 3, started: false } }), entry(1, "new")],
    reactions: [{ id: 9, action: { do: "change", key: 1 }, causeKey: 2, causeId: "id 2", interruptions: 1 }],
    newest: { thumb: 1_700_000_000 },
    nextKey: 10,
  };
  await writeVersion1(file, "web", expected, run("web", 3));
  await using reader = await states.open(here.dir, { exclusive: false });
  assert.deepEqual(await reader.load("web"), expected);
  assert.equal((await reader.wishes("web")).pause, undefined);
  await assert.rejects(
    reader.wish("web", { kind: "resume" }),
    matches("other", /in use by an agent of an older version/),
  );
  await using store = await states.open(here.dir, { exclusive: true });
  assert.deepEqual(await store.load("web"), expected);
  assert.deepEqual(await store.history("web", 10), [run("web", 3)]);
  await store.wish("web", { kind: "pause", pause: { since: 1 } });
  assert.deepEqual((await reader.wishes("web")).pause, { since: 1 });
  assert.deepEqual(await reader.load("web"), expected);
});

Deno.test("a reader sees what is written while it is open, creates nothing and writes nothing", async () => {
  await using here = await folder();
  const dir = `${here.path}/state`;
  await using reader = await states.open(dir, { exclusive: false });
  assert.deepEqual(await reader.load("a"), { entries: [], reactions: [], newest: {}, nextKey: 1 });
  assert.deepEqual(names(here.path), []);
  {
    await using writer = await states.open(dir, { exclusive: true });
    assert.deepEqual(await reader.sources(), []);
    for (let at = 1; at <= 5; at++) {
      await writer.commit({ source: "a", changes: [], run: run("a", at) });
      assert.deepEqual((await reader.history("a", 1))[0]?.startedAt, at);
    }
  }
  assert.deepEqual(names(dir), ["lock", "state.db"]);
  assert.equal((await reader.history("a", 10)).length, 5);
  assert.deepEqual(names(dir), ["lock", "state.db"]);
  await assert.rejects(reader.commit({ source: "a", changes: [] }), matches("denied", /reading only/));
});

Deno.test("waiting commits share a transaction; a bad one harms no other", async () => {
  await using here = await opened();
  const results = await Promise.allSettled(
    Array.from({ length: 500 }, (_, at) =>
      here.store.commit({
        source: "a",
        // A key that the table does not take: SQLite refuses text where a number must be.
        changes: [{ kind: "put-entry", entry: entry(at === 250 ? ("x" as unknown as number) : at), position: at }],
      })),
  );
  const bad = results.flatMap((result, at) => result.status === "rejected" ? [[at, String(result.reason)]] : []);
  assert.equal(bad.length, 1);
  assert.equal(bad[0]![0], 250);
  assert.match(String(bad[0]![1]), /state\.db: .*datatype|cannot store TEXT/i);
  assert.equal((await here.store.load("a")).entries.length, 499);
});

Deno.test("history is pruned in batches; a settled run writes one row", async () => {
  await using here = await opened();
  const add = (from: number, to: number) =>
    Promise.all(
      Array.from({ length: to - from }, (_, at) =>
        here.store.commit({ source: "a", changes: [], run: run("a", from + at) })),
    );
  await here.store.commit({ source: "b", changes: [], run: run("b", 1) });
  await add(0, 1099);
  assert.equal((await here.store.history("a", 5000)).length, 1099);
  await add(1099, 1100);
  const kept = await here.store.history("a", 5000);
  assert.deepEqual([kept.length, kept[0]?.startedAt, kept.at(-1)?.startedAt], [1000, 1099, 100]);
  assert.equal((await here.store.history("b", 10)).length, 1);
});

Deno.test("a damaged, a foreign and a newer database are refused and left as they are", async () => {
  await using here = await opened();
  const file = `${here.dir}/state.db`;
  await here.store.commit({
    source: "a",
    changes: Array.from({ length: 200 }, (_, at) => ({ kind: "put-entry", entry: entry(at), position: at })),
  });
  await here.store[Symbol.asyncDispose]();
  const whole = await Deno.readFile(file);
  const refused = async (content: Uint8Array, message: RegExp) => {
    await Deno.writeFile(file, content);
    await assert.rejects(states.open(here.dir, { exclusive: true }), matches("other", message));
    assert.deepEqual(await Deno.readFile(file), content);
  };
  await refused(new Uint8Array(9000).fill(120), /state\.db is damaged.*move it away/);
  await refused(whole.slice().fill(7, 3 * 4096, whole.length), /state\.db is damaged/);
  const edit = async (sql: string) => {
    await Deno.writeFile(file, whole);
    using database = new DatabaseSync(file);
    database.exec(`PRAGMA journal_mode = DELETE; ${sql}`);
    database.close();
    return await Deno.readFile(file);
  };
  const newer = await edit("PRAGMA user_version = 99");
  await Deno.writeFile(file, newer);
  await assert.rejects(states.open(here.dir, { exclusive: true }), matches("other", /newer etcha \(format 99/));
  const reader = await states.open(here.dir, { exclusive: false });
  await assert.rejects(reader.load("a"), matches("other", /newer etcha/));
  await Deno.writeFile(file, await edit("PRAGMA user_version = 0"));
  await assert.rejects(reader.load("a"), matches("other", /no state database of etcha/));
  await Deno.writeFile(file, whole);
  await using again = await states.open(here.dir, { exclusive: true });
  assert.equal((await again.load("a")).entries.length, 200);
});

Deno.test("a database that was moved away takes nothing until it is back; one in its place is left alone", async () => {
  await using here = await opened();
  const away = `${here.dir}.away`;
  const commit = (at: number) => here.store.commit({ source: "a", changes: [], run: run("a", at) });
  await commit(1);
  await Deno.rename(here.dir, away);
  await assert.rejects(commit(2), matches("not-found", /state\.db is not there any more, or is another file/));
  {
    await using _another = await states.open(here.dir, { exclusive: true });
    await assert.rejects(commit(3), matches("not-found", /is another file than when it was opened/));
  }
  await Deno.remove(here.dir, { recursive: true });
  await Deno.rename(away, here.dir);
  await commit(4);
  assert.deepEqual((await here.store.history("a", 10)).map(({ startedAt }) => startedAt), [4, 1]);
});

Deno.test("a place that can't be written is told by its kind", async () => {
  await assert.rejects(states.open("/proc/etcha", { exclusive: true }), matches("not-found", /make the folder/));
  await assert.rejects(states.open("/sys/kernel/etcha", { exclusive: true }), matches("denied", /make the folder/));
  await assert.rejects(states.open("/etc/passwd", { exclusive: true }), matches("exists", /passwd/));
});

Deno.test("what a killed process left half written is gone after the next opening, everything else stays", async () => {
  await using here = await folder();
  const torso = `.etcha-${crypto.randomUUID()}.tmp`;
  for (const name of [torso, "web.jwt", ".etcha-mine", "mine.tmp"]) {
    await Deno.writeTextFile(`${here.path}/${name}`, "");
  }
  await using _store = await states.open(here.path, { exclusive: true });
  const left = names(here.path).filter((name) => !name.startsWith("state.db"));
  assert.deepEqual(left, [".etcha-mine", "lock", "mine.tmp", "web.jwt"]);
});
