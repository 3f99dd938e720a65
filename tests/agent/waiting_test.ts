/** What waits is not lost, and what was stored is taken up: the ways in which a source could forget a token. */
import assert from "node:assert/strict";
import { MemoryState } from "../../src/agent/memory_state.ts";
import { HostError, type StateCommit } from "../../src/host/host.ts";
import { parseRegexp } from "../../src/domain/regexp.ts";
import { always, exited, FakeSource, response } from "./fake_source.ts";

const PATH = "/state/web.jwt";

/** A source in the middle of a run, until `open` is called. */
async function busy(settings: object = {}) {
  const source = new FakeSource(settings);
  const gate = Promise.withResolvers<void>();
  source.script = async () => {
    await gate.promise;
    return exited(0);
  };
  const running = source.push(await source.token([always("running")], 100));
  while (source.scripts.length === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  return { source, running, open: gate.resolve };
}

Deno.test("waiting: a check, an older token and a filtered run displace no token that waits", async () => {
  const { source, running, open } = await busy();
  const filter = parseRegexp("> b");
  assert.ok(filter.ok);
  const wanted = source.push(await source.token([always("b")], 10));
  const check = source.push(await source.token([always("c")], 5), "check");
  const older = source.push(await source.token([always("d")], 50));
  const filtered = source.runner.push({
    token: await source.verified(await source.token([always("b"), always("e")], 1)),
    mode: "change",
    address: "",
    filter: filter.regexp,
  });
  // All of them have asked the record first.
  await new Promise((resolve) => setTimeout(resolve, 0));
  open();
  assert.equal((await running).ran, true);
  assert.equal((await wanted).ran, true);
  assert.equal((await check).ran, true);
  assert.deepEqual(await older, { ran: false, why: "superseded" });
  assert.equal((await filtered).ran, true);
  assert.deepEqual(source.scripts, ["change running", "remove running", "change b", "change b"]);
});

Deno.test("waiting: a pulled token that did not get its turn is asked for again", async () => {
  const { source, running, open } = await busy({ pullPaths: ["https://example.test/web.jwt"] });
  const token = await source.token([always("pulled")], 50);
  source.respond = () => response(200, token, { etag: '"1"' });
  const pulled = source.runner.pull(source.stop.signal);
  await new Promise((resolve) => setTimeout(resolve, 0));
  const pushed = source.push(await source.token([always("pushed")], 10));
  await new Promise((resolve) => setTimeout(resolve, 0));
  open();
  await Promise.all([running, pulled, pushed]);
  await source.runner.pull(source.stop.signal);
  assert.deepEqual(source.requests.map(({ headers }) => headers?.["if-none-match"]), [undefined, undefined]);
});

Deno.test("waiting: after a restart a server is asked for what is new only", async () => {
  const settings = { pullPaths: ["https://example.test/web.jwt"] };
  const before = new FakeSource(settings);
  const token = await before.token([always("a")]);
  await before.push(token);
  const source = new FakeSource(settings, before.context.store);
  await source.files.writeAtomic(PATH, token);
  await source.restore();
  source.respond = () => response(200, token, { etag: '"1"' });
  for (let i = 0; i < 2; i++) assert.equal(await source.runner.pull(source.stop.signal), true);
  assert.deepEqual(source.requests.map(({ headers }) => headers?.["if-none-match"]), [undefined, '"1"']);
});

Deno.test("waiting: an older pulled token is complained of once, however old it gets", async () => {
  const source = new FakeSource({ pullPaths: ["/pull.jwt"] });
  await source.push(await source.token([always("a")]));
  await source.files.writeAtomic("/pull.jwt", await source.token([always("b")], 100));
  for (let i = 0; i < 3; i++) {
    assert.equal(await source.runner.pull(source.stop.signal), false);
    await source.clock.advance(5_000);
  }
  assert.equal(source.log.entries.filter(({ level }) => level === "error").length, 1);
});

Deno.test("stored: the file wins over the record, and moves no mark back", async () => {
  const store = new MemoryState();
  const before = new FakeSource({}, store);
  const older = await before.token([always("old")], 60);
  await before.push(await before.token([always("new")]));
  const source = new FakeSource({}, store);
  await source.files.writeAtomic(PATH, older);
  assert.equal(await source.restore(), true);
  assert.deepEqual(source.scripts, ["remove new", "change old"]);
  assert.equal(Object.values((await store.load("web")).newest)[0], Math.floor(before.clock.now() / 1000));
});

Deno.test("stored: a token that is not valid yet is taken up as soon as it is", async () => {
  const source = new FakeSource();
  const soon = Math.floor(source.clock.now() / 1000) + 120;
  await source.files.writeAtomic(PATH, await source.token([always("a")], 0, { notBefore: soon }));
  assert.equal(await source.restore(), false);
  assert.notEqual(source.runner.retryAt, undefined);
  await source.clock.advance(60_000);
  await source.runner.retry();
  assert.deepEqual(source.scripts, []);
  await source.clock.advance(60_000);
  await source.runner.retry();
  assert.deepEqual(source.scripts, ["change a"]);
  assert.equal(source.runner.retryAt, undefined);
  assert.equal(source.log.entries.filter(({ level }) => level === "error").length, 1);
});

Deno.test("stored: a token whose file is in place is the wanted one, also when the record is full for a while", async () => {
  const store = new MemoryState();
  const source = new FakeSource({}, store);
  const commit = store.commit.bind(store);
  store.commit = (change: StateCommit) =>
    change.accepted === undefined ? commit(change) : Promise.reject(new HostError("full", "no space left"));
  const answer = await source.push(await source.token([always("a")]));
  assert.ok(answer.ran && answer.value.kind === "failed");
  assert.deepEqual(source.scripts, []);
  store.commit = commit;
  assert.notEqual(source.runner.retryAt, undefined);
  await source.runner.retry();
  assert.deepEqual(source.scripts, ["change a"]);
});

Deno.test("stored: a source that only checks keeps neither a token nor its renewal", async () => {
  const source = new FakeSource({ checkOnly: true, pullPaths: ["/pull.jwt"] });
  for (const age of [10, 5, 0]) {
    await source.files.writeAtomic("/pull.jwt", await source.token([always("a")], age));
    assert.equal(await source.runner.pull(source.stop.signal), true);
  }
  assert.equal(await source.files.stat(PATH), undefined);
  assert.deepEqual((await source.context.store.load("web")).entries, []);
  assert.deepEqual(source.scripts, []);
  assert.deepEqual(source.log.entries.map(({ message }) => message), ["Would change a: always"]);
});

Deno.test("failed: what nobody expected fails the run, is tried again, and never ends the source", async () => {
  const source = new FakeSource();
  source.script = () => {
    throw new TypeError("a bug");
  };
  const answer = await source.push(await source.token([always("a")]));
  assert.ok(answer.ran && answer.value.kind === "failed");
  assert.equal(answer.value.problems[0]?.code, "internal-error");
  source.script = () => exited(0);
  assert.notEqual(source.runner.retryAt, undefined);
  await source.runner.retry();
  assert.equal(source.runner.retryAt, undefined);
});

Deno.test("failed: a filtered run is tried again as it was", async () => {
  const source = new FakeSource();
  const filter = parseRegexp("> b");
  assert.ok(filter.ok);
  source.script = () => exited(1);
  const token = await source.verified(await source.token([always("a"), always("b")]));
  await source.runner.push({ token, mode: "change", address: "", filter: filter.regexp });
  source.script = () => exited(0);
  await source.runner.retry();
  assert.deepEqual(source.scripts, ["change b", "change b"]);
  assert.equal(source.runner.retryAt, undefined);
});
