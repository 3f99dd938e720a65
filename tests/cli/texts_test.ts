import { deepEqual, equal } from "node:assert/strict";
import { Folder } from "./folder.ts";
import { etcha } from "./program.ts";

Deno.test("a command reads its stdin, or nothing; of a long output 1 MiB is kept; a check that is killed decides nothing", async () => {
  await using folder = await Folder.make();
  const said = (id: string, change: string, more = "") =>
    `{ id: '${id}', always: true, change: "${change}", onChange: ['etcha:stdout'], ${more} }`;
  const ran = await etcha([
    "local",
    `[${said("reads", "cat; echo .", "stdin: 'given'")}, ${said("empty", "cat; echo .")},
      ${said("long", "head -c 1048577 /dev/zero | tr '\\\\0' x; echo")},
      { id: 'killed', check: 'kill -9 $$', change: 'touch changed' }]`,
  ], { cwd: folder.path });
  equal(ran.code, 1);
  const [given, empty, long, mark, ...summary] = ran.stdout.split("\n");
  deepEqual([given, empty], ["given.", "."]);
  deepEqual([long?.length, mark], [1024 * 1024, "[2 more bytes of output were dropped]"]);
  deepEqual(summary, [
    "    Changed 3: reads, empty, long",
    '    ERROR: check of "killed" was killed by SIGKILL',
    "",
  ]);
  deepEqual(folder.list(), []);
});

Deno.test("a text is ended after the timeout of its command or of its exec", async () => {
  await using folder = await Folder.make();
  const list = `[
    { id: 'own', always: true, change: 'sleep 600', timeout: '200ms' },
    { id: 'of exec', always: true, change: 'sleep 600', exec: { timeout: '100ms' } },
  ]`;
  const { code, stdout } = await etcha(["local", list], { cwd: folder.path });
  deepEqual([code, stdout], [
    1,
    '    ERROR: change of "own" was ended after its timeout of 200ms\n' +
    '    ERROR: change of "of exec" was ended after its timeout of 100ms\n',
  ]);
});

Deno.test("cli.logFormat and cli.logLevel do what -f and -l do, and these win", async () => {
  await using folder = await Folder.make();
  const linesOf = async (...args: string[]) => {
    const ran = await etcha([...args, "local", "{ id: 'x', always: true, change: 'true' }"], { cwd: folder.path });
    equal(ran.code, 0);
    return ran.stderr.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME");
  };
  const json = await linesOf("-f", "json");
  deepEqual(json.trim().split("\n").map((line) => JSON.parse(line).message), ["Always changing x...", "Changing x..."]);
  equal(await linesOf("-x", "cli_logFormat=json"), json);
  equal(await linesOf("-x", "cli_logFormat=kv", "-f", "json"), json);
  equal(await linesOf("-x", "cli_logLevel=error"), "");
  equal(await linesOf("-x", "cli_logLevel=none", "-l", "info", "-f", "json"), json);
});
