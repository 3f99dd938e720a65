import { relative } from "node:path/posix";
import type { PatternFiles } from "../domain/claims.ts";

/**
 * Files as they travel in a token: absolute paths below the deepest folder that holds all of them, which also is what the
 * host resolves imports against. What is not UTF-8 travels as base64.
 */
export function packFiles(
  entrypoint: string,
  files: ReadonlyMap<string, Uint8Array>,
  libraryPaths: readonly string[],
): PatternFiles {
  // A library whose files are among them must be a folder of the token as well, for imports that name a path below it.
  const libraries = libraryPaths.filter((folder) => [...files.keys()].some((path) => path.startsWith(`${folder}/`)));
  const root = commonFolder([entrypoint, ...files.keys(), ...libraries.map((folder) => `${folder}/`)]);
  const name = (path: string) => `/${relative(root, path)}`;
  const texts: Record<string, string> = {};
  const binaries: Record<string, string> = {};
  for (const [path, bytes] of [...files].sort(([a], [b]) => a < b ? -1 : 1)) {
    const text = decode(bytes);
    if (text === undefined) binaries[name(path)] = bytes.toBase64();
    else texts[name(path)] = text;
  }
  return { entrypoint: name(entrypoint), files: texts, binaryFiles: binaries, libraryPaths: libraries.map(name) };
}

function commonFolder(paths: readonly string[]): string {
  const foldersOf = (path: string) => path.slice(0, path.lastIndexOf("/")).split("/");
  let common = foldersOf(paths[0]!);
  for (const path of paths) {
    const parts = foldersOf(path);
    const differs = common.findIndex((part, i) => parts[i] !== part);
    if (differs >= 0) common = common.slice(0, differs);
  }
  return common.join("/") || "/";
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
