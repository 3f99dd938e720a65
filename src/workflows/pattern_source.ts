import { dirname, isAbsolute, join } from "node:path/posix";
import type { Claims, PatternFiles } from "../domain/claims.ts";
import type { JsonObject } from "../domain/json.ts";
import { type Files, HostError } from "../host/host.ts";

/** Where the files of a pattern are read from. */
export interface PatternSource {
  /** Absolute. */
  readonly entrypoint: string;
  /** Jsonnet text instead of the file. */
  readonly code?: string;
  /** How the pattern is called in messages. */
  readonly shown: string;
  /** The bytes of a file by its absolute path; nothing when it is not there. */
  readonly load: (path: string) => Promise<Uint8Array | undefined>;
  /** Absolute folders in which imports are looked for after the importing file's own. */
  readonly libraryPaths: readonly string[];
}

/** A pattern on this machine's disk, or with `code` a text that stands in for the file. */
export function diskPattern(
  files: Pick<Files, "cwd" | "read">,
  path: string,
  libraryPaths: readonly string[],
  code?: string,
): PatternSource {
  const absolute = (one: string) => isAbsolute(one) ? join(one) : join(files.cwd, one);
  return {
    entrypoint: absolute(path),
    ...(code !== undefined && { code }),
    shown: path,
    libraryPaths: libraryPaths.map(absolute),
    async load(file) {
      try {
        return await files.read(file);
      } catch (error) {
        if (error instanceof HostError && error.kind === "not-found") return undefined;
        throw error;
      }
    },
  };
}

/** A pattern as a token carries it: nothing outside the token is ever read. */
export function tokenPattern(pattern: PatternFiles): PatternSource {
  return {
    entrypoint: pattern.entrypoint,
    shown: pattern.entrypoint,
    libraryPaths: pattern.libraryPaths,
    load(path) {
      if (Object.hasOwn(pattern.files, path)) return Promise.resolve(new TextEncoder().encode(pattern.files[path]));
      if (!Object.hasOwn(pattern.binaryFiles, path)) return Promise.resolve(undefined);
      return Promise.resolve(Uint8Array.fromBase64(pattern.binaryFiles[path]!));
    },
  };
}

/** What a pattern may know of its token: all claims but its own files and what was kept for native functions. */
export function jwtVar({ raw }: Claims): JsonObject {
  const { etchaPattern: _files, etchaCache: _kept, ...claims } = raw;
  return claims;
}

/** What a pattern is told of where it comes from, when it is built. */
export function sourceVars({ entrypoint }: PatternSource): JsonObject {
  return { srcPath: entrypoint, srcDir: dirname(entrypoint) };
}
