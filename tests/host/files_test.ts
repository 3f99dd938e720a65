import assert from "node:assert/strict";
import { files } from "../../src/host/deno/files.ts";
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
