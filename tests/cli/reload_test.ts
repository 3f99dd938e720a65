/** SIGHUP: another configuration while the agent runs, and a broken one, which changes nothing. */
import { deepEqual, equal, match } from "node:assert/strict";
import { Agent, inFolder, readText, until } from "./agent.ts";
import { forge, patternClaims, testKey } from "./forge.ts";
import { killMarked } from "./marked_processes.ts";

const good = await testKey("good");
const other = await testKey("other");
const MARK = "RELOAD_TEST";

async function inPlace(
  body: (place: {
    readonly cwd: string;
    configure(sources: object, run?: object, more?: object): Promise<void>;
    start(): Agent;
    token(run: readonly object[], key?: typeof good): Promise<string>;
  }) => Promise<void>,
): Promise<void> {
  await inFolder(async (cwd) => {
    const mark = crypto.randomUUID();
    const configure = (sources: object, run: object = {}, more: object = {}) =>
      Deno.writeTextFile(
        `${cwd}/etcha.json`,
        JSON.stringify({
          run: { listenAddress: "127.0.0.1:0", verifyKeys: [good.publicKey], ...run },
          sources,
          ...more,
        }),
      );
    try {
      await body({
        cwd,
        configure,
        start: () => new Agent({ cwd, env: { [MARK]: mark }, settings: {}, config: "etcha.json" }),
        token: (run, key = good) => forge(patternClaims(run), key),
      });
    } finally {
      await killMarked(MARK, mark);
    }
  });
}

const note = (id: string, text: string) => ({
  id,
  always: true,
  change: `echo ${text} >>note`,
  remove: "echo gone >>note",
});

Deno.test("a reload takes sources, vars, keys and rates; a run that goes on ends as it began", () =>
  inPlace(async ({ cwd, configure, start, token }) => {
    await configure({ kept: { allowPush: true }, gone: { allowPush: true } });
    await using agent = await start().listening();
    const text = "local v = std.native('getConfig')().vars; {run: [{id: 'say', always: true, " +
      "change: 'echo ' + std.get(v, 'word', 'none') + ' >>note', remove: 'echo gone >>note'}]}";
    const claims = { ...patternClaims([]), etchaPattern: { entrypoint: "/a.jsonnet", files: { "/a.jsonnet": text } } };
    equal((await agent.push("kept", await forge(claims, good))).status, 200);
    const slow = [{
      id: "slow",
      always: true,
      change: "echo begun >>note; until [ -e go ]; do sleep 0.02; done; echo ended >>note",
    }];
    const pushed = agent.push("gone", await token(slow));
    await until(() => readText(`${cwd}/note`).includes("begun"), () => agent.log);

    await configure({ kept: { allowPush: true, vars: { word: "new" } }, added: { allowPush: true } }, {
      verifyKeys: [good.publicKey, other.publicKey],
    });
    agent.signal("SIGHUP");
    await agent.logged(/Reloaded the configuration: 2 sources/);
    // What renders otherwise is run; what is gone is not undone, and takes nothing.
    await until(() => readText(`${cwd}/note`) === "none\nbegun\nnew\n", () => readText(`${cwd}/note`));
    match(agent.log, /gone.*it is no longer configured: its record is kept and nothing is undone/);
    equal((await agent.push("gone", await token([note("x", "x")]))).status, 404);
    equal((await agent.push("added", await token([note("y", "y")], other))).status, 200);
    await Deno.writeTextFile(`${cwd}/go`, "");
    equal((await pushed).status, 200);
    equal(readText(`${cwd}/note`), "none\nbegun\nnew\ny\nended\n");

    // It comes back with what it knew: its pattern is run again, and a new one removes what left.
    await configure({ gone: { allowPush: true } });
    agent.signal("SIGHUP");
    await agent.logged(/Reloaded the configuration: 1 source"/);
    await until(() => readText(`${cwd}/note`).endsWith("begun\nended\n"), () => readText(`${cwd}/note`));
    const answer = JSON.parse((await agent.push("gone", await token([note("x", "x")]))).body);
    deepEqual([answer.changedIDs, answer.err], [["x"], ""]);
    equal((await agent.push("added", await token([note("y", "y")], other))).status, 404);
  }));

Deno.test("a configuration that is broken changes nothing, and says so", () =>
  inPlace(async ({ cwd, configure, start, token }) => {
    await configure({ one: { allowPush: true } });
    await using agent = await start().listening();
    const broken: readonly (readonly [() => Promise<void>, RegExp])[] = [
      [
        () => Deno.writeTextFile(`${cwd}/etcha.json`, "{"),
        /stays as it was: .*etcha\.json:1:2: .*close brace expected/,
      ],
      [() => configure({ one: { alowPush: true } }), /stays as it was: .*unknown key sources\.one\.alowPush/],
      [() => configure({ one: { allowPush: true } }, { verifyKeys: [] }), /stays as it was: .*no source has a key/],
      [
        () => configure({ one: { allowPush: true } }, { stateDir: "elsewhere" }),
        /stays as it was: .*run\.stateDir is another/,
      ],
    ];
    for (const [breaks, says] of broken) {
      await breaks();
      agent.signal("SIGHUP");
      await agent.logged(says);
    }
    equal((await agent.push("one", await token([note("a", "a")]))).status, 200);
    agent.signal("SIGTERM");
    equal(await agent.ended(), 0);
  }));

Deno.test("a reload that is wished for while the stored patterns run waits until they have, and ends nothing", () =>
  inPlace(async ({ cwd, configure, start, token }) => {
    await configure({ one: { allowPush: true } });
    {
      await using agent = await start().listening();
      const waits = [{ id: "wait", always: true, change: "echo begun >>note; until [ -e go ]; do sleep 0.02; done" }];
      await Deno.writeTextFile(`${cwd}/go`, "");
      equal((await agent.push("one", await token(waits))).status, 200);
      agent.signal("SIGTERM");
      await agent.ended();
    }
    await Deno.remove(`${cwd}/go`);
    await using agent = start();
    await until(() => readText(`${cwd}/note`) === "begun\nbegun\n", () => agent.log);
    agent.signal("SIGHUP");
    await configure({ one: { allowPush: true }, two: { allowPush: true } });
    await Deno.writeTextFile(`${cwd}/go`, "");
    await agent.listening();
    await agent.logged(/Reloaded the configuration: 2 sources/);
    equal((await agent.push("two", await token([note("a", "a")]))).status, 200);
  }));
