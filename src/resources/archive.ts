import { dirname } from "node:path/posix";
import type { ArchiveResource } from "../domain/resource.ts";
import { type FileAttributes, HostError } from "../host/host.ts";
import { FETCHED_NAME, type Marker, MARKER_NAME, readMarker, writeMarker } from "./archive_marker.ts";
import { wantedAttributes } from "./attributes.ts";
import type { Scene } from "./means.ts";
import { done, type Outcome, refused, shown } from "./outcome.ts";
import { digestOf, openSource, type Source, type Version } from "./source.ts";
import { type Contents, inspect, unpack } from "./unpack.ts";

export async function archive(resource: ArchiveResource, scene: Scene): Promise<Outcome> {
  const { path, action } = resource;
  const folder = scene.at(path);
  const found = scene.files.look(folder);
  if (found !== undefined && found.kind !== "dir") {
    return refused(`${shown(path)} is ${found.kind === "link" ? "a link" : "a file"}, not a folder`);
  }
  const marker = found === undefined ? undefined : await readMarker(path, scene);
  if (action === "remove") return await removeUnpacked(path, marker, scene);
  const attributes = await wantedAttributes(resource, scene);
  if (!attributes.ok) return refused(attributes.reason);
  const owner = attributes.wanted;
  const difference = await differs(resource, marker, owner, scene);
  if (difference === undefined) return done([]);
  if (action === "check") return done([difference]);
  if (found === undefined) {
    if (scene.files.look(`${dirname(folder)}/.`)?.kind !== "dir") {
      return refused(`cannot make ${shown(path)}: the folder above it is not there`);
    }
    await scene.files.makeDir(folder);
    await scene.files.setAttributes(folder, owner);
  }
  return await change(resource, marker, owner, scene);
}

/** What is not as wanted, in words. */
async function differs(
  { from, path, sha256, strip }: ArchiveResource,
  marker: Marker | undefined,
  owner: FileAttributes,
  scene: Scene,
): Promise<string | undefined> {
  if (marker === undefined) return `${shown(path)}: nothing was unpacked there`;
  if (!marker.complete) return `${shown(path)}: the archive was not unpacked to its end`;
  if (marker.strip !== strip) return `${shown(path)}: another number of parts of names was left out`;
  const folder = scene.at(path);
  for (const name of [...marker.folders, ...marker.files]) {
    const found = scene.files.look(`${folder}/${name}`);
    if (found === undefined) return `${shown(path)}: ${shown(name)} is not there`;
    if (found.kind === "link") continue;
    if ((owner.uid ?? found.uid) !== found.uid || (owner.gid ?? found.gid) !== found.gid) {
      return `${shown(path)}: ${shown(name)} has another owner or group`;
    }
  }
  const changed = `${shown(path)}: it was unpacked from another archive`;
  if (sha256 !== undefined) return marker.sha256 === sha256 ? undefined : changed;
  const source = await openSource(from, scene);
  if (source === undefined) return `${shown(from)} is not there`;
  const isFromHere = marker.from === digestOf(from);
  const { info } = source;
  if (isFromHere && info !== undefined && info.size === marker.size && info.modifiedMs === marker.modifiedMs) {
    return undefined;
  }
  const known = isFromHere && info === undefined ? versionOf(marker) : {};
  const read = await source.read(() => Promise.resolve("more"), known);
  return read.kind === "unchanged" || read.sha256 === marker.sha256 ? undefined : changed;
}

