/** Commands of the configuration: the pattern of a source until a token replaces them. */
import { deepEqual, equal, match } from "node:assert/strict";
import { Agent, inFolder, readText, until } from "./agent.ts";
import { forge, patternClaims, testKey } from "./forge.ts";
import { etcha } from "./program.ts";

const good = await testKey("good");

const file = (name: string, text = name) => ({
  id: name,
  check: `[ "$(cat ${name})" = ${text} ]`,
  change: `echo ${text} >${name}`,
  remove: `rm ${name}; echo removed ${name} >>story`,
});

Deno.test("commands of the configuration run without any key, and what left them is removed at the next start", () =>
  inFolder(async (cwd) => {
    const settings = (...commands: readonly object[]) => ({ run_listenAddress: "", sources_base: { commands } });
    for (const [commands, there] of [[[file("a"), file("b")], "a b"], [[file("b", "two")], "b"]] as const) {
      await using agent = new Agent({ cwd, settings: settings(...commands), once: true });
      equal(await agent.ended(), 0, agent.log);
      deepEqual(
        [...Deno.readDirSync(cwd)].map(({ name }) => name).filter((name) => name.length === 1).sort().join(" "),
        there,
      );
    }
    // Another text in the configuration is a decision, as in a new token: the old one was removed first.
    equal(readText(`${cwd}/story`), "removed b\nremoved a\n");
    equal(readText(`${cwd}/b`), "two\n");
    const status = await etcha(["-x", "sources_base={}", "status"], { cwd });
    match(status.stdout, /pattern +commands of the configuration, since /);
  }));

Deno.test("a token replaces the commands of the configuration, and they do not come back by themselves", () =>
  inFolder(async (cwd) => {
    const settings = {
      run_listenAddress: "127.0.0.1:0",
      run_verifyKeys: [good.publicKey],
      sources_base: { allowPush: true, commands: [file("a")], runFrequency: "1s" },
    };
    {
      await using agent = await new Agent({ cwd, settings }).listening();
      equal(readText(`${cwd}/a`), "a\n");
      await Deno.remove(`${cwd}/a`);
      await until(() => readText(`${cwd}/a`) === "a\n", () => agent.log);
      const answer = JSON.parse((await agent.push("base", await forge(patternClaims([file("b")]), good))).body);
      deepEqual([answer.changedIDs, answer.removedIDs, answer.err], [["b"], ["a"], ""]);
    }
    {
      await using agent = await new Agent({ cwd, settings }).listening();
      deepEqual([readText(`${cwd}/a`), readText(`${cwd}/b`)], ["", "b\n"]);
      agent.signal("SIGTERM");
      await agent.ended();
    }
    await Deno.remove(`${cwd}/etcha/base.jwt`);
    await using agent = await new Agent({ cwd, settings }).listening();
    await agent.logged(/nothing is run: the commands of the configuration were replaced by a token/);
    deepEqual([readText(`${cwd}/a`), readText(`${cwd}/b`)], ["", "b\n"]);
  }));
