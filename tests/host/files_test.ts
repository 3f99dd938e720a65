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
  return Promise.resolve({ files: new FakeFiles(), folder: "/work", [Symbol.asyncDispose]: () => Promise.resolve() });
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
