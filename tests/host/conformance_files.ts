import assert from "node:assert/strict";
import { type Files, HostError } from "../../src/host/host.ts";

/** What every Files must do. `folder` exists and is empty. */
export function filesConformance(
  name: string,
  open: () => Promise<{ files: Files; folder: string } & AsyncDisposable>,
) {
  Deno.test(`${name}: what was written is read, whole`, async () => {
    await using here = await open();
    const { files, folder } = here;
    await files.writeAtomic(`${folder}/a`, "text ü\ufeff");
    assert.equal(await files.readText(`${folder}/a`), "text ü\ufeff");
    const bytes = new Uint8Array(200_000).map((_, i) => i);
    await files.writeAtomic(`${folder}/a`, bytes);
    assert.deepEqual(await files.read(`${folder}/a`), bytes);
    assert.deepEqual(await files.read(`${folder}/a`, 200_000), bytes);
    await assert.rejects(files.read(`${folder}/a`, 199_999), matches("other", /larger than 199999 bytes/));
    await files.writeAtomic(`${folder}/empty`, "");
    assert.equal(await files.readText(`${folder}/empty`, 0), "");
    assert.deepEqual(await files.list(folder), ["a", "empty"]);
  });

  Deno.test(`${name}: stat tells kind, size and mode`, async () => {
    await using here = await open();
    const { files, folder } = here;
    await files.writeAtomic(`${folder}/key`, "12345", { mode: 0o600 });
    const info = await files.stat(`${folder}/key`);
    assert.deepEqual([info?.kind, info?.size, info?.mode], ["file", 5, 0o600]);
    assert.ok((info?.modifiedMs ?? 0) > 0);
    await files.makeDir(`${folder}/x/y`, { mode: 0o700 });
    await files.makeDir(`${folder}/x/y`, { mode: 0o700 });
    const dir = await files.stat(`${folder}/x/y`);
    assert.deepEqual([dir?.kind, dir?.mode], ["dir", 0o700]);
    assert.equal(await files.stat(`${folder}/nothing`), undefined);
    assert.equal(await files.stat(`${folder}/key/below a file`), undefined);
  });

  Deno.test(`${name}: what is not there or in the way is told by its kind`, async () => {
    await using here = await open();
    const { files, folder } = here;
    await assert.rejects(files.read(`${folder}/nothing`), matches("not-found", /read .*nothing/));
    await assert.rejects(files.list(`${folder}/nothing`), matches("not-found", /list/));
    await assert.rejects(files.remove(`${folder}/nothing`), matches("not-found", /remove/));
    await assert.rejects(files.writeAtomic(`${folder}/nothing/a`, ""), matches("not-found", /write/));
    await files.writeAtomic(`${folder}/a`, "");
    await assert.rejects(files.makeDir(`${folder}/a`), matches("exists", /folder/));
    await files.makeDir(`${folder}/dir/sub`);
    await assert.rejects(files.writeAtomic(`${folder}/dir`, "x"), matches("other", /write/));
    await assert.rejects(files.remove(`${folder}/dir`), matches("other", /remove/));
    await files.remove(`${folder}/dir/sub`);
    await files.remove(`${folder}/dir`);
    await files.remove(`${folder}/a`);
    assert.deepEqual(await files.list(folder), []);
  });

  Deno.test(`${name}: a temporary file is closed to others and goes when disposed`, async () => {
    await using here = await open();
    let path: string;
    {
      await using file = await here.files.temporary("secret", { user: undefined, group: undefined });
      path = file.path;
      assert.equal(await here.files.readText(path), "secret");
      assert.equal((await here.files.stat(path))?.mode, 0o600);
    }
    assert.equal(await here.files.stat(path), undefined);
  });

  Deno.test(`${name}: a temporary file lies in the folder that is named, and may be gone when disposed`, async () => {
    await using here = await open();
    const nobody = { user: undefined, group: undefined };
    await here.files.makeDir(`${here.folder}/own`);
    {
      await using file = await here.files.temporary("secret", nobody, `${here.folder}/own`);
      assert.deepEqual(await here.files.list(`${here.folder}/own`), [file.path.slice(`${here.folder}/own/`.length)]);
      assert.equal((await here.files.stat(file.path))?.mode, 0o600);
      await here.files.remove(file.path);
    }
    await assert.rejects(
      here.files.temporary("", nobody, `${here.folder}/nothing`),
      matches("not-found", /cannot write a temporary file/),
    );
  });
}

/** For assert.rejects: a HostError of this kind with such a message. */
export function matches(kind: HostError["kind"], message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof HostError, String(error));
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, message);
    return true;
  };
}
