/** How the real agent lives and ends: signals, a second one, tokens that are gone, pushes that overtake each other. */
import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { states } from "../../src/host/deno/state/store.ts";
import { Agent, inFolder, pause, readText, until } from "./agent.ts";
import { folderDigest } from "./folder_digest.ts";
import { forge, patternClaims, seconds, testKey, withPart } from "./forge.ts";
import { killMarked, markedProcesses } from "./marked_processes.ts";

const good = await testKey("good");
const onLinux = { ignore: Deno.build.os !== "linux" };
const MARK = "AGENT_TEST";

interface Place {
  readonly cwd: string;
  /** Carried by everything that an agent of this folder begins. */
  readonly mark: string;
  start(more?: object, once?: "once"): Agent;
  token(run: readonly object[], more?: object): Promise<string>;
}

/** A folder for agents; whatever they began is gone afterwards. */
async function inPlace(body: (place: Place) => Promise<void>): Promise<void> {
  await inFolder(async (cwd) => {
    const mark = crypto.randomUUID();
    const settings = {
      run_listenAddress: "127.0.0.1:0",
      run_verifyKeys: [good.publicKey],
      sources_one: { allowPush: true },
      sources_two: { allowPush: true },
    };
    try {
      await body({
        cwd,
        mark,
        start: (more = {}, once) =>
          new Agent({
            cwd,
            env: { [MARK]: mark },
            settings: { ...settings, ...more },
            ...(once !== undefined && { once: true }),
          }),
        token: (run, more) => forge(patternClaims(run, more), good),
      });
    } finally {
      await killMarked(MARK, mark);
    }
  });
}

/** A command that takes its time, and lets others see where it is. */
function slow(id: string, duration: number): object {
  return { id, always: true, change: `echo begin ${id} >>note; sleep ${duration}; echo end ${id} >>note` };
}

Deno.test("a second agent on the same state directory is refused, and the first goes on", () =>
  inPlace(async ({ cwd, start, token }) => {
    await using first = await start().listening();
    await using second = start();
    equal(await second.ended(), 1);
    match(second.log, /open the state: .*in use by another etcha[^]*hint: another agent uses this folder/);
    equal((await first.push("one", await token([slow("a", 0)]))).status, 200);
    equal(readText(`${cwd}/note`), "begin a\nend a\n");
  }));

Deno.test("an agent that can't listen says so before it runs anything", () =>
  inPlace(async ({ cwd, start, token }) => {
    {
      await using agent = await start().listening();
      equal((await agent.push("one", await token([slow("a", 0)]))).status, 200);
      agent.signal("SIGTERM");
      equal(await agent.ended(), 0);
    }
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const cases: readonly (readonly [object, RegExp])[] = [
      [{ run_listenAddress: `127.0.0.1:${taken.addr.port}` }, /open the listener: .*hint: set run\.listenAddress/s],
      [
        { run_tlsCertificatePath: "none.crt", run_tlsKeyPath: "none.key" },
        /read the listener's certificate: .*none\.crt/,
      ],
    ];
    for (const [settings, said] of cases) {
      await using agent = start(settings);
      equal(await agent.ended(), 1, agent.log);
      match(agent.log, said);
      equal(readText(`${cwd}/note`), "begin a\nend a\n", agent.log);
    }
  }));

Deno.test({
  name: "SIGTERM lets the running command finish and starts no other; the next start goes on from there",
  ...onLinux,
  fn: () =>
    inPlace(async ({ cwd, mark, start, token }) => {
      {
        await using agent = await start().listening();
        const pushed = agent.push("one", await token([slow("a", 0.7), slow("b", 0)]));
        await until(() => readText(`${cwd}/note`) !== "", () => agent.log);
        agent.signal("SIGTERM");
        equal(await agent.ended(), 0, agent.log);
        // The caller is told what became of it, and what did not.
        const { status, body } = await pushed;
        equal(status, 500);
        deepEqual(JSON.parse(body).changedIDs, ["a"]);
        match(JSON.parse(body).err, /b.*interrupted/);
        equal(readText(`${cwd}/note`), "begin a\nend a\n");
        deepEqual(markedProcesses(MARK, mark), []);
      }
      await using agent = start({}, "once");
      equal(await agent.ended(), 0, agent.log);
      equal(readText(`${cwd}/note`), "begin a\nend a\nbegin a\nend a\nbegin b\nend b\n");
    }),
});

Deno.test({
  name: "a run whose caller went away goes on, and SIGTERM waits for it as well",
  ...onLinux,
  fn: () =>
    inPlace(async ({ cwd, mark, start, token }) => {
      await using agent = await start().listening();
      const gone = new AbortController();
      const pushed = agent.push("one", await token([slow("a", 1)]), { signal: gone.signal }).catch((error) => error);
      await until(() => readText(`${cwd}/note`) !== "", () => agent.log);
      gone.abort();
      truthy(await pushed instanceof Error);
      agent.signal("SIGTERM");
      equal(await agent.ended(), 0, agent.log);
      equal(readText(`${cwd}/note`), "begin a\nend a\n");
      deepEqual(markedProcesses(MARK, mark), []);
      await using store = await states.open(`${cwd}/etcha`, { exclusive: false });
      deepEqual((await store.load("one")).entries.map(({ outcome }) => outcome), ["changed"]);
      deepEqual((await store.history("one", 10)).map(({ changed }) => changed), [["a"]]);
    }),
});

