import { isAbsolute, join } from "node:path/posix";
import { bad, ok, type Result } from "../domain/problem.ts";
import { parseRegexp } from "../domain/regexp.ts";
import { type Files, HostError } from "../host/host.ts";

export interface JsonnetFile {
  /** Absolute. */
  readonly path: string;
  /** As it is shown, see `shownPath`. */
  readonly shown: string;
}

/** Files of one call; more is a folder that was not meant. */
const MAX_FILES = 100_000;

/** Relative to the working directory for what lies below it, else absolute. */
export function shownPath(cwd: string, path: string): string {
  const base = cwd.endsWith("/") ? cwd : `${cwd}/`;
  return path.startsWith(base) ? path.slice(base.length) : path;
}

/**
 * A file, or every .jsonnet and .libsonnet file of a folder and the folders in it, sorted. Left out are what `exclude`
 * matches (RE2 expressions, searched in the shown path), hidden folders, node_modules, and links, which could lead around in circles.
 * Problems: `path-missing`, `path-unreadable`, `path-empty`.
 */
export async function findJsonnetFiles(
  path: string,
  exclude: readonly string[],
  files: Pick<Files, "cwd" | "stat" | "list">,
): Promise<Result<readonly JsonnetFile[]>> {
  const problem = (code: string, found: string) =>
    bad({ code, attempted: "look for Jsonnet files", found, where: path });
  const excluded = exclude.map((one) => {
    const parsed = parseRegexp(one);
    if (!parsed.ok) throw new Error(`an expression of the configuration is none: ${parsed.reason}`);
    return parsed.regexp;
  });
  const start = isAbsolute(path) ? join(path) : join(files.cwd, path);
  try {
    const info = await files.stat(start);
    if (info === undefined) return problem("path-missing", "there is nothing of this name");
    if (info.kind !== "dir") return ok([{ path: start, shown: shownPath(files.cwd, start) }]);
    const found: JsonnetFile[] = [];
    const folders = [start.replace(/(.)\/$/, "$1")];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      for (const name of await files.list(folder)) {
        const here = join(folder, name);
        const shown = shownPath(files.cwd, here);
        if (name.startsWith(".") || name === "node_modules") continue;
        const kind = (await files.stat(here, { nofollow: true }))?.kind;
        if (kind === "dir") folders.push(here);
        if (kind !== "file" || !/\.(jsonnet|libsonnet)$/.test(name)) continue;
        if (!excluded.some((one) => one.test(shown))) found.push({ path: here, shown });
        if (found.length > MAX_FILES) return problem("path-too-large", `more than ${MAX_FILES} files lie below it`);
      }
    }
    if (found.length === 0) return problem("path-empty", "no .jsonnet or .libsonnet file lies below it");
    return ok(found.sort((a, b) => a.path < b.path ? -1 : 1));
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return problem("path-unreadable", error.message);
  }
}
