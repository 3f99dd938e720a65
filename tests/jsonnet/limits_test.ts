import assert from "node:assert/strict";
import { ok } from "../../src/domain/problem.ts";
import { clock } from "../../src/host/deno/clock.ts";
import { type Clock, HostError } from "../../src/host/host.ts";
import { Evaluator } from "../../src/jsonnet/evaluator.ts";
import { CountingWorkers, evaluate, newEvaluator, problemOf, request, scriptedNatives, valueOf } from "./evaluate.ts";

/** Code that ends badly, and the codes of the problems that may come of it. */
const HOSTILE: readonly { name: string; code: string; problem: RegExp; timeout?: number }[] = [
  { name: "endless recursion", code: "local f(n) = 1 + f(n + 1); f(0)", problem: /^jsonnet-stack$/ },
  { name: "an object that contains itself", code: "local a = { a: a }; a", problem: /^jsonnet-stack$/ },
  {
    name: "an endless loop",
    code: "local loop(n) = if n < 0 then n else loop(n + 1) tailstrict; loop(0)",
    problem: /^jsonnet-timeout$/,
    timeout: 200,
  },
  { name: "a huge list", code: "std.length(std.range(0, 1e8))", problem: /^jsonnet-memory$/ },
  {
    name: "a doubling text",
    code: "std.foldl(function(s, _) s + s, std.range(1, 60), 'xy')",
    problem: /^jsonnet-memory$/,
  },
  { name: "nested brackets", code: `${"[".repeat(200_000)}1${"]".repeat(200_000)}`, problem: /^jsonnet-stack$/ },
  {
    name: "a deep result",
    code: "std.foldl(function(a, _) [a], std.range(1, 200000), 1)",
    problem: /^jsonnet-(stack|memory|crash)$/,
  },
  { name: "a panic of the interpreter", code: "[1,\n std.removeAt([1, 2, 3], 7)]", problem: /^jsonnet-crash$/ },
  { name: "a wide format", code: "'%1e9d' % 1 + '%999999999d' % 1", problem: /^jsonnet-runtime$/ },
];

for (const { name, code, problem, timeout } of HOSTILE) {
  Deno.test(`${name} is a problem of its own evaluation alone`, async () => {
    using evaluator = newEvaluator();
    const result = await evaluate(evaluator, request(code, timeout === undefined ? {} : { limits: { timeout } }));
    assert.match(problemOf(result).code, problem);
    assert.match(problemOf(result).where!, /^\/srv\/main\.jsonnet/);
    assert.deepEqual(await valueOf(evaluator, "[x * x for x in std.range(1, 3)]"), [1, 4, 9]);
  });
}

Deno.test("20,000 calls may be open at once; the limit can be set lower", async () => {
  using evaluator = newEvaluator();
  const code = (depth: number) => `local f(n) = if n == 0 then 0 else 1 + f(n - 1); f(${depth})`;
  assert.equal(await valueOf(evaluator, code(19_990)), 19_990);
  const limited = await evaluate(evaluator, request(code(1000), { limits: { calls: 900 } }));
  assert.equal(problemOf(limited).code, "jsonnet-stack");
});

Deno.test("a timeout tells where the evaluation was", async () => {
  using evaluator = newEvaluator();
  const code = "local loop(n) =\n  if n < 0 then n else loop(n + 1) tailstrict;\nloop(0)";
  const problem = problemOf(await evaluate(evaluator, request(code, { limits: { timeout: 100 } })));
  assert.equal(problem.code, "jsonnet-timeout");
  assert.match(problem.where!, /main\.jsonnet:2:\d+$/);
  assert.match(problem.detail!, /^ {2}if n < 0/);
});

Deno.test("a panic is told without its stack, at the place where the evaluation was", async () => {
  using evaluator = newEvaluator();
  const problem = problemOf(await evaluate(evaluator, request("[1,\n std.removeAt([1, 2, 3], 7)]")));
  assert.equal(problem.where, "/srv/main.jsonnet:2:26");
  assert.match(problem.found, /^the interpreter crashed: .*out of range.*$/);
});

Deno.test("one builtin that takes too long is ended with its thread", async () => {
  const workers = new CountingWorkers();
  using evaluator = newEvaluator(workers);
  await valueOf(evaluator, "1");
  const code = `local double(text, times) = std.foldl(function(s, _) s + s, std.range(1, times), text);
    std.length(std.lstripChars(double('a', 17), double('b', 20) + 'a'))`;
  const problem = problemOf(await evaluate(evaluator, request(code, { limits: { timeout: 300 } })));
  assert.equal(problem.code, "jsonnet-timeout");
  assert.equal(await valueOf(evaluator, "1 + 1"), 2);
  assert.equal(workers.started, 2);
});

Deno.test("a native that never answers: the time limit ends it and aborts its signal", async () => {
  using evaluator = newEvaluator();
  const aborted = Promise.withResolvers<void>();
  const natives = scriptedNatives({
    never: (_, signal) => {
      signal.addEventListener("abort", () => aborted.resolve());
      return new Promise(() => {});
    },
  });
  const code = "{ a: std.native('never')(1) }";
  const problem = problemOf(await evaluate(evaluator, request(code, { natives, limits: { timeout: 100 } })));
  assert.equal(problem.code, "jsonnet-timeout");
  assert.match(problem.found, /waited for never/);
  await aborted.promise;
  assert.equal(await valueOf(evaluator, "2"), 2);
});

