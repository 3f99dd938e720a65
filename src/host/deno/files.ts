import { closeSync, constants, openSync, readSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type FileInfo, type Files, HostError, type OpenFile, type TemporaryFile } from "../host.ts";
import { findIdentity } from "./accounts.ts";
import { flush, randomTorsoName, removeIfThere, replaceBy, writeAtomic, writeLink } from "./atomic_write.ts";
import { concat } from "./bytes.ts";
import { hosted, toHostError } from "./errors.ts";
import { setAttributes } from "./file_attributes.ts";
import { openStill } from "./open_still.ts";

/** Bytes of a file that are read at once. */
const PART = 256 * 1024;

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
  look: (path, limit) => look(path, limit),
  readParts,
  list: (path) =>
    hosted(`list ${path}`, async () => {
      const names: string[] = [];
      for await (const entry of Deno.readDir(path)) names.push(entry.name);
      return names.sort();
    }),
  writeAtomic: (path, data, options) => hosted(`write ${path}`, () => writeAtomic(path, data, options ?? {})),
  replaceBy: (path, fill, options) =>
    hosted(
      `write ${path}`,
      () => replaceBy(path, fill, { access: options?.access ?? "closed", flush: options?.flush ?? "now" }),
    ),
  flush: (paths) => hosted("flush files to disk", () => flush(paths)),
  open: (path) => hosted(`read ${path}`, () => open(path)),
  makeDir: (path, options) =>
    hosted(`make the folder ${path}`, () => Deno.mkdir(path, { recursive: true, ...options })),
  // The old owner and mode are there until all of it is done, and then the new ones: nothing waits in between.
  setAttributes: (path, attributes) =>
    hosted(`set owner or mode of ${path}`, () => Promise.resolve().then(() => setAttributes(path, attributes))),
  readLink: (path) => hosted(`read the link ${path}`, () => Deno.readLink(path)),
  realPath: (path) => hosted(`follow the links of ${path}`, () => Deno.realPath(path)),
  writeLink: (path, target) => hosted(`make the link ${path}`, () => writeLink(path, target)),
  remove: (path) => hosted(`remove ${path}`, () => Deno.remove(path)),
  removeTree: (path) => hosted(`remove ${path}`, () => Deno.remove(path, { recursive: true })),
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

function look(path: string, limit?: number): ReturnType<Files["look"]> {
  try {
    const info = toFileInfo(Deno.lstatSync(path));
    if (info.kind !== "file" || limit === undefined || info.size > limit) return info;
    const bytes = readAtOnce(path, info.size);
    return bytes === undefined ? info : { ...info, bytes };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw toHostError(error, `look at ${path}`);
  }
}

/** Undefined when it is larger than it was. */
function readAtOnce(path: string, size: number): Uint8Array | undefined {
  // A FIFO or a link that has come there meanwhile is neither waited for nor followed.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const bytes = new Uint8Array(size + 1);
    let end = 0;
    while (end <= size) {
      const count = readSync(fd, bytes, end, size + 1 - end, null);
      if (count === 0) return bytes.subarray(0, end);
      end += count;
    }
    return undefined;
  } finally {
    closeSync(fd);
  }
}

async function open(path: string): Promise<OpenFile> {
  const file = await Deno.open(path);
  const { size } = await file.stat();
  let last = Promise.resolve();
  const readAt = async (offset: number, length: number) => {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
    await file.seek(offset, Deno.SeekMode.Start);
    let end = 0;
    while (end < bytes.length) {
      const count = await file.read(bytes.subarray(end));
      if (count === null) break;
      end += count;
    }
    return bytes.subarray(0, end);
  };
  return {
    size,
    // One after the other: they share the place in the file.
    readAt(offset, length) {
      const read = last.then(() => hosted(`read ${path}`, () => readAt(offset, length)));
      last = read.then(() => {}, () => {});
      return read;
    },
    [Symbol.asyncDispose]: async () => {
      await last;
      file.close();
    },
  };
}

async function* readParts(path: string, options?: { nofollow?: boolean }): AsyncIterable<Uint8Array> {
  using file = await hosted(`read ${path}`, () => openToRead(path, options?.nofollow === true));
  for (;;) {
    const part = new Uint8Array(PART);
    const count = await hosted(`read ${path}`, () => file.read(part));
    if (count === null) return;
    yield part.subarray(0, count);
  }
}

async function openToRead(path: string, nofollow: boolean): Promise<Deno.FsFile> {
  const there = nofollow ? await Deno.lstat(path) : undefined;
  if (there?.isSymlink) throw new HostError("other", `cannot read ${path}: it is a symbolic link`);
  if (there === undefined) return await Deno.open(path);
  const file = there.isFile ? await openStill(path) : await Deno.open(path);
  if (file !== undefined) {
    const { ino, dev } = await file.stat();
    if (there.ino === ino && there.dev === dev) return file;
    file.close();
  }
  throw new HostError("other", `cannot read ${path}: it was replaced meanwhile`);
}

function toFileInfo(info: Deno.FileInfo): FileInfo {
  return {
    kind: info.isFile ? "file" : info.isDirectory ? "dir" : info.isSymlink ? "link" : "other",
    size: info.size,
    mode: (info.mode ?? 0) & 0o7777,
    modifiedMs: info.mtime?.getTime() ?? 0,
    uid: info.uid ?? 0,
    gid: info.gid ?? 0,
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
  const path = join(resolve(folder), randomTorsoName());
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
