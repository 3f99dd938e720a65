/** A reload while runs go on or wait: no token is lost, and none runs that may not. */
import assert from "node:assert/strict";
import { always, exited, FakeSource } from "./fake_source.ts";

const PATH = "/state/web.jwt";

/** A run that goes on until the gate opens, so that what comes meanwhile waits. */
async function busy(source: FakeSource): Promise<{ readonly open: () => void; readonly running: Promise<unknown> }> {
  const gate = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  source.script = async () => {
    begun.resolve();
    await gate.promise;
    return exited(0);
  };
  const running = source.runner.run("pull");
  await begun.promise;
  return { open: gate.resolve, running };
}

/** Everything that follows without waiting for anything else. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

Deno.test("source: what waits for its turn while a reload leaves no pattern does not run, and fails nothing else", async () => {
  const source = new FakeSource();
  await source.push(await source.token([always("a")]));
  const { open, running } = await busy(source);
  const waiting = source.runner.run("pull");
  const received = source.runner.receive({}, () => Promise.resolve(true));
  await turn();
  await source.files.writeAtomic(PATH, "nonsense", { mode: 0o600 });
  await source.runner.load();
  open();
  await running;
  assert.equal(await waiting, false);
  assert.deepEqual(await received, {
    kind: "not-run",
    why: "run the pattern of web: it has no pattern yet",
  });
  assert.equal(source.scripts.length, 2);
});

Deno.test("source: what waits when its source is configured no more is told so, and it runs again when it is back", async () => {
  const source = new FakeSource();
  const token = await source.token([always("a")]);
  await source.push(token);
  const { open, running } = await busy(source);
  const received = source.runner.receive({}, () => Promise.resolve(true));
  await turn();
  source.runner.retire();
  assert.deepEqual(await received, { kind: "not-run", why: "it is no longer configured" });
  assert.deepEqual(await source.push(token), { ran: false, why: "gone" });
  open();
  await running;
  source.reconfigure();
  await source.runner.load();
  assert.deepEqual(await source.runner.receive({}, () => Promise.resolve(true)), { kind: "ran", exits: false });
});

Deno.test("source: a token that waits while its key is taken away is refused", async () => {
  const source = new FakeSource();
  await source.push(await source.token([always("a")], 10));
  const { open, running } = await busy(source);
  const pushed = source.push(await source.token([always("b")]));
  // It has asked the record first.
  await turn();
  source.reconfigure({ trust: { keys: [] } });
  open();
  await running;
  const answer = await pushed;
  assert.ok(answer.ran && answer.value.kind === "refused");
  assert.deepEqual(source.scripts, ["change a", "change a"]);
});

Deno.test("source: what a push takes up while a reload reads the stored token is not lost", async () => {
  const source = new FakeSource();
  await source.push(await source.token([always("a")], 10));
  const read = source.files.readText.bind(source.files);
  const fresh = await source.token([always("b")]);
  source.files.readText = async (path, limit) => {
    source.files.readText = read;
    const text = await read(path, limit);
    await source.push(fresh);
    return text;
  };
  await source.runner.load();
  await source.runner.run("init");
  assert.equal(await source.files.readText(PATH), fresh);
  assert.equal(source.scripts.at(-1), "change b");
});

Deno.test("source: the end that a receiver asks for is left to who delivers the event", async () => {
  const source = new FakeSource();
  await source.push(await source.token([always("a", { onChange: ["etcha:exit"] })]));
  assert.deepEqual(source.exits.splice(0), ["a command of web asked for it"]);
  assert.deepEqual(await source.runner.receive({}, () => Promise.resolve(true)), { kind: "ran", exits: true });
  assert.deepEqual(source.exits, []);
});

Deno.test("source: an event that comes while a reload takes up what is wanted waits for that", async () => {
  const source = new FakeSource();
  await source.push(await source.token([always("a")]));
  source.runner.retire();
  source.reconfigure();
  const loaded = source.runner.load();
  assert.equal((await source.runner.receive({}, () => Promise.resolve(true))).kind, "ran");
  assert.equal(await loaded, true);
});
