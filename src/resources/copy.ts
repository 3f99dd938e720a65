import { dirname } from "node:path/posix";
import type { CopyResource } from "../domain/resource.ts";
import { type FileAttributes, type FileInfo, HostError } from "../host/host.ts";
import {
  attributeDetails,
  differingAttributes,
  keptAttributes,
  settleAttributes,
  wantedAttributes,
} from "./attributes.ts";
import { Comparison } from "./comparison.ts";
import { DIFF_LIMIT, textDiff } from "./contents_diff.ts";
import type { Scene } from "./means.ts";
import { done, failed, type Outcome, refused, shown } from "./outcome.ts";
import { removeFile } from "./remove.ts";
import { openSource, type Read, sha256Of, type Source, type Version } from "./source.ts";

export async function copy(resource: CopyResource, scene: Scene): Promise<Outcome> {
  const { path, action } = resource;
  if (action === "remove") return await removeFile(path, scene);
  if (path === "-") return await print(resource, scene);
  const known = await wantedAttributes(resource, scene);
  if (!known.ok) return refused(known.reason);
  const { wanted } = known;
  const found = scene.files.look(scene.at(path));
  if (found !== undefined && found.kind !== "file" && found.kind !== "link") {
    return refused(`${shown(path)} is ${found.kind === "dir" ? "a folder" : "a device or socket"}, not a file`);
  }
  const old = found?.kind === "file" ? found : undefined;
  if (action === "check" && old === undefined) {
    return done([found === undefined ? `${shown(path)} is not there` : `${shown(path)} is a link, not a file`]);
  }
  const attributes = old === undefined ? [] : await differingAttributes(wanted, old, scene);
  const settle = () => settleAttributes({ path, action, wanted, attributes }, scene);
  if (old !== undefined && resource.sha256 !== undefined && await sha256Of(scene.at(path), scene) === resource.sha256) {
    return await settle();
  }
  if (action === "check" && resource.sha256 !== undefined) {
    return done([
      `${shown(path)}: contents have another SHA-256`,
      ...attributeDetails(shown(path), attributes, "differs"),
    ]);
  }
  const source = await openSource(resource.from, scene);
  if (source === undefined) return refused(`${shown(resource.from)} is not there`);
  if (action === "check") {
    const detail = await difference({ path, old: old!, wanted, source }, scene);
    return detail === undefined
      ? await settle()
      : done([detail, ...attributeDetails(shown(path), attributes, "differs")]);
  }
  if (scene.files.look(`${dirname(scene.at(path))}/.`)?.kind !== "dir") {
    return refused(`cannot make ${shown(path)}: the folder above it is not there`);
  }
  if (await bring({ resource, old, wanted, source }, scene) === "kept") return await settle();
  const what = found === undefined ? "made" : old === undefined ? "made in place of a link" : "contents written";
  return done([
    `${shown(path)}: ${what}, from ${source.name}`,
    ...attributeDetails(shown(path), attributes, "changed"),
  ]);
}

/** To standard output. Nothing is known to be right before all of it has come: what has a checksum is read twice. */
async function print({ from, sha256, action }: CopyResource, scene: Scene): Promise<Outcome> {
  if (action === "check") return failed("there is nothing to check in standard output");
  const source = await openSource(from, scene);
  if (source === undefined) return refused(`${shown(from)} is not there`);
  if (sha256 !== undefined) verify(await source.read(() => Promise.resolve("more")), sha256, source);
  const read = await source.read((part) => {
    scene.write(part);
    return Promise.resolve("more");
  });
  if (sha256 !== undefined) verify(read, sha256, source);
  return done([]);
}

function verify(read: Read, sha256: string | undefined, { name }: Source): void {
  if (sha256 === undefined || read.kind !== "read" || read.sha256 === sha256) return;
  throw new HostError("other", `the SHA-256 of ${name} is ${read.sha256}, not ${sha256}`);
}

