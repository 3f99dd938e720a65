import { chmodSync, closeSync, constants, fchmodSync, fchownSync, fstatSync, futimesSync, openSync } from "node:fs";
import { type FileAttributes, HostError } from "../host.ts";
import { errorCode } from "./errors.ts";

/** Opens what a path names without any right to it (open(2), Linux): enough to change who has which. */
const O_PATH = 0o10000000;

/** What is set is what was looked at: by a handle, never by a name that could lead elsewhere meanwhile. */
export function setAttributes(path: string, attributes: FileAttributes): void {
  const handle = openItself(path);
  try {
    const stat = fstatSync(handle.fd);
    if (!stat.isFile() && !stat.isDirectory()) {
      throw new HostError("other", `cannot set owner or mode of ${path}: it is neither a file nor a folder`);
    }
    setAttributesOf(handle.fd, attributes, handle.changeMode);
  } finally {
    closeSync(handle.fd);
  }
}

/** Owner and group, then the mode: chown(2) clears the bits that give rights of the owner. */
export function setAttributesOf(
  fd: number,
  { uid, gid, mode, modifiedMs }: FileAttributes,
  changeMode: (mode: number) => void = (mode) => fchmodSync(fd, mode),
): void {
  const stat = fstatSync(fd);
  const [owner, group] = [uid ?? stat.uid, gid ?? stat.gid];
  const isOwnerNew = owner !== stat.uid || group !== stat.gid;
  if (isOwnerNew) fchownSync(fd, owner, group);
  if (mode !== undefined && (isOwnerNew || (stat.mode & 0o7777) !== mode)) changeMode(mode);
  if (modifiedMs !== undefined) futimesSync(fd, stat.atimeMs / 1000, modifiedMs / 1000);
}

/** A link is refused (ELOOP). Not even the right to read is needed where /proc is there. */
function openItself(path: string): { readonly fd: number; readonly changeMode?: (mode: number) => void } {
  try {
    return { fd: openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK) };
  } catch (error) {
    if (errorCode(error) !== "EACCES" || Deno.build.os !== "linux") throw error;
    const fd = openSync(path, O_PATH | constants.O_NOFOLLOW);
    return { fd, changeMode: (mode) => chmodSync(`/proc/self/fd/${fd}`, mode) };
  }
}
