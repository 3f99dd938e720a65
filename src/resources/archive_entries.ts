import { HostError } from "../host/host.ts";

/** What an archive holds under one name. */
export interface ArchiveEntry {
  /** As it stands in the archive. */
  readonly name: string;
  readonly what:
    | { readonly kind: "file" }
    | { readonly kind: "dir" }
    | { readonly kind: "symlink"; readonly target: string }
    /** The same contents as an earlier name has. */
    | { readonly kind: "hardlink"; readonly name: string }
    /** In words. */
    | { readonly kind: "other"; readonly type: string };
  /** Permission bits. */
  readonly mode: number;
  readonly modifiedMs: number;
  /** To be read before the next entry is asked for, or not at all. */
  contents(): AsyncIterable<Uint8Array>;
}

/** The name that an entry has below the folder, without its first parts; undefined when nothing is left of it. */
export function nameBelow(name: string, strip: number): string | undefined {
  if (name.includes("\0") || name.startsWith("/")) throw escapes(name);
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw escapes(name);
  const below = parts.slice(strip).join("/");
  return below === "" ? undefined : below;
}

/**
 * A link must stay within the folder. Only its first parts may be `..`: behind a name that is a link itself, `..` leads to
 * where nobody has looked.
 */
export function checkTarget(below: string, target: string): void {
  const parts = target.split("/").filter((part) => part !== "" && part !== ".");
  const up = parts.findIndex((part) => part !== "..");
  const ups = up < 0 ? parts.length : up;
  const depth = below.split("/").length - 1;
  if (target.startsWith("/") || target.includes("\0") || ups > depth || parts.slice(ups).includes("..")) {
    throw new HostError("other", `the archive has a link that leads out of the folder: ${JSON.stringify(below)}`);
  }
}

function escapes(name: string): HostError {
  return new HostError("other", `the archive has a name that leads out of the folder: ${JSON.stringify(name)}`);
}
