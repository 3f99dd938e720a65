/** Several sources of one agent: none holds up another, each has its own keys, vars and exec, and its own places to pull from. */
import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { Agent, inFolder, readText, until } from "./agent.ts";
import { forge, patternClaims, seconds, testKey } from "./forge.ts";
import { killMarked } from "./marked_processes.ts";

const good = await testKey("good");
const other = await testKey("other");
const MARK = "SOURCES_TEST";

async function inPlace(body: (cwd: string, start: (settings: object) => Agent) => Promise<void>): Promise<void> {
  await inFolder(async (cwd) => {
    const mark = crypto.randomUUID();
    const start = (settings: object) =>
      new Agent({
        cwd,
        env: { [MARK]: mark },
        settings: { run_listenAddress: "127.0.0.1:0", run_verifyKeys: [good.publicKey], ...settings },
      });
    try {
      await body(cwd, start);
    } finally {
      await killMarked(MARK, mark);
    }
  });
}

const say = (id: string, text: string, more: object = {}) => ({
  id,
  always: true,
  change: `echo ${text} >>note`,
  ...more,
});

Deno.test("a source that hangs and one that is flooded delay no other", () =>
  inPlace(async (cwd, start) => {
    await using agent = await start({
      sources_hangs: { allowPush: true },
      sources_flooded: { allowPush: true, triggerOnly: true, webhookPaths: ["/flood"] },
      sources_quick: { allowPush: true },
    }).listening();
    const wait = "until [ -e go ]; do sleep 0.05; done";
    const hanging = agent.push(
      "hangs",
      await forge(patternClaims([{ id: "hang", always: true, change: `echo hangs >>note; ${wait}` }]), good),
    );
    const slow = {
      id: "slow",
      always: true,
      change: `[ -z "$ETCHA_WEBHOOK_PATH" ] || { echo flooded >>note; ${wait}; }`,
    };
    equal((await agent.push("flooded", await forge(patternClaims([slow]), good))).status, 200);
    await until(() => readText(`${cwd}/note`) === "hangs\n", () => agent.log);
    const ended: number[] = [];
    const flood = Array.from({ length: 120 }, async () => {
      const { status } = await agent.call("/flood");
      ended.push(status);
    });
    // One runs, a hundred wait, the others are told to come again.
    await until(() => ended.length === 19, () => `${ended.length} were turned away\n${agent.log}`);
    deepEqual(new Set(ended), new Set([503]));
    const quick = await agent.push("quick", await forge(patternClaims([say("quick", "quick")]), good));
    deepEqual(JSON.parse(quick.body).changedIDs, ["quick"]);
    equal(readText(`${cwd}/note`), "hangs\nflooded\nquick\n");
    await Deno.writeTextFile(`${cwd}/go`, "");
    equal((await hanging).status, 200);
    await Promise.all(flood);
    equal(ended.filter((status) => status === 404).length, 101);
  }));

Deno.test("each source has its own keys, vars and exec", () =>
  inPlace(async (cwd, start) => {
    await using agent = await start({
      vars: { word: "root" },
      sources_a: { allowPush: true },
      sources_b: {
        allowPush: true,
        verifyKeys: [other.publicKey],
        vars: { word: "own" },
        exec: { env: { WHO: "b" }, workDir: `${cwd}/sub` },
      },
    }).listening();
    await Deno.mkdir(`${cwd}/sub`);
    const text = "local v = std.native('getConfig')().vars; {run: [{id: 'x', always: true, " +
      "change: 'echo ' + v.word + ' ' + v.source + ' $WHO >>note'}]}";
    const claims = { ...patternClaims([]), etchaPattern: { entrypoint: "/a.jsonnet", files: { "/a.jsonnet": text } } };
    equal((await agent.push("a", await forge(claims, good))).status, 200);
    equal((await agent.push("a", await forge(claims, other))).status, 404);
    for (const key of [good, other]) equal((await agent.push("b", await forge(claims, key))).status, 200);
    equal(readText(`${cwd}/note`), "root a\n");
    equal(readText(`${cwd}/sub/note`), "own b b\nown b b\n");
  }));

Deno.test("a source pulls from the first of its places that gives a token that verifies", () =>
  inPlace(async (cwd, start) => {
    const token = (id: string, key = good, iat = seconds()) => forge(patternClaims([say(id, id)], { iat }), key);
    await Deno.writeTextFile(`${cwd}/second.jwt`, await token("from second", other));
    await Deno.writeTextFile(`${cwd}/third.jwt`, await token("from third", good, seconds() - 10));
    await using agent = await start({
      sources_a: {
        pullPaths: ["first.jwt", "second.jwt", "third.jwt"].map((name) => `${cwd}/${name}`),
        runFrequency: "1s",
      },
    }).listening();
    await until(() => readText(`${cwd}/note`).startsWith("from third\n"), () => agent.log);
    await Deno.writeTextFile(`${cwd}/first.jwt`, await token("from first"));
    await until(() => readText(`${cwd}/note`).includes("from first\n"), () => agent.log);
    // Only the first place counts from now on, and what is wanted is run again and again.
    const lines = () => readText(`${cwd}/note`).split("\n").slice(0, -1);
    const at = lines().indexOf("from first");
    await until(() => lines().length > at + 2, () => agent.log);
    truthy(lines().slice(at).every((line) => line === "from first"));
  }));

Deno.test("a source that only checks changes nothing, says what it would do, and takes a token once", () =>
  inPlace(async (cwd, start) => {
    await using agent = await start({ sources_a: { allowPush: true, checkOnly: true } }).listening();
    const answer = JSON.parse((await agent.push("a", await forge(patternClaims([say("x", "x")]), good))).body);
    deepEqual([answer.check, answer.changedIDs], [true, ["x"]]);
    match(agent.log, /Would change x: always/);
    equal(readText(`${cwd}/note`), "");
    deepEqual(
      [...Deno.readDirSync(`${cwd}/etcha`)].map(({ name }) => name).filter((name) => name.endsWith(".jwt")),
      [],
    );
  }));
