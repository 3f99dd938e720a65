import * as v from "valibot";
import { HostError } from "../host/host.ts";
import { nameBelow } from "./archive_entries.ts";
import type { Scene } from "./means.ts";
import { shown } from "./outcome.ts";

export const MARKER_NAME = ".etcha-archive.json";
/** Where an archive lies that was fetched, while it is unpacked. */
export const FETCHED_NAME = ".etcha-archive.part";
/** Bytes: room for the names of the largest archive. */
const SIZE_LIMIT = 64 * 1024 * 1024;

/** A name that leads nowhere else: whoever may write to the folder may have written it. */
const NAME = v.pipe(v.string(), v.check((name) => isBelow(name), "it leads out of the folder"));

const MARKER = v.object({
  /** Whether all of it was unpacked; else it was begun, and some of `files`, `links` and `folders` may be there. */
  complete: v.boolean(),
  sha256: v.string(),
  strip: v.number(),
  /** SHA-256 of where it came from, which may hold secrets: what recognises its version is that of no other. */
  from: v.string(),
  etag: v.optional(v.string()),
  lastModified: v.optional(v.string()),
  /** Of an archive on this machine. */
  size: v.optional(v.number()),
  modifiedMs: v.optional(v.number()),
  /** Names below the folder: what was unpacked, and is removed again. */
  files: v.array(NAME),
  folders: v.array(NAME),
});

/** What a folder remembers of the archive that was unpacked into it. */
export type Marker = v.InferOutput<typeof MARKER>;

/** Undefined when there is none. Rejects with HostError when it was not written by who runs the program, or by root. */
export async function readMarker(folder: string, scene: Scene): Promise<Marker | undefined> {
  const path = `${scene.at(folder)}/${MARKER_NAME}`;
  const found = scene.files.look(path);
  if (found === undefined) return undefined;
  const refusal = (reason: string) =>
    new HostError("other", `cannot trust ${shown(`${folder}/${MARKER_NAME}`)}: ${reason}`);
  if (found.kind !== "file") throw refusal("it is no file");
  if (found.uid !== 0 && found.uid !== scene.accounts.ownId) throw refusal("it belongs to another user");
  if ((found.mode & 0o022) !== 0) throw refusal("others may write to it");
  let marker: unknown;
  try {
    marker = JSON.parse(new TextDecoder().decode(await scene.files.read(path, SIZE_LIMIT)));
  } catch (error) {
    if (error instanceof SyntaxError) throw refusal("it is no JSON");
    throw error;
  }
  const parsed = v.safeParse(MARKER, marker);
  if (!parsed.success) throw refusal("it is not what was written");
  return parsed.output;
}

export async function writeMarker(folder: string, marker: Marker, scene: Scene): Promise<void> {
  await scene.files.writeAtomic(`${scene.at(folder)}/${MARKER_NAME}`, `${JSON.stringify(marker)}\n`, { mode: 0o600 });
}

function isBelow(name: string): boolean {
  try {
    return nameBelow(name, 0) === name;
  } catch (error) {
    if (error instanceof HostError) return false;
    throw error;
  }
}
