/** What people do on a host beside its agent: pause, resume, forget. */
import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { Agent, inFolder, readText, until } from "./agent.ts";
import { forge, patternClaims, seconds, testKey } from "./forge.ts";
import { etcha, type Ran } from "./program.ts";

const good = await testKey("good");
const settings = {
  run_listenAddress: "127.0.0.1:0",
  run_verifyKeys: [good.publicKey],
  sources_core: { allowPush: true },
};
const note = (id: string, remove = "true") => ({ id, always: true, change: `echo ${id} >>note`, remove });

function ask(cwd: string, ...args: string[]): Promise<Ran> {
  return etcha(["-x", 'sources_core={"allowPush":true}', ...args], { cwd });
}

Deno.test("a pause keeps the agent from acting, beyond a restart, and shows in status", () =>
  inFolder(async (cwd) => {
    const none = await ask(cwd, "pause", "core");
    equal(none.code, 1);
    match(none.stderr, /^ERROR run\.stateDir: write to the state: .*state\.db.*\n {2}hint: no agent has run here yet/);
    const first = await forge(patternClaims([note("a")]), good);
    {
      await using agent = await new Agent({ cwd, settings }).listening();
      const paused = await ask(cwd, "pause", "core", "1h");
      deepEqual([paused.code, paused.stderr], [0, ""]);
      match(
        paused.stdout,
        /^paused core until 20\S+Z: no interval runs, no retries, no pulls\npushes, events and webhooks still run; /,
      );
      equal((await agent.push("core", first)).status, 200);
      agent.signal("SIGTERM");
      equal(await agent.ended(), 0, agent.log);
    }
    equal(readText(`${cwd}/note`), "a\n");
    match((await ask(cwd, "status")).stdout, /^core\n {2}pattern .*\n {2}paused {6}since 20\S+Z, until 20\S+Z\n/);
    const forever = await ask(cwd, "pause", "--json", "core");
    equal(JSON.parse(forever.stdout).paused.until, null);
    {
      await using agent = await new Agent({ cwd, settings }).listening();
      truthy(agent.log.includes("Paused until it is resumed"), agent.log);
      equal(readText(`${cwd}/note`), "a\n");
      const resumed = await ask(cwd, "resume", "core");
      match(resumed.stdout, /^resumed core, which was paused since 20\S+Z\n$/);
      await until(() => readText(`${cwd}/note`) === "a\na\n", () => agent.log);
      await agent.logged(/message="The pause is over"/);
    }
    equal((await ask(cwd, "resume", "core")).stdout, "core was not paused\n");
    deepEqual(JSON.parse((await ask(cwd, "resume", "--json", "core")).stdout), { source: "core", paused: null });
    equal(JSON.parse((await ask(cwd, "status", "--json")).stdout)[0].paused, null);
    for (const duration of ["0", "soon", "-1h"]) {
      equal((await ask(cwd, "pause", "--", "core", duration)).code, 2, duration);
    }
    const slip = await ask(cwd, "pause", "cor");
    equal(slip.code, 2);
    match(slip.stderr, /nothing is known of a source "cor" in etcha\n {2}hint: did you mean "core"\?/);
  }));

Deno.test("forget drops a stuck removal and an uncertain change, with and without an agent, and undoes nothing", () =>
  inFolder(async (cwd) => {
    const stuck = { id: "web", commands: [note("mount", "echo tried >>removals; false")] };
    const broken = { id: "half", always: true, change: "echo half >>note; false" };
    const first = await forge(patternClaims([stuck, note("b")], { iat: seconds() - 1 }), good);
    const second = await forge(patternClaims([note("b"), broken]), good);
    {
      await using agent = await new Agent({ cwd, settings }).listening();
      equal((await agent.push("core", first)).status, 200);
      equal((await agent.push("core", second)).status, 500);
      const { stdout } = await ask(cwd, "status", "core");
      match(stdout, /\n {2}next try {4}20\S+Z\n/);
      match(stdout, /\n {2}to remove {3}web > mount \(failed .*\)\n/);

      const fine = await ask(cwd, "forget", "core", "b");
      deepEqual([fine.code, fine.stdout], [2, ""]);
      match(fine.stderr, /^ERROR forget: "b" is not stuck: .*\n {2}hint: etcha status shows/);
      const near = await ask(cwd, "forget", "core", "mont");
      equal(near.code, 2);
      match(near.stderr, /nothing is remembered of a command "mont"\n {2}hint: did you mean "mount"\?/);

      const asked = await ask(cwd, "forget", "core", "web > mount");
      equal(asked.code, 0, asked.stderr);
      match(
        asked.stdout,
        /^the agent forgets in core, when its next run begins; nothing is undone on this host:\n {2}web > mount \(failed .*\): no longer to be removed\n$/,
      );
      equal((await agent.push("core", second)).status, 500);
      const tries = readText(`${cwd}/removals`);
      match(agent.log, /message="Forgetting web > mount, as etcha forget has asked: nothing of it is undone"/);
      const after = (await ask(cwd, "status", "core")).stdout;
      truthy(!/to remove|to forget/.test(after), after);
      equal((await agent.push("core", second)).status, 500);
      equal(readText(`${cwd}/removals`), tries);
      agent.signal("SIGTERM");
      equal(await agent.ended(), 0, agent.log);
    }
    truthy(readText(`${cwd}/note`).startsWith("mount\n"));
    match((await ask(cwd, "status")).stdout, /failed {6}half\n/);
    const forgotten = await ask(cwd, "forget", "core", "half");
    deepEqual([forgotten.code, forgotten.stdout], [
      0,
      "forgotten in core; nothing was undone on this host:\n  half: that its change failed\n",
    ]);
    truthy(!(await ask(cwd, "status")).stdout.includes("failed      half"));
    const again = await ask(cwd, "forget", "--json", "core", "half");
    deepEqual([again.code, again.stdout], [2, ""]);
  }));
