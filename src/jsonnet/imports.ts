import type { Problem, Result } from "../domain/problem.ts";
import { bad, ok } from "../domain/problem.ts";
import { type Files, HostError } from "../host/host.ts";

/** Bytes of the file at an absolute path, undefined when there is none. Throws HostError for what can't be read. */
export type Load = (path: string) => Promise<Uint8Array | undefined>;

interface ImportedFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Bytes; a token can't hold more either. */
const FILE_LIMIT = 32 * 1024 * 1024;

/** Loads from the machine's files. */
export function loadFrom(files: Files): Load {
  return async (path) => {
    const info = await files.stat(path);
    return info === undefined || info.kind === "dir" ? undefined : await files.read(path, FILE_LIMIT);
  };
}

/** An absolute path without `.`, `..` and empty parts. `base` is the absolute folder of a relative path. */
export function absolutePath(base: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${base}/${path}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** The folder of an absolute path. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/**
 * Finds what `path` means in the file `from`: beside that file first, then in the library folders in their order.
 * The problem has no place yet: only the evaluation knows it.
 */
export async function findImport(
  load: Load,
  from: string,
  path: string,
  libraryPaths: readonly string[],
): Promise<Result<ImportedFile>> {
  const folders = path.startsWith("/") ? ["/"] : [folderOf(from), ...libraryPaths];
  for (const folder of folders) {
    const candidate = absolutePath(folder, path);
    try {
      const bytes = await load(candidate);
      if (bytes !== undefined) return ok({ path: candidate, bytes });
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      return bad(importProblem("jsonnet-import-unreadable", `${JSON.stringify(candidate)}: ${error.message}`));
    }
  }
  const searched = folders.map((folder) => absolutePath(folder, path)).join(", ");
  // An absolute path is looked for at one place, which it names itself.
  const hint = searched === path ? undefined : `looked for ${searched}`;
  return bad(importProblem("jsonnet-import-not-found", `${JSON.stringify(path)} was not found`, hint));
}

function importProblem(code: string, found: string, hint?: string): Problem {
  return { code, attempted: "import a file", found, ...(hint !== undefined && { hint }) };
}
