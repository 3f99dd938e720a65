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

/** What is said to a remote shell: that it is to be opened, or what was typed, or that the window has another size. */
export interface ShellClaims {
  /** Claims `c` and `r`; both 0: there is no terminal on the other side. */
  readonly columns: number;
  readonly rows: number;
  /** Claim `n`: rises with every token of a session. */
  readonly number: number;
  /** Claim `i`: which session; absent: a new one. */
  readonly session?: string;
  /** Claim `s`: what was typed, in standard base64; "" for nothing. */
  readonly input: string;
  /** Claim `t`: what TERM says on the other side. */
  readonly terminal?: string;
}

/** What a token says, parsed. Times are in seconds since the epoch. */
export interface Claims {
  readonly pattern?: PatternFiles;
  /** An ad-hoc command: accepted once, by push only. */
  readonly once?: string;
  /** For a remote shell, by its route only. A token that brings anything else is never one for a shell. */
  readonly shell?: ShellClaims;
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
