import assert from "node:assert/strict";
import { SourceQueue } from "../../src/agent/queue.ts";

/** A queue whose jobs end when the test says so. */
function harness() {
  const queue = new SourceQueue<string>();
  const begun: string[] = [];
  const ends = new Map<string, (value: string) => void>();
  const submit = (kind: "token" | "single" | "interval", name: string) =>
    queue.submit(kind, () => {
      begun.push(name);
      return new Promise<string>((resolve) => ends.set(name, resolve));
    });
  const end = async (name: string) => {
    ends.get(name)!(name);
    // Everything that follows from it without waiting for anything else.
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  return { queue, begun, submit, end };
}

const ran = (value: string) => ({ ran: true, value });
const notRun = (why: string) => ({ ran: false, why });

Deno.test("queue: one job at a time, tokens before singles before intervals", async () => {
  const { begun, submit, end } = harness();
  const jobs = [
    submit("interval", "first"),
    submit("interval", "interval"),
    submit("single", "command 1"),
    submit("single", "command 2"),
    submit("token", "token"),
  ];
  for (const name of ["first", "token", "command 1", "command 2", "interval"]) {
    assert.equal(begun.at(-1), name);
    await end(name);
  }
  assert.deepEqual((await Promise.all(jobs)).map((job) => job.ran && job.value), [
    "first",
    "interval",
    "command 1",
    "command 2",
    "token",
  ]);
});

Deno.test("queue: of tokens, and of intervals, only the newest waits; the others are told", async () => {
  const { begun, submit, end } = harness();
  const first = submit("token", "a");
  const second = submit("token", "b");
  const third = submit("token", "c");
  assert.deepEqual(await second, notRun("superseded"));
  const interval = submit("interval", "d");
  const later = submit("interval", "e");
  assert.deepEqual(await interval, notRun("superseded"));
  for (const name of ["a", "c", "e"]) await end(name);
  assert.deepEqual([await first, await third, await later], [ran("a"), ran("c"), ran("e")]);
  assert.deepEqual(begun, ["a", "c", "e"]);
});

Deno.test("queue: a hundred of those that stand for themselves may wait, no more", async () => {
  const { submit, end, queue } = harness();
  const first = submit("token", "a");
  const waiting = Array.from({ length: 100 }, (_, i) => submit("single", String(i)));
  assert.deepEqual(await submit("single", "one too many"), notRun("full"));
  queue.close("stopping");
  assert.deepEqual(await Promise.all(waiting), waiting.map(() => notRun("stopping")));
  await end("a");
  assert.deepEqual(await first, ran("a"));
});

Deno.test("queue: once closed what runs may end, nothing begins", async () => {
  const { begun, queue, submit, end } = harness();
  const running = submit("token", "a");
  const waiting = submit("interval", "b");
  queue.close("stopping");
  assert.deepEqual(await waiting, notRun("stopping"));
  assert.deepEqual(await submit("token", "c"), notRun("stopping"));
  await end("a");
  assert.deepEqual(await running, ran("a"));
  assert.deepEqual(begun, ["a"]);
});

Deno.test("queue: a job that throws rejects, and the next one runs", async () => {
  const queue = new SourceQueue<string>();
  const broken = queue.submit("token", () => Promise.reject(new Error("a bug")));
  const next = queue.submit("interval", () => Promise.resolve("fine"));
  await assert.rejects(broken, /a bug/);
  assert.deepEqual(await next, ran("fine"));
});