Deno.test("abort while it computes, while it waits for a native, and while it waits for its turn", async () => {
  using evaluator = newEvaluator();
  const asked = Promise.withResolvers<void>();
  const looping = Promise.withResolvers<void>();
  const natives = scriptedNatives({
    never: () => {
      asked.resolve();
      return new Promise(() => {});
    },
    started: () => {
      looping.resolve();
      return ok(0);
    },
  });
  const reason = new Error("enough");
  const waiting = new AbortController();
  const running = new AbortController();
  const first = evaluator.evaluate(request("std.native('never')(1)", { natives }), running.signal);
  const second = evaluator.evaluate(request("1"), waiting.signal);
  const third = valueOf(evaluator, "3");
  await asked.promise;
  waiting.abort(reason);
  await assert.rejects(second, (error) => error === reason);
  running.abort(reason);
  await assert.rejects(first, (error) => error === reason);
  assert.equal(await third, 3);

  const busy = new AbortController();
  const loop = "local loop(n) = if n < 0 then n else loop(n + 1) tailstrict; loop(std.native('started')(1))";
  const computing = evaluator.evaluate(request(loop, { natives }), busy.signal);
  await looping.promise;
  busy.abort(reason);
  await assert.rejects(computing, (error) => error === reason);
  await assert.rejects(evaluator.evaluate(request("1"), AbortSignal.abort(reason)), (error) => error === reason);
  assert.equal(await valueOf(evaluator, "4"), 4);
});

Deno.test("the thread is started when it is needed, kept, and given back when idle", async () => {
  const workers = new CountingWorkers();
  const idle: (() => void)[] = [];
  const controlled: Clock = {
    ...clock,
    sleep: (duration, signal) =>
      duration !== 30_000 ? clock.sleep(duration, signal) : new Promise((resolve) => {
        idle.push(resolve);
        signal.addEventListener("abort", () => resolve());
      }),
  };
  using evaluator = new Evaluator(workers, controlled);
  assert.equal(workers.started, 0);
  await valueOf(evaluator, "1");
  await valueOf(evaluator, "2");
  assert.equal(workers.started, 1);
  // The first timer was called off by the second evaluation: its end must change nothing.
  idle[0]!();
  await valueOf(evaluator, "3");
  assert.equal(workers.started, 1);
  idle.at(-1)!();
  await Promise.resolve();
  await valueOf(evaluator, "4");
  assert.equal(workers.started, 2);
});

Deno.test("of several threads each is started only when the others are busy; who computes long holds up nobody", async () => {
  const workers = new CountingWorkers();
  using evaluator = new Evaluator(workers, clock, 3);
  await valueOf(evaluator, "1");
  await valueOf(evaluator, "2");
  assert.equal(workers.started, 1);
  const begun = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const natives = scriptedNatives({
    started: (number) => {
      begun[Number(number)]!.resolve();
      return ok(0);
    },
  });
  const busy = new AbortController();
  const long = begun.map(({ promise }, i) => {
    const loop = `local loop(n) = if n < 0 then n else loop(n + 1) tailstrict; loop(std.native('started')(${i}))`;
    return { promise, ended: evaluator.evaluate(request(loop, { natives }), busy.signal) };
  });
  await Promise.all(long.map(({ promise }) => promise));
  assert.equal(workers.started, 2);
  assert.deepEqual(await Promise.all([3, 4, 5].map((n) => valueOf(evaluator, String(n)))), [3, 4, 5]);
  assert.equal(workers.started, 3);
  busy.abort(new Error("enough"));
  for (const { ended } of long) await assert.rejects(ended, /enough/);
  assert.equal(await valueOf(evaluator, "6"), 6);
  assert.equal(workers.started, 3);
});

Deno.test("a module that is not there is a problem, and no evaluation waits for it forever", async () => {
  const missing = { startJsonnet: () => Promise.reject(new HostError("not-found", "run the setup")) };
  using evaluator = newEvaluator(missing);
  const problem = problemOf(await evaluate(evaluator, request("1")));
  assert.equal(problem.code, "jsonnet-unavailable");
  assert.match(problem.found, /run the setup/);
});

Deno.test("a worker that dies without a word is replaced", async () => {
  const workers = new CountingWorkers();
  let last: Worker | undefined;
  using evaluator = newEvaluator({
    startJsonnet: async () => last = await workers.startJsonnet(),
  });
  const natives = scriptedNatives({
    die: () => {
      last!.dispatchEvent(new ErrorEvent("error", { message: "gone", cancelable: true }));
      return new Promise(() => {});
    },
  });
  const problem = problemOf(await evaluate(evaluator, request("std.native('die')(1)", { natives })));
  assert.equal(problem.code, "jsonnet-crash");
  assert.match(problem.found, /gone/);
  assert.equal(await valueOf(evaluator, "1"), 1);
  assert.equal(workers.started, 2);
});

Deno.test("a closed evaluator ends what is under way and takes nothing new", async () => {
  const asked = Promise.withResolvers<void>();
  const natives = scriptedNatives({
    never: () => {
      asked.resolve();
      return new Promise(() => {});
    },
  });
  const evaluator = newEvaluator();
  const running = evaluate(evaluator, request("std.native('never')(1)", { natives }));
  const waiting = evaluate(evaluator, request("1"));
  await asked.promise;
  evaluator[Symbol.dispose]();
  for (const ended of [running, waiting, evaluate(evaluator, request("1"))]) {
    await assert.rejects(ended, /the evaluator is closed/);
  }
});
