/** What the thread of jq is told and what it says. */

export interface JqRequest {
  readonly query: string;
  /** Flags of jq that need no file. */
  readonly flags: readonly string[];
  readonly input: Uint8Array;
  /** What `env` and `$ENV` show. */
  readonly environment: { readonly [name: string]: string };
  /** One 32-bit integer: parts of the output that are not yet written. The thread waits where there are many. */
  readonly unwritten: SharedArrayBuffer;
}

export type FromJq =
  /** Raw bytes: a character may stand across two parts. */
  | { readonly kind: "output" | "errors"; readonly bytes: Uint8Array }
  | { readonly kind: "ended"; readonly code: number }
  /** Out of memory or of stack. */
  | { readonly kind: "died"; readonly reason: string };