/** What differs in the contents. Reads no more than is needed to say so. */
async function difference(
  { path, old, wanted, source }: {
    readonly path: string;
    readonly old: FileInfo;
    readonly wanted: FileAttributes;
    readonly source: Source;
  },
  scene: Scene,
): Promise<string | undefined> {
  const isPublic = (old.mode & (wanted.mode ?? old.mode) & 0o004) !== 0;
  const keep = isPublic && old.size <= DIFF_LIMIT ? DIFF_LIMIT : 0;
  const comparison = new Comparison(scene.files.readParts(scene.at(path), { nofollow: true }), keep);
  try {
    const take = async (part: Uint8Array) => {
      await comparison.take(part);
      return comparison.difference !== undefined && comparison.size > keep ? "enough" as const : "more" as const;
    };
    if (await readUnlessKnown(source, old, take) === "known") return undefined;
    await comparison.end();
  } finally {
    await comparison.close();
  }
  if (comparison.difference === undefined) return undefined;
  if (!isPublic) return `${shown(path)}: contents differ (not shown: not everybody may read them)`;
  const { whole } = comparison;
  const before = whole === undefined ? undefined : scene.files.look(scene.at(path), DIFF_LIMIT)?.bytes;
  const diff = before === undefined ? undefined : textDiff(path, before, whole!);
  return diff === undefined
    ? `${shown(path)}: contents differ from byte ${comparison.difference} on`
    : `${shown(path)}: contents differ:\n${diff}`;
}

/** `kept`: they were the same. */
async function bring(
  { resource, old, wanted, source }: {
    readonly resource: CopyResource;
    readonly old: FileInfo | undefined;
    readonly wanted: FileAttributes;
    readonly source: Source;
  },
  { files, at }: Scene,
): Promise<"written" | "kept"> {
  const path = at(resource.path);
  const kept = old !== undefined
    ? keptAttributes(old, wanted)
    : { ...(source.info !== undefined && { mode: source.info.mode & 0o777 }), ...wanted };
  let outcome: "written" | "kept" = "written";
  await files.replaceBy(path, async (write) => {
    const comparison = new Comparison(old === undefined ? nothing() : files.readParts(path, { nofollow: true }), 0);
    try {
      const take = async (part: Uint8Array) => {
        await comparison.take(part);
        await write(part);
        return "more" as const;
      };
      // With a checksum it is known that the old one is none of it.
      const read = await readUnlessKnown(source, resource.sha256 === undefined ? old : undefined, take);
      if (read !== "known") {
        verify(read, resource.sha256, source);
        await comparison.end();
      }
      if (read === "known" || (old !== undefined && comparison.difference === undefined)) {
        outcome = "kept";
        return "kept";
      }
      return { ...kept, ...modifiedAt(read.kind === "read" ? read.version : {}) };
    } finally {
      await comparison.close();
    }
  }, kept.mode === undefined ? { access: "open" } : {});
  return outcome;
}

async function* nothing(): AsyncIterable<Uint8Array> {}

/**
 * Asks a server for contents newer than a file whose time it has set. A time with fractions of a second is that of an
 * edit here, and one that the server does not confirm is not trusted: then all is read.
 */
async function readUnlessKnown(
  source: Source,
  old: FileInfo | undefined,
  take: Parameters<Source["read"]>[0],
): Promise<Extract<Read, { kind: "read" }> | "known"> {
  if (old !== undefined && source.info === undefined && old.modifiedMs % 1000 === 0) {
    const lastModified = new Date(old.modifiedMs).toUTCString();
    const read = await source.read(take, { lastModified });
    if (read.kind === "read") return read;
    // Which time it has not all servers say, and there may be an older version than the file that lies here.
    const { version } = read.version.lastModified === undefined
      ? await source.read(() => Promise.resolve("enough"))
      : read;
    if (version.lastModified === lastModified) return "known";
  }
  const read = await source.read(take);
  if (read.kind === "unchanged") throw new HostError("other", `${source.name}: the server answered with status 304`);
  return read;
}

/** The time that the server gave, by which it is asked next time. */
function modifiedAt({ lastModified }: Version): { readonly modifiedMs?: number } {
  const modifiedMs = Date.parse(lastModified ?? "");
  return Number.isNaN(modifiedMs) ? {} : { modifiedMs };
}
