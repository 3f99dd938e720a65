import { createHash } from "node:crypto";
import { basename, dirname, join, resolve } from "node:path";
import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { type FileAttributes, type Fill, HostError } from "../host.ts";
import { errorCode } from "./errors.ts";
import { setAttributesOf } from "./file_attributes.ts";
import { openStill } from "./open_still.ts";

/** The names before the right one, and those of temporary files in a folder of the program's. */
const TORSO = /^\.etcha-[0-9a-f-]{1,60}\.tmp$/;
/** Processes that may write to the same path at once; so many torsos can be left of one path, and no more. */
const SLOTS = 10;

export async function writeAtomic(path: string, data: Uint8Array | string, attributes: FileAttributes): Promise<void> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  const fill: Fill = async (write) => {
    await write(bytes);
    return attributes;
  };
  await replaceBy(path, fill, { access: attributes.mode === undefined ? "open" : "closed", flush: "now" });
}

/** `closed`: nobody else may read it before its mode is set; `open`: 0666 less the umask. */
export async function replaceBy(
  path: string,
  fill: Fill,
  { access, flush }: { readonly access: "open" | "closed"; readonly flush: "now" | "later" },
): Promise<void> {
  await using torso = await Torso.make(path, access);
  const attributes = await fill(async (part) => {
    for (let at = 0; at < part.length;) at += await torso.file.write(part.subarray(at));
  });
  if (attributes === "kept") return;
  torso.setAttributes(attributes);
  if (flush === "now") await torso.file.sync();
  await torso.commit(flush);
}

export async function writeLink(path: string, target: string): Promise<void> {
  const folder = dirname(resolve(path));
  const name = await makeLinkIn(folder, torsoName(`${resolve(path)}\0link`, 0), target);
  try {
    await Deno.rename(name, resolve(path));
  } catch (error) {
    await removeIfThere(name);
    throw error;
  }
  await syncFolder(folder);
}

/** Under a name that a killed process may have left, or another one where somebody else holds that. Gives its path. */
async function makeLinkIn(folder: string, name: string, target: string): Promise<string> {
  const path = join(folder, name);
  try {
    await removeIfThere(path);
    await Deno.symlink(target, path);
    return path;
  } catch {
    // What is wrong with the folder itself is told by the second try.
    const other = join(folder, randomTorsoName());
    await Deno.symlink(target, other);
    return other;
  }
}

/**
 * A file under a name beside the one that it will get. The name follows from the other, so that what a killed process
 * has left is found and removed by the next one that writes there; a kernel lock tells it from one that is being written.
 */
class Torso implements AsyncDisposable {
  #isCommitted = false;

  private constructor(
    readonly file: Deno.FsFile,
    private readonly path: string,
    private readonly target: string,
  ) {}

  static async make(path: string, access: "open" | "closed"): Promise<Torso> {
    const target = resolve(path);
    const names = Array.from({ length: SLOTS }, (_, slot) => torsoName(target, slot));
    // The last resort, where others hold all of them: it is nobody's next time.
    for (const name of [...names, randomTorsoName()]) {
      const at = join(dirname(target), name);
      const file = await createIn(at, access);
      if (file !== undefined) return new Torso(file, at, target);
    }
    throw new HostError("busy", `cannot write ${path}: others are writing it`);
  }

  /** By a handle of its own: a name could lead elsewhere meanwhile. */
  setAttributes(attributes: FileAttributes): void {
    const handle = openSync(this.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { ino, dev } = this.file.statSync();
      const here = fstatSync(handle);
      if (here.ino !== ino || here.dev !== dev) throw new HostError("other", `${this.path} was replaced meanwhile`);
      setAttributesOf(handle, attributes);
    } finally {
      closeSync(handle);
    }
  }

  async commit(flush: "now" | "later"): Promise<void> {
    await Deno.rename(this.path, this.target);
    this.#isCommitted = true;
    if (flush === "now") await syncFolder(dirname(this.target));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Removed while it is locked: afterwards the name may be somebody else's.
    if (!this.#isCommitted) await removeIfThere(this.path);
    this.file.close();
  }
}

/** A new file that is locked. Undefined when another process writes there, or the name can't be had. */
async function createIn(path: string, access: "open" | "closed"): Promise<Deno.FsFile | undefined> {
  let file = await createNew(path, access);
  if (file === undefined && await removeLeftOver(path)) file = await createNew(path, access);
  if (file === undefined) return undefined;
  // Between making and locking it, another process may have taken it for left over.
  if (await lock(file) !== "taken" && isAt(file, path)) return file;
  file.close();
  return undefined;
}

async function createNew(path: string, access: "open" | "closed"): Promise<Deno.FsFile | undefined> {
  try {
    return await Deno.open(path, {
      read: true,
      write: true,
      createNew: true,
      ...(access === "closed" && { mode: 0o600 }),
    });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return undefined;
    throw error;
  }
}

/** Whether what stands there was left by a killed process and could be removed. */
async function removeLeftOver(path: string): Promise<boolean> {
  try {
    if (!(await Deno.lstat(path)).isFile) return false;
    using file = await openStill(path);
    if (file === undefined || await lock(file) !== "held" || !isAt(file, path)) return false;
    await Deno.remove(path);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT") return true;
    if (code === "EACCES" || code === "EPERM" || error instanceof Deno.errors.NotCapable) return false;
    throw error;
  }
}

/** `unknown`: the file system has no locks. */
async function lock(file: Deno.FsFile): Promise<"held" | "taken" | "unknown"> {
  try {
    return await file.tryLock(true) ? "held" : "taken";
  } catch (error) {
    if (errorCode(error) !== undefined) return "unknown";
    throw error;
  }
}

function isAt(file: Deno.FsFile, path: string): boolean {
  try {
    const [own, there] = [file.statSync(), Deno.lstatSync(path)];
    return own.ino === there.ino && own.dev === there.dev;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
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

/** Makes files, or the names in folders, durable; what is gone is left out. */
export async function flush(paths: Iterable<string>): Promise<void> {
  for (const path of paths) {
    try {
      await syncFolder(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

export async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function torsoName(target: string, slot: number): string {
  const digest = createHash("sha256").update(basename(target)).digest("hex").slice(0, 32);
  return `.etcha-${digest}-${slot}.tmp`;
}

export function randomTorsoName(): string {
  return `.etcha-${crypto.randomUUID()}.tmp`;
}
