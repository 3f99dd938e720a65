import assert from "node:assert/strict";
import { type Files, HostError } from "../../src/host/host.ts";

/** What every Files must do. `folder` exists and is empty. */
export function filesConformance(
  name: string,
  open: () => Promise<{ files: Files; folder: string } & AsyncDisposable>,
) {
  pathsConformance(name, open);

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

/** Links, attributes and what is asked for at once. */
function pathsConformance(name: string, open: () => Promise<{ files: Files; folder: string } & AsyncDisposable>) {
  Deno.test(`${name}: what is looked at is not followed, and read up to a limit`, async () => {
    await using here = await open();
    const { files, folder } = here;
    assert.equal(files.look(`${folder}/nothing`), undefined);
    await files.writeAtomic(`${folder}/a`, "12345", { mode: 0o640 });
    const info = await files.stat(`${folder}/a`);
    assert.deepEqual(files.look(`${folder}/a`), info);
    assert.deepEqual(files.look(`${folder}/a`, 4), info);
    assert.deepEqual(files.look(`${folder}/a`, 5), { ...info, bytes: new TextEncoder().encode("12345") });
    assert.equal(files.look(folder, 100)?.kind, "dir");
    await files.writeLink(`${folder}/link`, "a");
    assert.equal(files.look(`${folder}/link`, 100)?.kind, "link");
    assert.equal((await files.stat(`${folder}/link`))?.kind, "file");
    assert.equal((await files.stat(`${folder}/link`, { nofollow: true }))?.kind, "link");
  });

  Deno.test(`${name}: a file comes in parts`, async () => {
    await using here = await open();
    const { files, folder } = here;
    const bytes = new Uint8Array(700_000).map((_, i) => i % 251);
    await files.writeAtomic(`${folder}/a`, bytes);
    assert.deepEqual(await joined(files.readParts(`${folder}/a`)), bytes);
    await files.writeLink(`${folder}/link`, "a");
    assert.deepEqual(await joined(files.readParts(`${folder}/link`)), bytes);
    await assert.rejects(joined(files.readParts(`${folder}/link`, { nofollow: true })), matches("other", /link/));
    await assert.rejects(joined(files.readParts(`${folder}/nothing`)), matches("not-found", /read/));
  });

  Deno.test(`${name}: links are made, read, replaced and removed as such`, async () => {
    await using here = await open();
    const { files, folder } = here;
    await files.writeAtomic(`${folder}/a`, "a");
    await files.writeAtomic(`${folder}/b`, "b");
    await files.writeLink(`${folder}/link`, "a");
    assert.equal(await files.readLink(`${folder}/link`), "a");
    await files.writeLink(`${folder}/link`, `${folder}/nowhere`);
    assert.equal(await files.readLink(`${folder}/link`), `${folder}/nowhere`);
    await files.writeLink(`${folder}/b`, "a");
    assert.equal(await files.readText(`${folder}/b`), "a");
    await files.writeAtomic(`${folder}/b`, "b");
    assert.equal(await files.readText(`${folder}/a`), "a");
    await files.makeDir(`${folder}/dir`);
    await files.writeLink(`${folder}/via`, "dir");
    await files.writeAtomic(`${folder}/dir/c`, "c");
    assert.equal(await files.realPath(`${folder}/via/c`), `${await files.realPath(folder)}/dir/c`);
    await assert.rejects(files.realPath(`${folder}/nothing`), matches("not-found", /follow the links/));
    await assert.rejects(files.writeLink(`${folder}/dir`, "a"), matches("other", /make the link/));
    await assert.rejects(files.readLink(`${folder}/a`), matches("other", /read the link/));
    await assert.rejects(files.setAttributes(`${folder}/link`, { mode: 0o600 }), matches("other", /set owner or mode/));
    await files.remove(`${folder}/link`);
    assert.deepEqual(await files.list(folder), ["a", "b", "dir", "via"]);
  });

  Deno.test(`${name}: attributes are set, and those that are not named stay`, async () => {
    await using here = await open();
    const { files, folder } = here;
    await files.writeAtomic(`${folder}/a`, "", { mode: 0o600 });
    await files.setAttributes(`${folder}/a`, { mode: 0o4751 });
    assert.equal(files.look(`${folder}/a`)?.mode, 0o4751);
    await files.setAttributes(`${folder}/a`, {});
    assert.equal(files.look(`${folder}/a`)?.mode, 0o4751);
    await files.makeDir(`${folder}/dir`);
    await files.setAttributes(`${folder}/dir`, { mode: 0o1770 });
    assert.equal(files.look(`${folder}/dir`)?.mode, 0o1770);
    await assert.rejects(files.setAttributes(`${folder}/nothing`, { mode: 0 }), matches("not-found", /set owner/));
  });

  Deno.test(`${name}: a folder goes with all that is in it, and no link leads out of it`, async () => {
    await using here = await open();
    const { files, folder } = here;
    await files.makeDir(`${folder}/keep`);
    await files.writeAtomic(`${folder}/keep/a`, "");
    await files.makeDir(`${folder}/tree/below`);
    await files.writeAtomic(`${folder}/tree/below/b`, "");
    await files.writeLink(`${folder}/tree/out`, `${folder}/keep`);
    await files.removeTree(`${folder}/tree`);
    assert.deepEqual(await files.list(folder), ["keep"]);
    assert.deepEqual(await files.list(`${folder}/keep`), ["a"]);
    await assert.rejects(files.removeTree(`${folder}/tree`), matches("not-found", /remove/));
  });
}

async function joined(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: number[][] = [];
  for await (const part of parts) all.push([...part]);
  return new Uint8Array(all.flat());
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
