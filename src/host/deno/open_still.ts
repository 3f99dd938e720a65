import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { errorCode } from "./errors.ts";

/** What open(2) says of a link, and of a socket. */
const NO_FILE: ReadonlySet<string | undefined> = new Set(["ELOOP", "ENXIO"]);

/**
 * Opens a file to read. Undefined where something else stands, whoever has put it there meanwhile: a FIFO is not waited
 * for, a link not followed.
 */
export async function openStill(path: string): Promise<Deno.FsFile | undefined> {
  const fd = openNow(path);
  if (fd === undefined) return undefined;
  try {
    return fstatSync(fd).isFile() ? await openAgain(fd, path) : undefined;
  } finally {
    closeSync(fd);
  }
}

function openNow(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (NO_FILE.has(errorCode(error))) return undefined;
    throw error;
  }
}

/** The runtime's own kind of handle, on what was looked at; by its name where there is no /proc. */
async function openAgain(fd: number, path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(`/proc/self/fd/${fd}`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return await Deno.open(path);
  }
}
