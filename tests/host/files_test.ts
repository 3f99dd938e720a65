import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { files } from "../../src/host/deno/files.ts";
import { openStill } from "../../src/host/deno/open_still.ts";
import { FakeFiles } from "../fakes/fake_files.ts";
import { filesConformance, matches } from "./conformance_files.ts";

async function temporary() {
  const folder = await Deno.makeTempDir();
  return { files, folder, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

filesConformance("real files", temporary);
filesConformance("fake files", () => {
  return Promise.resolve({ files: new FakeFiles(), folder: "/srv", [Symbol.asyncDispose]: () => Promise.resolve() });
});

Deno.test("a write follows the umask, an explicit mode does not", async () => {
  await using here = await temporary();
  const before = Deno.umask(0o027);
  try {
    await files.writeAtomic(`${here.folder}/a`, "");
    await files.writeAtomic(`${here.folder}/b`, "", { mode: 0o666 });
  } finally {
    Deno.umask(before);
  }
  assert.equal((await files.stat(`${here.folder}/a`))?.mode, 0o640);
  assert.equal((await files.stat(`${here.folder}/b`))?.mode, 0o666);
});

Deno.test("a failed write leaves the old file and no temporary one", async () => {
  await using here = await temporary();
  await Deno.mkdir(`${here.folder}/target`);
  await assert.rejects(files.writeAtomic(`${here.folder}/target`, "x"), matches("other", /write .*target/));
  assert.deepEqual(await files.list(here.folder), ["target"]);
});

Deno.test("a link is replaced, not followed; stat follows unless told not to", async () => {
  await using here = await temporary();
  await files.writeAtomic(`${here.folder}/a`, "a");
  await Deno.symlink("a", `${here.folder}/link`);
  assert.equal((await files.stat(`${here.folder}/link`))?.kind, "file");
  assert.equal((await files.stat(`${here.folder}/link`, { nofollow: true }))?.kind, "link");
  await files.writeAtomic(`${here.folder}/link`, "b");
  assert.equal(await files.readText(`${here.folder}/a`), "a");
  assert.equal(await files.readText(`${here.folder}/link`), "b");
});

Deno.test("files whose size is not known are read to their end, or to the limit", async () => {
  assert.match(await files.readText("/proc/self/status", 100_000), /^Name:/);
  await assert.rejects(files.read("/dev/zero", 100_000), matches("other", /larger than 100000/));
});

Deno.test("what the system refuses has a kind", async () => {
  await assert.rejects(files.makeDir("/proc/x"), matches("not-found", /make the folder/));
  await assert.rejects(files.writeAtomic("/sys/kernel/etcha", ""), matches("denied", /write/));
  await assert.rejects(files.read("/etc"), matches("other", /read .etc: Is a directory/));
});

Deno.test("a temporary file of another user lies where that one gets to", async () => {
  await using here = await temporary();
  const owner = { user: "65534", group: "65534" };
  await Deno.chmod(here.folder, 0o700);
  if (Deno.uid() !== 0) {
    await assert.rejects(files.temporary("", owner, here.folder), matches("denied", /write a temporary file/));
    return;
  }
  await using closed = await files.temporary("secret", owner, here.folder);
  assert.ok(!closed.path.startsWith(here.folder), closed.path);
  await Deno.chmod(here.folder, 0o711);
  await using open = await files.temporary("secret", owner, here.folder);
  assert.ok(open.path.startsWith(`${here.folder}/.etcha-`), open.path);
  for (const { path } of [closed, open]) {
    const { mode, uid, gid } = await Deno.stat(path);
    assert.deepEqual([(mode ?? 0) & 0o777, uid, gid], [0o600, 65534, 65534]);
  }
});

Deno.test("what a killed process has left of a path is cleared by the next one that writes there", async () => {
  await using here = await temporary();
  const path = `${here.folder}/a`;
  // As it stands there while it is written.
  const seen = new Set<string>();
  await files.writeAtomic(path, "old");
  for (let i = 0; i < 50; i++) {
    const writing = files.writeAtomic(path, "x".repeat(2_000_000));
    for (const name of await files.list(here.folder)) if (name !== "a") seen.add(name);
    await writing;
  }
  const [torso] = [...seen];
  assert.match(torso ?? "", /^\.etcha-[0-9a-f-]+\.tmp$/);
  assert.deepEqual([...seen], [torso]);
  await Deno.writeTextFile(`${here.folder}/${torso}`, "left over", { mode: 0o600 });
  await files.writeAtomic(path, "new");
  assert.deepEqual(await files.list(here.folder), ["a"]);
  assert.equal(await files.readText(path), "new");
});

Deno.test("what is being written by others is not taken for left over, and not a link for a file", async () => {
  await using here = await temporary();
  const path = `${here.folder}/a`;
  const contents = Array.from({ length: 30 }, (_, i) => String(i).padEnd(100_000, "."));
  await Promise.all(contents.map((text) => files.writeAtomic(path, text)));
  assert.ok(contents.includes(await files.readText(path)));
  assert.deepEqual(await files.list(here.folder), ["a"]);
});

Deno.test("owner and group are set before the mode, and of no link", async () => {
  if (Deno.uid() !== 0) {
    console.log("  (skipped: needs root)");
    return;
  }
  await using here = await temporary();
  const path = `${here.folder}/a`;
  await files.writeAtomic(path, "x", { uid: 65534, gid: 65533, mode: 0o4710 });
  const { uid, gid, mode } = (await files.stat(path))!;
  assert.deepEqual([uid, gid, mode], [65534, 65533, 0o4710]);
  await files.setAttributes(path, { uid: 1, mode: 0o6711 });
  assert.deepEqual([files.look(path)?.uid, files.look(path)?.gid, files.look(path)?.mode], [1, 65533, 0o6711]);
});

Deno.test("a link is made where somebody else holds the name before the right one", async () => {
  await using here = await temporary();
  const path = `${here.folder}/l`;
  const digest = createHash("sha256").update("l\0link").digest("hex").slice(0, 32);
  const held = `.etcha-${digest}-0.tmp`;
  await Deno.writeTextFile(`${here.folder}/${held}`, "left over");
  await files.writeLink(path, "a");
  assert.deepEqual(await files.list(here.folder), ["l"]);
  await Deno.mkdir(`${here.folder}/${held}/x`, { recursive: true });
  await files.writeLink(path, "b");
  assert.equal(await files.readLink(path), "b");
  assert.deepEqual(await files.list(here.folder), [held, "l"]);
});

Deno.test("what has come in place of a file is neither waited for nor followed", async () => {
  await using here = await temporary();
  const fifo = `${here.folder}/fifo`;
  const { success } = await new Deno.Command("mkfifo", { args: [fifo] }).output();
  assert.ok(success);
  assert.equal(await openStill(fifo), undefined);
  await Deno.writeTextFile(`${here.folder}/a`, "text");
  await Deno.symlink("a", `${here.folder}/link`);
  assert.equal(await openStill(`${here.folder}/link`), undefined);
  assert.equal(await openStill(here.folder), undefined);
  using file = await openStill(`${here.folder}/a`);
  assert.equal(await file?.read(new Uint8Array(10)), 4);
  await assert.rejects(openStill(`${here.folder}/nothing`), { code: "ENOENT" });
});
