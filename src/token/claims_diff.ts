import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import type { Claims, PatternFiles } from "../domain/claims.ts";
import type { JsonObject } from "../domain/json.ts";
import type { Part } from "./compare.ts";

/** Changed lines after which a text is shown as different, and no more: the search for the least edits is quadratic. */
const MAX_EDITS = 2000;

/**
 * A readable diff of the parts in which two tokens differ: unified diffs with three lines of context, files by their
 * paths, manifest and run vars under names of their own. Ends with a newline; binary files and cached values are only named.
 */
export function claimsDiff(newer: Claims, older: Claims, parts: readonly Part[]): string {
  const sections: Readonly<Record<Part, () => string>> = {
    pattern: () => patternDiff(newer.pattern, older.pattern),
    command: () => textDiff("command", newer.once, older.once),
    manifest: () => textDiff("manifest", newer.buildManifest, older.buildManifest),
    runVars: () => textDiff("runVars", json(newer.runVars), json(older.runVars)),
    cached: () => cachedDiff(newer.cached ?? {}, older.cached ?? {}),
    version: () => nameDiff("version", newer.version, older.version),
  };
  return parts.map((part) => sections[part]()).join("");
}

function patternDiff(newer: PatternFiles | undefined, older: PatternFiles | undefined): string {
  const entrypoint = newer?.entrypoint === older?.entrypoint
    ? ""
    : nameDiff("entrypoint", newer?.entrypoint, older?.entrypoint);
  const texts = paths(newer?.files, older?.files)
    .map((path) => textDiff(path, own(newer?.files, path), own(older?.files, path)));
  const binaries = paths(newer?.binaryFiles, older?.binaryFiles)
    .filter((path) => own(newer?.binaryFiles, path) !== own(older?.binaryFiles, path))
    .map((path) => `Binary file ${quoted(path)} differs\n`);
  return entrypoint + texts.join("") + binaries.join("");
}

/** Only names: what was found while building may be anything, a password among it. */
function cachedDiff(newer: JsonObject, older: JsonObject): string {
  const text = (values: JsonObject, key: string) => Object.hasOwn(values, key) ? json({ value: values[key]! }) : "";
  return [...new Set([...Object.keys(newer), ...Object.keys(older)])].toSorted()
    .filter((key) => text(newer, key) !== text(older, key))
    .map((key) => `Cached value ${quoted(key)} differs\n`).join("");
}

/** One unified diff; a side that is missing is `/dev/null`. Nothing when both are equal. */
function textDiff(name: string, newer: string | undefined, older: string | undefined): string {
  if (newer === older) return "";
  const oldName = older === undefined ? "/dev/null" : `old ${quoted(name)}`;
  const newName = newer === undefined ? "/dev/null" : `new ${quoted(name)}`;
  const options = { context: 3, maxEditLength: MAX_EDITS, headerOptions: FILE_HEADERS_ONLY };
  const patch = createTwoFilesPatch(oldName, newName, older ?? "", newer ?? "", undefined, undefined, options);
  return patch ?? `--- ${oldName}\n+++ ${newName}\n(more than ${MAX_EDITS} changed lines)\n`;
}

/** The same for what is no file: that no line break stands at its end says nothing. */
function nameDiff(name: string, newer: string | undefined, older: string | undefined): string {
  const line = (text: string | undefined) => text === undefined ? undefined : `${text}\n`;
  return textDiff(name, line(newer), line(older));
}

type Texts = { readonly [path: string]: string } | undefined;

function paths(a: Texts, b: Texts): readonly string[] {
  return [...new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})])].toSorted();
}

function own(texts: Texts, path: string): string | undefined {
  return texts !== undefined && Object.hasOwn(texts, path) ? texts[path] : undefined;
}

function json(value: Claims["runVars"]): string {
  return `${JSON.stringify(sorted(value), null, 2)}\n`;
}

/** The same value with its keys in order, so that only contents make a difference. */
function sorted(value: Claims["runVars"][string]): Claims["runVars"][string] {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).toSorted(([a], [b]) => a < b ? -1 : 1).map(([key, item]) => [key, sorted(item)]),
  );
}

/** A name that can't forge lines of the diff. */
function quoted(name: string): string {
  const text = JSON.stringify(name);
  return text === `"${name}"` ? name : text;
}
