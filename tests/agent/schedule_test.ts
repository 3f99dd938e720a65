import assert from "node:assert/strict";
import { keepRunning, type Schedule } from "../../src/agent/schedule.ts";
import { until } from "../cli/agent.ts";
import { always, exited, FakeSource, response } from "./fake_source.ts";

const SECOND = 1000;
const URL = "https://example.test/web.jwt";

/** Keeps a source going while the test makes time pass; ends it afterwards. */
async function scheduled(
  source: FakeSource,
  schedule: Schedule,
  body: (pass: (seconds: number) => Promise<void>) => Promise<void>,
  random = 0.5,
): Promise<void> {
  let isIdle = false;
  const clock = {
    now: () => source.clock.now(),
    monotonic: () => source.clock.monotonic(),
    sleep: async (duration: number, signal: AbortSignal) => {
      isIdle = true;
      await source.clock.sleep(duration, signal);
      isIdle = false;
    },
  };
  const means = { clock, random: () => random, stop: source.stop.signal };
  const ended = keepRunning(source.runner, schedule, means);
  const idle = () => until(() => isIdle, () => "the source is never idle");
  await idle();
  await body(async (seconds) => {
    for (let i = 0; i < seconds; i++) {
      await source.clock.advance(SECOND);
      await idle();
    }
  });
  source.stop.abort();
  await ended;
}

/** Answers with the token, and that it is still the same when it is asked for again. */
function serve(source: FakeSource, token: string): void {
  source.respond = ({ headers }) =>
    headers?.["if-none-match"] === undefined ? response(200, token, { etag: "1" }) : response(304, "");
}

Deno.test("schedule: without a frequency a new token is looked for every 5 s, and only a new one runs", async () => {
  const source = new FakeSource({ pullPaths: [URL] });
  serve(source, await source.token([always("a")]));
  await scheduled(source, { pulls: true, every: undefined }, async (pass) => {
    assert.deepEqual([source.requests.length, source.scripts], [1, ["change a"]]);
    await pass(4);
    assert.equal(source.requests.length, 1);
    await pass(1);
    assert.equal(source.requests.length, 2);
    await pass(20);
    assert.deepEqual([source.requests.length, source.scripts], [6, ["change a"]]);
  });
});

Deno.test("schedule: turns are spread by a tenth", async () => {
  for (const [random, before, after] of [[0, 4, 5], [1, 5, 6]] as const) {
    const source = new FakeSource({ pullPaths: [URL] });
    serve(source, await source.token([always("a")]));
    await scheduled(source, { pulls: true, every: undefined }, async (pass) => {
      await pass(before);
      assert.equal(source.requests.length, 1);
      await pass(after - before);
      assert.equal(source.requests.length, 2);
    }, random);
  }
});

Deno.test("schedule: with a frequency every turn pulls and runs", async () => {
  const source = new FakeSource({ pullPaths: [URL] });
  serve(source, await source.token([always("a")]));
  await scheduled(source, { pulls: true, every: 60 * SECOND }, async (pass) => {
    await pass(59);
    assert.deepEqual([source.requests.length, source.scripts.length], [1, 1]);
    await pass(1);
    assert.deepEqual([source.requests.length, source.scripts.length], [2, 2]);
    await pass(120);
    assert.deepEqual([source.requests.length, source.scripts.length], [4, 4]);
  });
});

Deno.test("schedule: a frequency of nought is only at the start", async () => {
  const source = new FakeSource({ pullPaths: [URL] });
  serve(source, await source.token([always("a")]));
  await scheduled(source, { pulls: true, every: 0 }, async (pass) => {
    await pass(300);
    assert.deepEqual([source.requests.length, source.scripts.length], [1, 1]);
  });
});

Deno.test("schedule: what failed, pushed too, is tried after 5 s, doubling to 5 min, until it succeeds", async () => {
  const source = new FakeSource();
  const begin = source.clock.now();
  const tries: number[] = [];
  let code = 1;
  source.script = () => {
    tries.push((source.clock.now() - begin) / SECOND);
    return exited(code);
  };
  await scheduled(source, { pulls: false, every: undefined }, async (pass) => {
    await source.push(await source.token([always("a")]));
    await pass(1300);
    assert.deepEqual(tries, [0, 5, 15, 35, 75, 155, 315, 615, 915, 1215]);
    code = 0;
    await pass(700);
    assert.deepEqual(tries.slice(10), [1515]);
    // The next failure begins anew.
    code = 1;
    await source.push(await source.token([always("b")]));
    await pass(16);
    assert.deepEqual(tries.slice(11).map((time) => time - tries[11]!), [0, 0, 5, 5, 15, 15]);
  });
});

Deno.test("schedule: a new token takes the place of the one that fails, and its delays", async () => {
  const source = new FakeSource();
  source.script = ({ argv }) => exited(argv.at(-1) === "change a" ? 1 : 0);
  await scheduled(source, { pulls: false, every: undefined }, async (pass) => {
    await source.push(await source.token([always("a")], 1));
    await pass(20);
    await source.push(await source.token([always("b")]));
    const count = source.scripts.length;
    await pass(600);
    assert.deepEqual(source.scripts.slice(count - 2), ["remove a", "change b"]);
  });
});

Deno.test("schedule: an agent that stops ends a source at once", async () => {
  const source = new FakeSource({ pullPaths: [URL] });
  await scheduled(source, { pulls: true, every: 3600 * SECOND }, () => Promise.resolve());
  assert.equal(source.clock.sleeping, 0);
});