Deno.test({
  name: "a command that does not finish within timeoutStop is ended with all it began",
  ...onLinux,
  fn: () =>
    inPlace(async ({ cwd, mark, start, token }) => {
      await using agent = await start({ run_timeoutStop: "300ms" }).listening();
      const change = "sleep 60 & echo begin >>note; sleep 60; echo end >>note";
      const pushed = agent.push("one", await token([{ id: "a", always: true, change }])).catch(() => undefined);
      await until(() => readText(`${cwd}/note`) !== "", () => agent.log);
      agent.signal("SIGTERM");
      equal(await agent.ended(15_000), 0, agent.log);
      await pushed;
      equal(readText(`${cwd}/note`), "begin\n");
      deepEqual(markedProcesses(MARK, mark), []);
    }),
});

Deno.test({
  name: "a second SIGTERM ends the running command at once",
  ...onLinux,
  fn: () =>
    inPlace(async ({ cwd, mark, start, token }) => {
      await using agent = await start().listening();
      const pushed = agent.push("one", await token([slow("a", 60)])).catch(() => undefined);
      await until(() => readText(`${cwd}/note`) !== "", () => agent.log);
      agent.signal("SIGTERM");
      await agent.logged(/Stopping/);
      // What comes at once is taken for the same signal, passed on by a program around.
      agent.signal("SIGTERM");
      await pause(300);
      equal(agent.hasEnded, false);
      const begin = performance.now();
      agent.signal("SIGTERM");
      await agent.ended(15_000);
      truthy(performance.now() - begin < 5_000);
      await pushed;
      deepEqual(markedProcesses(MARK, mark), []);
      equal(readText(`${cwd}/note`), "begin a\n");
    }),
});

Deno.test("a push that waits gives way to a newer one and is told so; another source waits for nobody", () =>
  inPlace(async ({ cwd, start, token }) => {
    await using agent = await start().listening();
    const now = seconds();
    const untilGo = "until test -e go; do sleep 0.02; done";
    const held = { id: "a", always: true, change: `echo begin a >>note; ${untilGo}; echo end a >>note` };
    const first = agent.push("one", await token([held], { iat: now }));
    await until(() => readText(`${cwd}/note`) !== "", () => agent.log);
    const second = agent.push("one", await token([slow("b", 0)], { iat: now + 1 }));
    // The order in which pushes arrive is the order in which they are taken: the second must be there first.
    const other = await agent.push("two", await token([slow("c", 0)]));
    equal(other.status, 200);
    const third = agent.push("one", await token([slow("d", 0)], { iat: now + 2 }));
    const superseded = await second;
    deepEqual([superseded.status, JSON.parse(superseded.body).err], [500, "superseded by a newer push"]);
    await Deno.writeTextFile(`${cwd}/go`, "");
    deepEqual([(await first).status, (await third).status], [200, 200]);
    equal(readText(`${cwd}/note`), "begin a\nbegin c\nend c\nend a\nbegin d\nend d\n");
  }));

Deno.test("a source whose pattern computes for long does not delay the push of another", () =>
  inPlace(async ({ start, token }) => {
    await using agent = await start().listening();
    const loop = "local loop(n) = if n < 0 then [] else loop(n + 1) tailstrict; { run: loop(0) }";
    const etchaPattern = { entrypoint: "/main.jsonnet", files: { "/main.jsonnet": loop } };
    const gone = new AbortController();
    const first = agent.push("one", await token([], { etchaPattern }), { signal: gone.signal });
    let isAnswered = false;
    const ended = first.then(() => isAnswered = true, () => {});
    await agent.call("/etcha/v1/system/metrics");
    equal((await agent.push("two", await token([slow("a", 0)]))).status, 200);
    equal(isAnswered, false);
    gone.abort();
    await ended;
  }));

Deno.test("a stored token that is gone, tampered with or expired runs and removes nothing, and says so", () =>
  inPlace(async ({ cwd, start, token }) => {
    const made = [{ id: "made", check: "test -e made", change: "touch made", remove: "rm made" }];
    const path = `${cwd}/etcha/one.jwt`;
    {
      await using agent = await start().listening();
      equal((await agent.push("one", await token(made))).status, 200);
      agent.signal("SIGTERM");
      equal(await agent.ended(), 0);
    }
    const stored = await Deno.readTextFile(path);
    const expired = await token(made, { exp: seconds() - 100 });
    const cases: readonly (readonly [text: string | undefined, code: number, said: RegExp])[] = [
      [undefined, 0, /no pattern yet: \S*etcha\/one\.jwt is not there/],
      [withPart(stored, 2, "AAAA"), 1, /one\.jwt is not run, nothing is removed: key \\"good\\": .*signature/],
      [expired, 1, /one\.jwt is not run, nothing is removed: key \\"good\\": .*expired at/],
      ["", 1, /one\.jwt is not run, nothing is removed: .*nothing/],
    ];
    for (const [text, code, said] of cases) {
      if (text === undefined) await Deno.remove(path);
      else await Deno.writeTextFile(path, text);
      const before = await folderDigest(`${cwd}/etcha`);
      await using agent = start({}, "once");
      equal(await agent.ended(), code, agent.log);
      match(agent.log, said);
      truthy(!/Changing|Removing/.test(agent.log), agent.log);
      equal((await Deno.stat(`${cwd}/made`)).isFile, true);
      const { "one.jwt": file, ...rest } = await folderDigest(`${cwd}/etcha`);
      const { "one.jwt": fileBefore, ...restBefore } = before;
      deepEqual([file, Object.keys(rest)], [fileBefore, Object.keys(restBefore)]);
    }
    await using agent = await start().listening();
    const answer = await agent.push("one", await token([slow("other", 0)], { iat: seconds() + 1 }));
    deepEqual(JSON.parse(answer.body).removedIDs, ["made"]);
    equal(readText(`${cwd}/note`), "begin other\nend other\n");
    deepEqual([...Deno.readDirSync(cwd)].some(({ name }) => name === "made"), false);
  }));
