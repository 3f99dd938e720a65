import assert from "node:assert/strict";
import { checkTimes } from "../../src/token/verify.ts";
import { always, exited, FakeSource, response } from "./fake_source.ts";

const PATH = "/state/web.jwt";

Deno.test("source: a pushed token is run, kept, and run again at the next start", async () => {
  const source = new FakeSource();
  const token = await source.token([always("a")]);
  const pushed = await source.push(token);
  assert.ok(pushed.ran && pushed.value.kind === "done");
  assert.equal(await source.files.readText(PATH), token);
  assert.equal((await source.files.stat(PATH))?.mode, 0o600);
  assert.equal(await source.runner.run("pull"), true);
  assert.deepEqual(source.scripts, ["change a", "change a"]);
  assert.equal(source.log.messages[0], "Updating config for web...");
});

Deno.test("source: with noRestore nothing is written, and the rest is the same", async () => {
  const source = new FakeSource({ noRestore: true });
  await source.push(await source.token([always("a")], 10));
  await source.push(await source.token([always("b")]));
  assert.deepEqual(source.scripts, ["change a", "remove a", "change b"]);
  assert.deepEqual(await source.files.list("/state"), ["keep"]);
  assert.equal(await source.restore(), true);
});

Deno.test("source: what is waiting runs the token that is current when its turn comes", async () => {
  const source = new FakeSource({ allowRollback: true });
  await source.push(await source.token([always("a")]));
  const other = await source.verified(await source.token([always("b")], 5));
  const gate = Promise.withResolvers<void>();
  source.script = async () => {
    await gate.promise;
    return exited(0);
  };
  const running = source.runner.run("pull");
  const waiting = source.runner.run("pull");
  const pushed = source.runner.push({ token: other, mode: "change", address: "" });
  gate.resolve();
  await Promise.all([running, waiting, pushed]);
  await source.runner.run("pull");
  assert.deepEqual(source.scripts.slice(1), ["change a", "remove a", "change b", "change b", "change b"]);
  const kept = await source.verified(await source.files.readText(PATH));
  assert.match(kept.claims.pattern?.files["/main.jsonnet"] ?? "", /change b/);
});

Deno.test("source: a token whose file vanished is kept again when it comes again", async () => {
  const source = new FakeSource();
  const token = await source.token([always("a")]);
  await source.push(token);
  await source.files.remove(PATH);
  const restarted = new FakeSource({}, source.context.store);
  assert.equal(await restarted.restore(), true);
  assert.deepEqual(restarted.scripts, []);
  await restarted.push(token);
  assert.equal(await restarted.files.readText(PATH), token);
});

Deno.test("source: a check changes nothing, remembers nothing, and does not make the token the current one", async () => {
  const source = new FakeSource();
  const answer = await source.push(await source.token([always("a")]), "check");
  assert.ok(answer.ran && answer.value.kind === "done");
  assert.deepEqual(answer.value.report.changed.map(({ id }) => id), ["a"]);
  assert.deepEqual([source.scripts, await source.files.list("/state")], [[], ["keep"]]);
  assert.deepEqual(await source.context.store.load("web"), { entries: [], reactions: [], newest: {}, nextKey: 1 });
  assert.equal(source.runner.retryAt, undefined);
  await source.runner.run("pull");
  assert.deepEqual(source.scripts, []);
});

Deno.test("source: an older token is refused, from the future too, and nothing is touched", async () => {
  const source = new FakeSource();
  await source.push(await source.token([always("a")]));
  for (const [age, code] of [[1, "token-older"], [-31, "token-from-future"]] as const) {
    const refused = await source.push(await source.token([always("b")], age));
    assert.ok(refused.ran && refused.value.kind === "refused");
    assert.deepEqual(refused.value.problems.map((problem) => problem.code), [code]);
  }
  assert.deepEqual(source.renders, ["a"]);
});

Deno.test("source: an ad-hoc command runs once, leaves the pattern alone, and none of an earlier life runs", async () => {
  const source = new FakeSource();
  await source.push(await source.token([always("a")], 50));
  const at = Math.floor(source.clock.now() / 1000);
  const once = async (id: string, issuedAt: number) =>
    await source.push(
      await source.token([], 0, { pattern: undefined, once: "ls", source: "web", id, issuedAt, expires: at + 100 }),
    );
  const ran = await once("1", at);
  assert.ok(ran.ran && ran.value.kind === "done");
  const again = await once("1", at);
  assert.ok(again.ran && again.value.kind === "refused" && again.value.problems[0]?.code === "token-replayed");
  const early = await once("2", at - 1);
  assert.ok(early.ran && early.value.kind === "refused" && early.value.problems[0]?.code === "token-replayed");
  assert.equal((await once("3", at)).ran, true);
  assert.deepEqual(source.scripts, ["change a", "ls", "ls"]);
  const { entries } = await source.context.store.load("web");
  assert.deepEqual(entries.map(({ command }) => command.id), ["a"]);
  assert.equal((await source.context.store.history("web", 10)).length, 3);
});

