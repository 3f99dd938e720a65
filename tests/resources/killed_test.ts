/**
 * Ends a process that changes files at random moments, with a signal that it can't see, and looks at what it leaves.
 * `RESOURCE_KILL_TRIALS=300 deno test -A tests/resources/killed_test.ts` does so more often.
 */
import assert from "node:assert/strict";
import { files } from "../../src/host/deno/files.ts";
import { run } from "./cases.ts";
import { STATES } from "./killed_states.ts";

const TRIALS = Number(Deno.env.get("RESOURCE_KILL_TRIALS") ?? 6);
const WRITER = new URL("./endless_writer.ts", import.meta.url).pathname;
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;

Deno.test(`after a kill a file is the old or the new one, whole, with its owner and mode (${TRIALS} times)`, async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "etcha-test-" }));
  try {
    await Deno.mkdir(`${folder}/watched`);
    const found = new Set<string>();
    let most = 0;
    for (let trial = 0; trial < TRIALS; trial++) {
      await endAtRandom(folder);
      for (const name of ["file", "copy"]) found.add(`${name} ${stateOf(`${folder}/watched/${name}`)}`);
      most = Math.max(most, [...Deno.readDirSync(`${folder}/watched`)].length);
    }
    // At most one torso of each.
    assert.ok(most <= 4, `${most} files in a folder for two`);
    const [first] = STATES;
    for (const words of [["file", "change", "watched/file", ""], ["copy", "change", "source-0", "watched/copy"]]) {
      await run(["file", "change", words[3] === "" ? "watched/file" : "watched/copy", "other"], { files, folder });
      assert.equal((await run(words, { files, folder })).code, 0);
    }
    assert.deepEqual(await files.list(`${folder}/watched`), ["copy", "file"]);
    assert.equal(await files.readText(`${folder}/watched/copy`), first.text);
    if (TRIALS >= 100) assert.equal(found.size, 4, [...found].join(", "));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function endAtRandom(folder: string): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", "--no-check", "--config", CONFIG, WRITER, folder],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.getReader();
  const { done } = await reader.read();
  assert.equal(done, false, "it ended before it had begun");
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
}

/** The number of the state in which a file is. */
function stateOf(path: string): number {
  const { mode, uid, gid } = Deno.statSync(path);
  const text = Deno.readTextFileSync(path);
  const state = STATES.findIndex((state) => state.text === text);
  assert.ok(state >= 0, `${path}: ${text.length} bytes that nobody wanted`);
  const { mode: wanted, owner } = STATES[state]!;
  assert.equal((mode ?? 0) & 0o7777, wanted, path);
  if (owner.length > 0) assert.deepEqual([uid, gid], owner, path);
  return state;
}
