import { dirname } from "node:path/posix";
import { type FileAttributes, HostError } from "../host/host.ts";
import { type ArchiveEntry, checkTarget, nameBelow } from "./archive_entries.ts";
import { readArchive } from "./archive_formats.ts";
import { FETCHED_NAME, MARKER_NAME } from "./archive_marker.ts";
import type { Scene } from "./means.ts";
import { shown } from "./outcome.ts";

const MAX_ENTRIES = 200_000;
/** Bytes of all that is unpacked: a small archive may hold very much of nothing. */
const MAX_SIZE = 64 * 1024 ** 3;

const OWN_NAMES: ReadonlySet<string> = new Set([MARKER_NAME, FETCHED_NAME]);

/** What an archive comes to, by names below the folder. */
export interface Contents {
  /** Links among them. */
  readonly files: ReadonlySet<string>;
  /** Symbolic ones. */
  readonly links: ReadonlySet<string>;
  /** Those above files included. */
  readonly folders: ReadonlySet<string>;
}

/** Reads an archive to its end and writes nothing. Rejects with HostError when something of it must not be unpacked. */
export async function inspect(path: string, strip: number, scene: Scene): Promise<Contents> {
  const files = new Set<string>();
  const folders = new Set<string>();
  const links = new Set<string>();
  let entries = 0;
  let size = 0;
  for await (const entry of readArchive(path, scene)) {
    scene.signal.throwIfAborted();
    if (++entries > MAX_ENTRIES) throw refusal(`has more than ${MAX_ENTRIES} entries`);
    const { what } = entry;
    const below = nameBelow(entry.name, strip);
    if (what.kind === "other") throw refusal(`has ${what.type} in it: ${shown(entry.name)}`);
    if (below === undefined) continue;
    const [top = ""] = below.split("/");
    if (OWN_NAMES.has(top)) throw refusal(`has a file ${top}`);
    for (let above = dirname(below); above !== "."; above = dirname(above)) {
      if (links.has(above) || files.has(above)) throw refusal(`has a name below what is no folder: ${shown(below)}`);
      folders.add(above);
    }
    const isFirst = !files.has(below);
    if (what.kind === "dir") folders.add(below);
    else files.add(below);
    if (files.has(below) && folders.has(below)) throw refusal(`has a folder and a file of one name: ${shown(below)}`);
    if (what.kind === "symlink") {
      checkTarget(below, what.target);
      links.add(below);
    } else if (what.kind === "hardlink") {
      links.delete(below);
      const first = nameBelow(what.name, strip);
      if (first === undefined || !files.has(first) || links.has(first) || (first === below && isFirst)) {
        throw refusal(`has a link to what is no file before it: ${shown(below)}`);
      }
    } else if (what.kind === "file") {
      links.delete(below);
      for await (const part of entry.contents()) {
        size += part.length;
        if (size > MAX_SIZE) throw refusal(`comes to more than ${MAX_SIZE / 1024 ** 3} GiB`);
      }
    }
  }
  return { files, links, folders };
}

function refusal(found: string): HostError {
  return new HostError("other", `cannot unpack the archive: it ${found}`);
}

/** Unpacks what `inspect` has found to be right. `removable`: files that may give way to folders. */
export async function unpack(
  path: string,
  { folder, strip, owner, removable }: {
    readonly folder: string;
    readonly strip: number;
    readonly owner: FileAttributes;
    readonly removable: ReadonlySet<string>;
  },
  scene: Scene,
): Promise<void> {
  const { files } = scene;
  const known = new Set<string>();
  const makeFolder = async (below: string): Promise<void> => {
    if (below === "." || known.has(below)) return;
    await makeFolder(dirname(below));
    const at = `${folder}/${below}`;
    const found = files.look(at);
    if (found !== undefined && found.kind !== "dir") {
      if (!removable.has(below)) throw new HostError("exists", `${shown(at)} is in the way of a folder`);
      await files.remove(at);
    }
    if (found?.kind !== "dir") await files.makeDir(at);
    if ((owner.uid ?? owner.gid) !== undefined) await files.setAttributes(at, owner);
    known.add(below);
  };
  for await (const entry of readArchive(path, scene)) {
    scene.signal.throwIfAborted();
    const below = nameBelow(entry.name, strip);
    if (below === undefined) continue;
    const at = `${folder}/${below}`;
    await makeFolder(dirname(below));
    await unpackEntry(entry, { at, folder, strip, owner, makeFolder: () => makeFolder(below) }, scene);
  }
}

async function unpackEntry(
  { what, mode, modifiedMs, contents }: ArchiveEntry,
  { at, folder, strip, owner, makeFolder }: {
    readonly at: string;
    readonly folder: string;
    readonly strip: number;
    readonly owner: FileAttributes;
    readonly makeFolder: () => Promise<void>;
  },
  { files }: Scene,
): Promise<void> {
  const write = async (parts: AsyncIterable<Uint8Array>, attributes: FileAttributes) =>
    await files.replaceBy(at, async (write) => {
      for await (const part of parts) await write(part);
      return { ...owner, ...attributes };
    }, { flush: "later" });
  switch (what.kind) {
    case "dir":
      await makeFolder();
      // Who unpacks it must be able to write into it.
      return await files.setAttributes(at, { mode: mode | 0o700 });
    case "file":
      return await write(contents(), { mode, modifiedMs });
    case "symlink":
      return await files.writeLink(at, what.target);
    case "hardlink": {
      const first = `${folder}/${nameBelow(what.name, strip)}`;
      const info = files.look(first);
      return await write(files.readParts(first, { nofollow: true }), { mode: info?.mode ?? mode, modifiedMs });
    }
    case "other":
      throw new Error("an archive was unpacked that was not inspected");
  }
}
