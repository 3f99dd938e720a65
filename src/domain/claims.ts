import type { Json, JsonObject } from "./json.ts";

/** The files of a pattern as they travel: absolute paths with `/`, below the deepest folder that holds all of them. */
export interface PatternFiles {
  readonly entrypoint: string;
  /** Path to text. */
  readonly files: { readonly [path: string]: string };
  /** Path to standard base64, for files that are not UTF-8. */
  readonly binaryFiles: { readonly [path: string]: string };
  /** Folders among them in which imports are looked for after the importing file's own; empty for most patterns. */
  readonly libraryPaths: readonly string[];
}

/** What a token says, parsed. Times are in seconds since the epoch. */
export interface Claims {
  readonly pattern?: PatternFiles;
  /** An ad-hoc command: accepted once, by push only. */
  readonly once?: string;
  readonly buildManifest: string;
  readonly runVars: JsonObject;
  /** What native functions have found where the pattern was built; absent: nothing. Hosts go by it instead of looking. */
  readonly cached?: JsonObject;
  readonly version: string;
  /** The only source that may accept it; absent: any. */
  readonly source?: string;
  readonly audience: readonly string[];
  readonly expires?: number;
  readonly issuedAt?: number;
  readonly notBefore?: number;
  readonly issuer?: string;
  readonly id?: string;
  readonly subject?: string;
  /** The whole payload as it was signed, for `jwt` in getConfig and for rules. */
  readonly raw: { readonly [claim: string]: Json };
}
