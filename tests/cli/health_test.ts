import { deepEqual, equal, match } from "node:assert/strict";
import { Agent } from "./agent.ts";
import { Folder } from "./folder.ts";
import { etcha } from "./program.ts";

const SOURCES = '{"a":{"commands":[{"id":"x","check":"true"}]}}';

Deno.test("health finds the agent wherever it listens, and its lock where it does not", async () => {
  await using folder = await Folder.make();
  const cwd = folder.path;
  const socket = `unix:${cwd}/agent.sock`;
  const settings = { sources: SOURCES, run_listenAddress: ["127.0.0.1:0", socket] };
  await using agent = await new Agent({ cwd, settings }).listening();
  const health = async (addresses: unknown, ...flags: string[]) =>
    await etcha(["-x", `run_listenAddress=${JSON.stringify(addresses)}`, "health", ...flags], { cwd });
  const { port } = agent;
  const well = await health([`127.0.0.1:${port}`, socket]);
  deepEqual([well.code, well.stderr], [0, ""]);
  match(well.stdout, /^127\.0\.0\.1:\d+ answers: status 404\nunix:\S+ answers: status 404\n$/);
  equal((await health(`0.0.0.0:${port}`)).code, 0);
  const locked = await health("");
  deepEqual([locked.code, locked.stdout], [0, "etcha answers: an agent uses it\n"]);
  // TLS is not plain HTTP, and nothing is well that only in part is.
  const plain = await health([socket, `http://127.0.0.1:${port}`], "--json");
  equal(plain.code, 1);
  const { healthy, places } = JSON.parse(plain.stdout);
  deepEqual([healthy, places.map(({ answers }: { answers: boolean }) => answers)], [false, [true, false]]);

  agent.signal("SIGTERM");
  equal(await agent.ended(), 0);
  const gone = await health(`127.0.0.1:${port}`);
  deepEqual([gone.code, gone.stdout], [1, `127.0.0.1:${port}: nothing listens there\n`]);
  equal((await health(socket)).code, 1);
  deepEqual(await health(""), { code: 1, stdout: "etcha: no agent uses it\n", stderr: "" });
});