Deno.test("source: a current token that has expired is not run, and that is said once", async () => {
  const source = new FakeSource();
  const expires = Math.floor(source.clock.now() / 1000) + 60;
  const token = await source.token([always("a")], 0, { expires });
  await source.push(token);
  await source.clock.advance(95_000);
  assert.ok(checkTimes((await parsed(source, token)).claims, source.clock.now(), "good") !== undefined);
  assert.deepEqual([await source.runner.run("pull"), await source.runner.run("pull")], [false, false]);
  assert.deepEqual(source.scripts, ["change a"]);
  assert.equal(source.log.messages.filter((message) => /not run: key "good": .*it expired at/.test(message)).length, 1);
  await source.push(await source.token([always("b")]));
  assert.equal(await source.runner.run("pull"), true);
});

/** A token as it was verified while it was still valid. */
async function parsed(source: FakeSource, token: string) {
  const earlier = new FakeSource();
  assert.ok(earlier.clock.now() < source.clock.now());
  return await earlier.verified(token);
}

Deno.test("source: the same again but newer is kept without a run; the same and older is not even looked at", async () => {
  const source = new FakeSource({ pullPaths: ["/pull.jwt"] });
  const [older, middle, newer] = await Promise.all([60, 40, 20].map((age) => source.token([always("a")], age)));
  for (const [token, kept] of [[middle!, middle!], [newer!, newer!], [older!, newer!]] as const) {
    await source.files.writeAtomic("/pull.jwt", token);
    assert.equal(await source.runner.pull(source.stop.signal), true);
    assert.equal(await source.files.readText(PATH), kept);
  }
  assert.deepEqual(source.scripts, ["change a"]);
  assert.equal(source.log.messages.filter((message) => message.startsWith("Updating")).length, 1);
});

Deno.test("source: an older pulled token is skipped and said once, and its next failure again", async () => {
  const source = new FakeSource({ pullPaths: ["/pull.jwt"] });
  const complaints = () => source.log.entries.filter(({ level }) => level === "error").length;
  await source.push(await source.token([always("a")]));
  await source.files.writeAtomic("/pull.jwt", await source.token([always("b")], 10));
  for (let i = 0; i < 3; i++) assert.equal(await source.runner.pull(source.stop.signal), false);
  assert.equal(complaints(), 1);
  await source.files.remove("/pull.jwt");
  for (let i = 0; i < 3; i++) assert.equal(await source.runner.pull(source.stop.signal), false);
  assert.equal(complaints(), 2);
  // Between the same complaint twice, all was well for a while.
  await source.files.writeAtomic("/pull.jwt", await source.files.readText(PATH));
  assert.equal(await source.runner.pull(source.stop.signal), true);
  await source.files.remove("/pull.jwt");
  assert.equal(await source.runner.pull(source.stop.signal), false);
  assert.equal(complaints(), 3);
  assert.deepEqual(source.scripts, ["change a"]);
});

Deno.test("source: a pulled token that does not render is tried again after 5 s, then 10 s, and nothing is touched", async () => {
  const source = new FakeSource({ pullPaths: ["/pull.jwt"] });
  await source.files.writeAtomic("/pull.jwt", await source.token("broken"));
  const pull = () => source.runner.pull(source.stop.signal);
  assert.deepEqual([await pull(), await pull()], [false, false]);
  assert.equal(source.renders.length, 1);
  await source.clock.advance(5_000);
  assert.deepEqual([await pull(), await pull()], [false, false]);
  assert.equal(source.renders.length, 2);
  await source.clock.advance(5_000);
  await pull();
  assert.equal(source.renders.length, 2);
  await source.clock.advance(5_000);
  await pull();
  assert.equal(source.renders.length, 3);
  assert.deepEqual(await source.files.list("/state"), ["keep"]);
  await source.files.writeAtomic("/pull.jwt", await source.token([always("a")]));
  assert.equal(await pull(), true);
  assert.deepEqual(source.scripts, ["change a"]);
});