async function change(
  { from, path, sha256, strip }: ArchiveResource,
  before: Marker | undefined,
  owner: FileAttributes,
  scene: Scene,
): Promise<Outcome> {
  const { files } = scene;
  const folder = scene.at(path);
  const source = await openSource(from, scene);
  if (source === undefined) return refused(`${shown(from)} is not there`);
  const fetched = `${folder}/${FETCHED_NAME}`;
  const local = source.info === undefined ? fetched : scene.at(from);
  try {
    const { version, sha256: found } = await obtain(source, local, scene);
    if (sha256 !== undefined && found !== sha256) {
      return refused(`the SHA-256 of ${source.name} is ${found}, not ${sha256}`);
    }
    const contents = await inspect(local, strip, scene);
    const marker: Marker = {
      complete: true,
      sha256: found,
      strip,
      from: digestOf(from),
      ...version,
      ...(source.info !== undefined && { size: source.info.size, modifiedMs: source.info.modifiedMs }),
      files: [...contents.files],
      folders: [...contents.folders],
    };
    const union = (key: "files" | "folders") => [...new Set([...before?.[key] ?? [], ...marker[key]])];
    await writeMarker(path, { ...marker, complete: false, files: union("files"), folders: union("folders") }, scene);
    await removeLeft(folder, before, contents, scene);
    await unpack(local, { folder, strip, owner, removable: new Set(before?.files) }, scene);
    await files.flush([
      folder,
      ...[...contents.folders, ...contents.files.difference(contents.links)].map((name) => `${folder}/${name}`),
    ]);
    await writeMarker(path, marker, scene);
    return done([`${shown(path)}: unpacked ${contents.files.size} files, from ${source.name}`]);
  } finally {
    if (files.look(fetched) !== undefined) await files.remove(fetched);
  }
}

/** The archive as a file: it is read twice, and a zip from its end. */
async function obtain(
  source: Source,
  local: string,
  scene: Scene,
): Promise<{ readonly version: Version; readonly sha256: string }> {
  if (source.info !== undefined) return { version: {}, sha256: await hashOf(source) };
  let obtained: { readonly version: Version; readonly sha256: string } | undefined;
  await scene.files.replaceBy(local, async (write) => {
    const read = await source.read(async (part) => {
      await write(part);
      return "more";
    });
    if (read.kind === "read") obtained = read;
    return { mode: 0o600 };
  }, { flush: "later" });
  if (obtained === undefined) throw new HostError("other", `${source.name}: the server answered with status 304`);
  return obtained;
}

async function hashOf(source: Source): Promise<string> {
  const read = await source.read(() => Promise.resolve("more"));
  if (read.kind !== "read") throw new Error("a file was not read");
  return read.sha256;
}

/** Removes what an older archive had and the newer one has not, and files that give way to folders. */
async function removeLeft(
  folder: string,
  before: Marker | undefined,
  contents: Contents,
  scene: Scene,
): Promise<void> {
  await removeNames(
    folder,
    (before?.files ?? []).filter((name) => !contents.files.has(name)),
    (before?.folders ?? []).filter((name) => !contents.folders.has(name)),
    scene,
  );
}

/** Files and links, then folders that are empty then, the deepest first. What others have put there stays. */
async function removeNames(
  folder: string,
  names: readonly string[],
  folders: readonly string[],
  { files }: Scene,
): Promise<void> {
  const isReached = (name: string) => {
    for (let above = dirname(name); above !== "."; above = dirname(above)) {
      if (files.look(`${folder}/${above}`)?.kind !== "dir") return false;
    }
    return true;
  };
  for (const name of names) {
    const found = isReached(name) ? files.look(`${folder}/${name}`) : undefined;
    if (found?.kind === "file" || found?.kind === "link") await files.remove(`${folder}/${name}`);
  }
  for (const name of folders.toSorted((a, b) => b.split("/").length - a.split("/").length)) {
    const isThere = isReached(name) && files.look(`${folder}/${name}`)?.kind === "dir";
    if (isThere && (await files.list(`${folder}/${name}`)).length === 0) await files.remove(`${folder}/${name}`);
  }
}

async function removeUnpacked(path: string, marker: Marker | undefined, scene: Scene): Promise<Outcome> {
  if (marker === undefined) return done([]);
  const { files } = scene;
  const folder = scene.at(path);
  await removeNames(folder, marker.files, marker.folders, scene);
  await files.remove(`${folder}/${MARKER_NAME}`);
  const isEmpty = (await files.list(folder)).length === 0;
  if (isEmpty) await files.remove(folder);
  return done([`${shown(path)}: ${isEmpty ? "removed" : "what was unpacked there is removed"}`]);
}

function versionOf({ etag, lastModified }: Marker): Version {
  return { ...(etag !== undefined && { etag }), ...(lastModified !== undefined && { lastModified }) };
}
