import { dirname, join, resolve } from "node:path";
import { type FileInfo, type Files, HostError, type TemporaryFile } from "../host.ts";
import { findIdentity } from "./accounts.ts";
import { concat } from "./bytes.ts";
import { hosted } from "./errors.ts";

/** The names that `writeAtomic` gives before the right one, and those of temporary files in a folder of the program's. */
const TORSO = /^\.etcha-[0-9a-f-]{36}\.tmp$/;

/** The files of this machine; relative paths are below the working directory. */
export const files: Files = {
  cwd: Deno.cwd(),
  read,
  async readText(path, limit) {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await read(path, limit));
  },
  async stat(path, options) {
    try {
      return toFileInfo(await (options?.nofollow === true ? Deno.lstat(path) : Deno.stat(path)));
    } catch (error) {
      // A file where a folder of the path should be: nothing can be there.
      if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
      return await hosted(`look at ${path}`, () => Promise.reject(error));
    }
  },
  list: (path) =>
    hosted(`list ${path}`, async () => {
      const names: string[] = [];
      for await (const entry of Deno.readDir(path)) names.push(entry.name);
      return names.sort();
    }),
  writeAtomic: (path, data, options) => hosted(`write ${path}`, () => writeAtomic(path, data, options?.mode)),
  makeDir: (path, options) =>
    hosted(`make the folder ${path}`, () => Deno.mkdir(path, { recursive: true, ...options })),
  remove: (path) => hosted(`remove ${path}`, () => Deno.remove(path)),
  temporary: (content, owner, folder) =>
    hosted("write a temporary file", () => temporary(content, owner.user, owner.group, folder)),
};

function read(path: string, limit?: number): Promise<Uint8Array> {
  return hosted(`read ${path}`, async () => {
    if (limit === undefined) return await Deno.readFile(path);
    using file = await Deno.open(path);
    // Not by the size that stat gives: files of /proc say 0, and any file may grow meanwhile.
    const chunks: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      const chunk = new Uint8Array(Math.min(limit + 1 - size, 65_536));
      const count = await file.read(chunk);
      if (count === null) return concat(chunks);
      size += count;
      if (size > limit) throw new HostError("other", `cannot read ${path}: it is larger than ${limit} bytes`);
      chunks.push(chunk.subarray(0, count));
    }
  });
}

async function writeAtomic(path: string, data: Uint8Array | string, mode: number | undefined): Promise<void> {
  const target = resolve(path);
  const folder = dirname(target);
  const temporary = join(folder, torsoName());
  // Closed to others from the first byte on when a mode is asked for; else 0666 less the umask.
  const file = await Deno.open(temporary, { write: true, createNew: true, ...(mode !== undefined && { mode: 0o600 }) });
  try {
    try {
      const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
      for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
      if (mode !== undefined) await Deno.chmod(temporary, mode);
      await file.sync();
    } finally {
      file.close();
    }
    await Deno.rename(temporary, target);
  } catch (error) {
    await Deno.remove(temporary);
    throw error;
  }
  await syncFolder(folder);
}

/** Removes what `writeAtomic` and `temporary` left in a folder when their process was killed. Nobody else may be writing there. */
export async function removeTorsos(path: string): Promise<void> {
  for await (const { name } of Deno.readDir(path)) {
    if (TORSO.test(name)) await Deno.remove(join(path, name));
  }
}

/** Makes the names in a folder durable, as fsync does for the contents of a file. */
export async function syncFolder(path: string): Promise<void> {
  using folder = await Deno.open(path);
  await folder.sync();
}

function toFileInfo(info: Deno.FileInfo): FileInfo {
  return {
    kind: info.isFile ? "file" : info.isDirectory ? "dir" : info.isSymlink ? "link" : "other",
    size: info.size,
    mode: (info.mode ?? 0) & 0o7777,
    modifiedMs: info.mtime?.getTime() ?? 0,
  };
}

/** Made 0600 under a random name before its owner is set, so that nobody else ever reads it. */
async function temporary(
  content: string,
  user: string | undefined,
  group: string | undefined,
  folder: string | undefined,
): Promise<TemporaryFile> {
  const owner = user === undefined && group === undefined ? undefined : await ownerOf(user, group);
  const isReached = owner === undefined || owner.uid === Deno.uid() || folder === undefined || isOpenToAll(folder);
  const path = await makeEmpty(isReached ? folder : undefined);
  try {
    await Deno.writeTextFile(path, content);
    if (owner !== undefined) await Deno.chown(path, owner.uid, owner.gid);
  } catch (error) {
    await removeIfThere(path);
    throw error;
  }
  return { path, [Symbol.asyncDispose]: () => hosted(`remove ${path}`, () => removeIfThere(path)) };
}

async function makeEmpty(folder: string | undefined): Promise<string> {
  if (folder === undefined) return await Deno.makeTempFile({ prefix: "etcha-" });
  const path = join(resolve(folder), torsoName());
  (await Deno.open(path, { write: true, createNew: true, mode: 0o600 })).close();
  return path;
}

async function ownerOf(user: string | undefined, group: string | undefined) {
  const found = await findIdentity(user, group);
  if (!found.ok) throw new HostError("other", found.reason);
  return found.identity;
}

/** Whether any user gets through to what lies in a folder: each folder on the way may be searched by all. */
function isOpenToAll(folder: string): boolean {
  for (let at = resolve(folder);; at = dirname(at)) {
    if (((Deno.statSync(at).mode ?? 0) & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function torsoName(): string {
  return `.etcha-${crypto.randomUUID()}.tmp`;
}
