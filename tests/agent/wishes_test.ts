/** What people write beside a running agent: pauses, and what is to be forgotten. */
import assert from "node:assert/strict";
import { keepRunning } from "../../src/agent/schedule.ts";
import { until } from "../cli/agent.ts";
import { always, exited, FakeSource } from "./fake_source.ts";

const SECOND = 1000;
const HOUR = 3600 * SECOND;

/** Keeps a source going as the agent does, with a pattern that was pushed. */
async function kept(settings: object, every: number | undefined) {
  const source = new FakeSource(settings);
  await source.push(await source.token([always("a")]));
  const schedule = { pulls: source.context.source.pullPaths.length > 0, every };
  const ended = keepRunning(source.runner, schedule, {
    clock: source.clock,
    random: () => 0.5,
    stop: source.stop.signal,
  });
  const idle = () => until(() => source.clock.sleeping > 0, () => "the source is never idle");
  await idle();
  return {
    source,
    store: source.context.store,
    ran: () => source.scripts.length,
    said: () => source.log.entries.map(({ message }) => message).filter((message) => /pause/i.test(message)),
    pass: async (seconds: number) => {
      for (let i = 0; i < seconds; i++) {
        await source.clock.advance(SECOND);
        await idle();
      }
    },
    async [Symbol.asyncDispose]() {
      source.stop.abort();
      await ended;
    },
  };
}

Deno.test("pause: no interval runs until it is resumed; what was due comes then, and each is said once", async () => {
  await using agent = await kept({}, 20 * SECOND);
  const { source, store, pass } = agent;
  await store.wish("web", { kind: "pause", pause: { since: source.clock.now() } });
  await pass(65);
  assert.deepEqual([agent.ran(), agent.said()], [1, [
    "Paused until it is resumed: no interval runs, no retries, no pulls",
  ]]);
  await store.wish("web", { kind: "resume" });
  await pass(5);
  assert.deepEqual([agent.ran(), agent.said().at(-1)], [2, "The pause is over"]);
  await pass(19);
  assert.equal(agent.ran(), 2);
  await pass(5);
  assert.deepEqual([agent.ran(), agent.said().length], [3, 2]);
});

Deno.test("pause: one whose time is over is none", async () => {
  await using agent = await kept({}, 20 * SECOND);
  const { source, store, pass } = agent;
  const since = source.clock.now();
  await store.wish("web", { kind: "pause", pause: { since, until: since + 30 * SECOND } });
  await pass(29);
  assert.equal(agent.ran(), 1);
  await pass(7);
  assert.deepEqual([agent.ran(), agent.said()], [2, [
    `Paused until ${new Date(since + 30 * SECOND).toISOString()}: no interval runs, no retries, no pulls`,
    "The pause is over",
  ]]);
});

Deno.test("pause: no retries and no pulls; a push runs all the same", async () => {
  await using agent = await kept({ pullPaths: ["/pull.jwt"] }, undefined);
  const { source, store, pass } = agent;
  await store.wish("web", { kind: "pause", pause: { since: source.clock.now(), until: source.clock.now() + HOUR } });
  await source.files.writeAtomic("/pull.jwt", await source.token([always("pulled")]));
  source.script = () => exited(1);
  const failed = await source.push(await source.token([always("b")]));
  assert.ok(failed.ran && failed.value.kind === "done" && failed.value.report.failures.length > 0);
  const { retryAt } = (await store.history("web", 1))[0]!;
  assert.equal(retryAt, source.clock.now() + 5 * SECOND);
  const before = agent.ran();
  await pass(60);
  assert.equal(agent.ran(), before);
  source.script = () => exited(0);
  await store.wish("web", { kind: "resume" });
  await pass(6);
  assert.ok(source.scripts.includes("change pulled"), String(source.scripts));
});

Deno.test("pause: an agent that starts takes the pattern up and runs it when the pause is over", async () => {
  const first = new FakeSource();
  const token = await first.token([always("a")]);
  const { store } = first.context;
  await store.wish("web", { kind: "pause", pause: { since: first.clock.now() } });
  const next = new FakeSource({}, store);
  await next.files.writeAtomic("/state/web.jwt", token);
  assert.equal(await next.restore(), true);
  assert.deepEqual(next.scripts, []);
  await store.wish("web", { kind: "resume" });
  assert.equal(await next.runner.isPaused(), false);
  assert.ok(next.runner.retryAt! <= next.clock.monotonic());
  await next.runner.retry();
  assert.deepEqual([next.scripts, next.runner.retryAt], [["change a"], undefined]);
});

Deno.test("forget: a running agent does it when the next run begins, and says what", async () => {
  const source = new FakeSource();
  const { store } = source.context;
  await source.push(await source.token([always("stuck"), always("b")], 2));
  source.script = ({ argv }) => exited(argv.at(-1) === "remove stuck" ? 1 : 0);
  const second = await source.token([always("b")], 1);
  await source.push(second);
  const stuck = (await store.load("web")).entries.find(({ departed }) => departed !== undefined)!;
  await store.wish("web", { kind: "forget", keys: [stuck.key] });
  await source.runner.retry();
  assert.deepEqual(source.scripts.filter((script) => script === "remove stuck").length, 1);
  const state = await store.load("web");
  assert.deepEqual(state.entries.map(({ command }) => command.id), ["b"]);
  assert.deepEqual((await store.wishes("web")).toForget, []);
  assert.equal(source.runner.retryAt, undefined);
  const said = source.log.entries.map(({ message }) => message);
  assert.ok(said.includes("Forgetting stuck, as etcha forget has asked: nothing of it is undone"), said.join("\n"));
});
