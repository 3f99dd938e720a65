/** A state directory that can't be used, or not any more: nothing is changed on the host that can't be remembered. */
import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { states } from "../../src/host/deno/state/store.ts";
import { Agent, inFolder, readText, until } from "./agent.ts";
import { folderDigest } from "./folder_digest.ts";
import { forge, patternClaims, seconds, testKey } from "./forge.ts";

const good = await testKey("good");
const settings = {
  run_listenAddress: "127.0.0.1:0",
  run_verifyKeys: [good.publicKey],
  sources_one: { allowPush: true },
};
const always = (id: string) => [{ id, always: true, change: `echo ${id} >>note` }];
const canMount = Deno.uid() === 0 && await mounts();

/** A file system of a few pages, for the duration of `use`. */
async function withTinyDisk(cwd: string, use: (folder: string) => Promise<void>): Promise<void> {
  const folder = `${cwd}/small`;
  await Deno.mkdir(folder);
  await command("mount", "-t", "tmpfs", "-o", "size=1m", "none", folder);
  try {
    await use(folder);
  } finally {
    await command("umount", folder);
  }
}

Deno.test({
  name: `a full state directory: runs are refused before anything is changed${canMount ? "" : " (skipped: no mount)"}`,
  ignore: !canMount,
  fn: () =>
    inFolder((cwd) =>
      withTinyDisk(cwd, async (folder) => {
        await using agent = new Agent({ cwd, settings: { ...settings, run_stateDir: `${folder}/state` } });
        await agent.listening();
        const first = await forge(patternClaims(always("first")), good);
        equal((await agent.push("one", first)).status, 200);
        await fill(`${folder}/full`);
        const before = await remembered(`${folder}/state`);
        const second = await forge(patternClaims(always("second"), { iat: seconds() + 1 }), good);
        // A new token, and the current one again: that needs no new row, but its run would not be remembered.
        for (const token of [second, first, second]) {
          const refused = await agent.push("one", token);
          equal(refused.status, 500);
          match(JSON.parse(refused.body).err, /No space left|full/);
          equal(readText(`${cwd}/note`), "first\n");
        }
        match(agent.log, /level="ERROR" .*sourceName="one" error="record the run of one: .*(No space left|full)/);
        deepEqual(await remembered(`${folder}/state`), before);
        await Deno.remove(`${folder}/full`);
        equal((await agent.push("one", second)).status, 200);
        equal(readText(`${cwd}/note`), "first\nsecond\n");
        agent.signal("SIGTERM");
        equal(await agent.ended(), 0, agent.log);
      })
    ),
});

Deno.test({
  name: `a state directory that can't be written is refused at the start${canMount ? "" : " (skipped: no mount)"}`,
  ignore: !canMount,
  fn: () =>
    inFolder((cwd) =>
      withTinyDisk(cwd, async (folder) => {
        const run_stateDir = `${folder}/state`;
        {
          await using agent = await new Agent({ cwd, settings: { ...settings, run_stateDir } }).listening();
          equal((await agent.push("one", await forge(patternClaims(always("first")), good))).status, 200);
          agent.signal("SIGTERM");
          equal(await agent.ended(), 0);
        }
        await command("mount", "-o", "remount,ro", folder);
        for (const once of [true, false]) {
          await using agent = new Agent({ cwd, settings: { ...settings, run_stateDir }, once });
          equal(await agent.ended(), 1);
          match(agent.log, /open the state: .*Read-only file system[^]*hint: set run\.stateDir to a folder/);
        }
        equal(readText(`${cwd}/note`), "first\n");
      })
    ),
});

Deno.test("a state that is no folder or is damaged ends the start, and is left as it is", () =>
  inFolder(async (cwd) => {
    await Deno.writeTextFile(`${cwd}/file`, "mine");
    {
      await using agent = new Agent({ cwd, settings: { ...settings, run_stateDir: "file" }, once: true });
      equal(await agent.ended(), 1);
      match(agent.log, /open the state: cannot make the folder \S*file/);
    }
    equal(readText(`${cwd}/file`), "mine");
    await Deno.mkdir(`${cwd}/etcha`);
    await Deno.writeTextFile(`${cwd}/etcha/one.jwt`, await forge(patternClaims(always("first")), good));
    await Deno.writeTextFile(`${cwd}/etcha/state.db`, "not a database ".repeat(1000));
    await using agent = new Agent({ cwd, settings, once: true });
    equal(await agent.ended(), 1);
    match(agent.log, /state\.db is damaged .*move it away to begin anew/);
    truthy(readText(`${cwd}/etcha/state.db`).startsWith("not a database"));
    equal(readText(`${cwd}/note`), "");
  }));

Deno.test("a state directory that vanishes: nothing runs without a record, and all goes on when it is back", () =>
  inFolder(async (cwd) => {
    const sources_one = { allowPush: true, runFrequency: "200ms" };
    const first = await forge(patternClaims(always("first")), good);
    const lines = () => readText(`${cwd}/note`).length / "first\n".length;
    {
      await using agent = await new Agent({ cwd, settings: { ...settings, sources_one } }).listening();
      equal((await agent.push("one", first)).status, 200);
      await until(() => lines() > 2, () => agent.log);
      await Deno.rename(`${cwd}/etcha`, `${cwd}/away`);
      await agent.logged(/sourceName="one" error="record the run of one: \S*state\.db is not there any more/);
      const before = lines();
      for (const token of [first, await forge(patternClaims(always("other"), { iat: seconds() + 1 }), good)]) {
        const refused = await agent.push("one", token);
        equal(refused.status, 500);
        match(JSON.parse(refused.body).err, /record the run of one: .*(not there any more|No such file)/);
      }
      equal(lines(), before);
      deepEqual([...Deno.readDirSync(cwd)].map(({ name }) => name).sort(), ["agent.log", "agent.out", "away", "note"]);
      await Deno.rename(`${cwd}/away`, `${cwd}/etcha`);
      await until(() => lines() > before, () => agent.log);
      equal((await agent.push("one", first)).status, 200);

      await Deno.remove(`${cwd}/etcha`, { recursive: true });
      equal((await agent.push("one", first)).status, 500);
      agent.signal("SIGTERM");
      equal(await agent.ended(), 0, agent.log);
    }
    // The next start begins anew.
    await using agent = await new Agent({ cwd, settings: { ...settings, sources_one } }).listening();
    const before = lines();
    equal((await agent.push("one", first)).status, 200);
    truthy(lines() > before);
  }));

/** What is kept, beside the bytes of the log in which SQLite may leave the torso of what did not fit. */
async function remembered(folder: string): Promise<unknown> {
  const { "state.db-wal": _, ...files } = await folderDigest(folder);
  await using store = await states.open(folder, { exclusive: false });
  return [files, await store.load("one"), await store.history("one", 10)];
}

async function fill(path: string): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  for (const size of [65_536, 4096, 1]) {
    try {
      while (true) await file.write(new Uint8Array(size));
    } catch (error) {
      if (!(error instanceof Error) || !/os error 28/.test(error.message)) throw error;
    }
  }
}

async function mounts(): Promise<boolean> {
  const folder = await Deno.makeTempDir();
  const { success } = await new Deno.Command("mount", { args: ["-t", "tmpfs", "none", folder], stderr: "null" })
    .output();
  if (success) await command("umount", folder);
  await Deno.remove(folder);
  return success;
}

async function command(name: string, ...args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(name, { args: [...args] }).output();
  truthy(success, new TextDecoder().decode(stderr));
}
