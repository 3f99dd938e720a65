import type { Claims, PatternFiles } from "../domain/claims.ts";
import { equalJson } from "../domain/json.ts";

/** Which parts make two tokens different: all, or all but `etchaVersion` (`pullIgnoreVersion`, `compare -i`). */
export type ComparedParts = "all" | "without-version";
export type Part = "cached" | "command" | "manifest" | "pattern" | "runVars" | "version";

/** The parts in which two tokens differ, in the order in which they are shown; empty: they ask for the same. */
export function differingParts(newer: Claims, older: Claims, parts: ComparedParts): readonly Part[] {
  const same: Readonly<Record<Part, boolean>> = {
    pattern: equalPatterns(newer.pattern, older.pattern),
    command: newer.once === older.once,
    manifest: newer.buildManifest === older.buildManifest,
    runVars: equalJson(newer.runVars, older.runVars),
    cached: equalJson(newer.cached ?? {}, older.cached ?? {}),
    version: parts === "without-version" || newer.version === older.version,
  };
  return (Object.keys(same) as Part[]).filter((part) => !same[part]);
}

function equalPatterns(a: PatternFiles | undefined, b: PatternFiles | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.entrypoint === b.entrypoint && equalJson(a.files, b.files) && equalJson(a.binaryFiles, b.binaryFiles) &&
    equalJson(a.libraryPaths, b.libraryPaths);
}