Deno.test("source: a server is asked with what it gave only once its token has become the current one", async () => {
  const source = new FakeSource({ pullPaths: ["https://example.test/web.jwt"] });
  const pull = () => source.runner.pull(source.stop.signal);
  source.respond = () => response(200, "no token", { etag: '"0"' });
  await pull();
  const token = await source.token([always("a")]);
  source.respond = () => response(200, token, { etag: '"1"', "last-modified": "now" });
  await pull();
  source.respond = () => response(304, "");
  assert.equal(await pull(), true);
  assert.deepEqual(source.requests.map(({ headers }) => headers?.["if-none-match"]), [undefined, undefined, '"1"']);
  assert.equal(source.requests.at(-1)?.headers?.["if-modified-since"], "now");
  assert.deepEqual(source.scripts, ["change a"]);
});

Deno.test("source: with triggerOnly the stored token is taken up and not run at the start", async () => {
  const source = new FakeSource({ triggerOnly: true });
  await source.files.writeAtomic(PATH, await source.token([always("a")]));
  assert.equal(await source.restore(), true);
  assert.deepEqual(source.scripts, []);
  assert.equal(await source.runner.run("pull"), true);
  assert.deepEqual(source.scripts, ["change a"]);
});

Deno.test("source: a pulled token of another version alone is new, unless pullIgnoreVersion says otherwise", async () => {
  for (const pullIgnoreVersion of [false, true]) {
    const source = new FakeSource({ pullPaths: ["/pull.jwt"], pullIgnoreVersion });
    for (const version of ["1", "2"]) {
      await source.files.writeAtomic("/pull.jwt", await source.token([always("a")], 0, { version }));
      assert.equal(await source.runner.pull(source.stop.signal), true);
    }
    assert.deepEqual(source.scripts, pullIgnoreVersion ? ["change a"] : ["change a", "change a"]);
  }
});

Deno.test("source: a run may take timeoutPush after a push, timeoutPull otherwise", async () => {
  const source = new FakeSource();
  const token = await source.token([always("a")]);
  for (
    const [run, time] of [[() => source.push(token), 60_000], [() => source.runner.run("pull"), 30_000]] as const
  ) {
    const begun = Promise.withResolvers<void>();
    let end: number | undefined;
    source.script = (_, signal) => {
      begun.resolve();
      return new Promise((resolve) =>
        signal.addEventListener("abort", () => {
          end = source.clock.monotonic();
          resolve({ kind: "cancelled", output: "" });
        })
      );
    };
    const begin = source.clock.monotonic();
    const running = run();
    await begun.promise;
    await source.clock.advance(100_000);
    await running;
    assert.equal(end, begin + time);
  }
});

Deno.test("source: what a run that was killed would have answered a webhook is not answered to another one", async () => {
  const source = new FakeSource();
  await source.push(await source.token([always("a", { onChange: ["etcha:webhookBody"] })]));
  const { store } = source.context;
  const { nextKey, entries } = await store.load("web");
  const action = { do: "event", name: "webhookBody", commandId: "a", output: "of another" } as const;
  const reaction = { id: nextKey, action, causeKey: entries[0]!.key, causeId: "a", interruptions: 0 };
  await store.commit({ source: "web", changes: [{ kind: "put-reaction", reaction }], nextKey: nextKey + 1 });
  source.script = () => exited(0, "own");
  const ran = await source.runner.trigger({ trigger: "webhook", variables: {}, address: "" });
  assert.ok(ran.ran && ran.value.kind === "done");
  assert.deepEqual(ran.value.report.events.map(({ output }) => output), ["own"]);
  assert.deepEqual((await store.load("web")).reactions, []);
});

Deno.test("source: that a push has run is told with the key of that very push", async () => {
  const source = new FakeSource();
  const keys: (string | undefined)[] = [];
  const receive = (variables: Readonly<Record<string, string>>) => {
    keys.push(variables["ETCHA_EVENT_PUBLIC_KEY"]);
    return Promise.resolve({ kind: "ran" } as const);
  };
  source.receivers = { push: [["b", { receive, endsAgent: false }]] };
  const at = Math.floor(source.clock.now() / 1000);
  const once = { pattern: undefined, once: "ls", source: "web", id: "1", issuedAt: at, expires: at + 100 };
  await source.push(await source.token([], 0, once));
  await source.push(await source.token("broken", 10));
  await source.push(await source.token([always("a")]));
  await source.courier.idle();
  const { publicKey } = await source.verified(await source.token([]));
  assert.deepEqual(keys, [publicKey, publicKey, publicKey]);
});
