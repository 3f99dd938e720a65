import { dirname } from "node:path/posix";
import { type Contents, type FileResource, fromBase64 } from "../domain/resource.ts";
import { type FileAttributes, type FileInfo, HostError } from "../host/host.ts";
import {
  attributeDetails,
  differingAttributes,
  keptAttributes,
  settleAttributes,
  wantedAttributes,
} from "./attributes.ts";
import { firstDifference } from "./bytes.ts";
import type { Scene } from "./means.ts";
import { done, type Outcome, refused, shown } from "./outcome.ts";
import { removeFile } from "./remove.ts";

/** Bytes of a file that is read without waiting: less than a wait costs. */
export const AT_ONCE = 64 * 1024;

export async function file(resource: FileResource, scene: Scene): Promise<Outcome> {
  const { path, action } = resource;
  if (action === "remove") return await removeFile(path, scene);
  const contents = resource.contents === undefined ? undefined : bytesOf(resource.contents, scene);
  const attributes = await wantedAttributes(resource, scene);
  if (!attributes.ok) return refused(attributes.reason);
  const { wanted } = attributes;
  return await bringAbout({ path, action, contents, wanted }, scene);
}

/** A file as it should be. */
interface WantedFile {
  readonly path: string;
  readonly action: "check" | "change";
  /** Absent: whatever is in it will do. */
  readonly contents: Uint8Array | undefined;
  readonly wanted: FileAttributes;
}

/** Checks a file, or makes it what it should be: what differs, and nothing else. */
export async function bringAbout({ path, action, contents, wanted }: WantedFile, scene: Scene): Promise<Outcome> {
  const at = scene.at(path);
  const found = scene.files.look(at, contents === undefined ? undefined : AT_ONCE);
  if (found === undefined || found.kind === "link") {
    if (found !== undefined && contents === undefined) return refused(`${shown(path)} is a link, not a file`);
    if (action === "check") {
      return done([found === undefined ? `${shown(path)} is not there` : `${shown(path)} is a link, not a file`]);
    }
    if (scene.files.look(`${dirname(at)}/.`)?.kind !== "dir") {
      return refused(`cannot make ${shown(path)}: the folder above it is not there`);
    }
    await scene.files.writeAtomic(at, contents ?? new Uint8Array(), wanted);
    return done([found === undefined ? `${shown(path)}: made` : `${shown(path)}: made in place of a link`]);
  }
  if (found.kind !== "file") {
    return refused(`${shown(path)} is ${found.kind === "dir" ? "a folder" : "a device or socket"}, not a file`);
  }
  const attributes = await differingAttributes(wanted, found, scene);
  const difference = contents === undefined ? undefined : await differsAt(at, contents, found, scene);
  if (contents === undefined || difference === undefined) {
    return await settleAttributes({ path, action, wanted, attributes }, scene);
  }
  if (action === "check") {
    const detail = await contentsDetail({ path, at, contents, wanted, found, difference }, scene);
    return done([detail, ...attributeDetails(shown(path), attributes, "differs")]);
  }
  await scene.files.writeAtomic(at, contents, keptAttributes(found, wanted));
  return done([`${shown(path)}: contents written`, ...attributeDetails(shown(path), attributes, "changed")]);
}

function bytesOf(contents: Contents, { stdin }: Scene): Uint8Array {
  if (contents.from === "argument") return contents.bytes;
  if (contents.encoding === "plain") return stdin;
  const bytes = fromBase64(new TextDecoder().decode(stdin));
  if (bytes === undefined) throw new HostError("other", "standard input is not in base64");
  return bytes;
}

/** The first byte that differs. */
async function differsAt(
  at: string,
  contents: Uint8Array,
  found: FileInfo & { readonly bytes?: Uint8Array },
  { files, signal }: Scene,
): Promise<number | undefined> {
  if (found.bytes !== undefined) return firstDifference(found.bytes, contents);
  if (found.size !== contents.length) return Math.min(found.size, contents.length);
  let end = 0;
  for await (const part of files.readParts(at, { nofollow: true })) {
    signal.throwIfAborted();
    const difference = firstDifference(part, contents.subarray(end, end + part.length));
    if (difference !== undefined) return end + difference;
    end += part.length;
  }
  return end === contents.length ? undefined : end;
}

/** What may be shown of a difference: nothing of what not everybody may read. */
async function contentsDetail(
  { path, at, contents, wanted, found, difference }: {
    readonly path: string;
    readonly at: string;
    readonly contents: Uint8Array;
    readonly wanted: FileAttributes;
    readonly found: FileInfo;
    readonly difference: number;
  },
  { files }: Scene,
): Promise<string> {
  const isPublic = (found.mode & (wanted.mode ?? found.mode) & 0o004) !== 0;
  if (!isPublic) return `${shown(path)}: contents differ (not shown: not everybody may read them)`;
  const { DIFF_LIMIT, textDiff } = await import("./contents_diff.ts");
  const before = files.look(at, DIFF_LIMIT)?.bytes;
  const diff = before === undefined ? undefined : textDiff(path, before, contents);
  return diff !== undefined
    ? `${shown(path)}: contents differ:\n${diff}`
    : found.size === contents.length
    ? `${shown(path)}: contents differ from byte ${difference} on`
    : `${shown(path)}: contents differ: ${found.size} bytes, should be ${contents.length}`;
}
