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
