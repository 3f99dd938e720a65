import assert from "node:assert/strict";
import { states } from "../../src/host/deno/state/store.ts";
import { matches } from "./conformance_files.ts";
import { entry } from "./conformance_state.ts";

const TRIALS = 12;
const WRITER = new URL("./state_writer.ts", import.meta.url).pathname;

Deno.test(`after ${TRIALS} kills at random moments nothing acknowledged is lost and nothing is half there`, async () => {
  const folder = await Deno.makeTempDir();
  try {
    const dir = `${folder}/state`;
    let next = 0;
    for (let trial = 0; trial < TRIALS; trial++) {
      const acknowledged = await writeAndKill([WRITER, dir, String(next)], 5 + 7 * trial);
      await using reader = await states.open(dir, { exclusive: false });
      const seen = await reader.load("a");
      await using store = await states.open(dir, { exclusive: true });
      const state = await store.load("a");
      assert.deepEqual(seen, state);
      const keys = new Set(state.entries.map(({ key }) => key));
      for (let n = 0; n < state.nextKey / 3; n++) {
        const present = [0, 1, 2].filter((j) => keys.has(n * 3 + j)).length;
        assert.ok(present === 3, `trial ${trial}: commit ${n} has ${present} of 3 rows`);
      }
      assert.equal(keys.size, state.nextKey - (state.nextKey % 3));
      assert.ok(acknowledged.every((n) => keys.has(n * 3)), `trial ${trial}: an acknowledged commit is gone`);
      next = Math.floor(state.nextKey / 3);
    }
    assert.ok(next > TRIALS * 4, `only ${next} commits were written`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** The numbers that the writer acknowledged until it was killed, `delay` milliseconds after its first. */
async function writeAndKill(args: readonly string[], delay: number): Promise<readonly number[]> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", ...args],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let text = "";
  let killing: ReturnType<typeof setTimeout> | undefined;
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (killing === undefined && /\n\d+\n/.test(text)) killing = setTimeout(() => child.kill("SIGKILL"), delay);
  }
  assert.equal((await child.status).signal, "SIGKILL");
  // The last line may have been cut.
  return text.split("\n").slice(1, -1).map(Number);
}

const canMount = Deno.uid() === 0 && await mounts();

Deno.test({
  name: `a full disk refuses what does not fit, and nothing else${canMount ? "" : " (skipped: needs to mount)"}`,
  ignore: !canMount,
  async fn() {
    const folder = await Deno.makeTempDir();
    await command("mount", "-t", "tmpfs", "-o", "size=600k", "none", folder);
    try {
      await using store = await states.open(`${folder}/state`, { exclusive: true });
      const put = (key: number, size: number) =>
        store.commit({
          source: "a",
          changes: [{ kind: "put-entry", entry: entry(key, "x".repeat(size)), position: key }],
        });
      const [small, large, other] = await Promise.allSettled([put(1, 100), put(2, 2_000_000), put(3, 100)]);
      assert.deepEqual([small?.status, large?.status, other?.status], ["fulfilled", "rejected", "fulfilled"]);
      assert.ok(large?.status === "rejected" && matches("full", /state\.db: .*full/)(large.reason));
      assert.deepEqual((await store.load("a")).entries.map(({ key }) => key), [1, 3]);
      await assert.rejects(
        states.open(`${folder}/state/state.db/below`, { exclusive: true }),
        matches("other", /make the folder/),
      );
    } finally {
      await command("umount", folder);
      await Deno.remove(folder);
    }
  },
});

async function mounts(): Promise<boolean> {
  const folder = await Deno.makeTempDir();
  const mounted =
    (await new Deno.Command("mount", { args: ["-t", "tmpfs", "none", folder], stderr: "null" }).output()).success;
  if (mounted) await command("umount", folder);
  await Deno.remove(folder);
  return mounted;
}

async function command(name: string, ...args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(name, { args: [...args] }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}
