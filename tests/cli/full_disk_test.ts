/** What the program writes to may be full, and the folder for temporary files not there. */
import { deepEqual, equal, match } from "node:assert/strict";
import { Agent, inFolder, readText } from "./agent.ts";
import { forge, patternClaims, testKey } from "./forge.ts";
import { programEnvironment, programWords } from "./program.ts";

const good = await testKey("good");
const settings = {
  run_listenAddress: "127.0.0.1:0",
  run_verifyKeys: [good.publicKey],
  sources_one: { allowPush: true },
};
const onLinux = { ignore: Deno.build.os !== "linux" };

Deno.test("an agent whose log and standard output are full does its work", onLinux, () =>
  inFolder(async (cwd) => {
    {
      await using agent = await new Agent({ cwd, settings }).listening();
      const run = [{ id: "a", always: true, change: "echo ran | tee -a note", onChange: ["etcha:stdout"] }];
      equal((await agent.push("one", await forge(patternClaims(run), good))).status, 200);
      agent.signal("SIGTERM");
      equal(await agent.ended(), 0, agent.log);
    }
    equal(readText(`${cwd}/agent.out`), "ran\n");
    for (const [full, times] of [[">/dev/full 2>/dev/full", 2], [">/dev/full", 3]] as const) {
      await using agent = new Agent({
        cwd,
        settings,
        once: true,
        before: ["sh", "-c", `exec "$@" ${full}`, "sh"],
      });
      equal(await agent.ended(), 0, agent.log);
      equal(readText(`${cwd}/note`), "ran\n".repeat(times));
      if (times === 3) {
        match(agent.log, /the output of a command was not printed: cannot write to standard output: No space/);
      }
    }
  }));

Deno.test("a subcommand whose standard output is full fails and says why", onLinux, () =>
  inFolder(async (cwd) => {
    for (const words of [["version"], ["--help"], ["init", "--help"], ["show-config"]]) {
      const { code, stderr } = await new Deno.Command("sh", {
        args: ["-c", 'exec "$@" >/dev/full', "sh", ...programWords(), ...words],
        cwd,
        env: programEnvironment(),
        clearEnv: true,
      }).output();
      deepEqual([code, new TextDecoder().decode(stderr)], [
        1,
        "ERROR cannot write to standard output: No space left on device\n",
      ], words.join(" "));
    }
  }));

Deno.test("a long text needs no folder for temporary files, and may remove its own file", () =>
  inFolder(async (cwd) => {
    await using agent = await new Agent({ cwd, settings, env: { TMPDIR: `${cwd}/nothing` } }).listening();
    const change = `echo ran >>note; rm etcha/.etcha-*.tmp\n${"# long\n".repeat(20_000)}`;
    const pushed = await agent.push("one", await forge(patternClaims([{ id: "a", always: true, change }]), good));
    equal(pushed.status, 200, pushed.body);
    equal(readText(`${cwd}/note`), "ran\n");
    deepEqual([...Deno.readDirSync(`${cwd}/etcha`)].filter(({ name }) => name.endsWith(".tmp")), []);
    agent.signal("SIGTERM");
    equal(await agent.ended(), 0, agent.log);
  }));
