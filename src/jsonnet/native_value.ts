import type { Json } from "../domain/json.ts";
import { bad, ok, type Result } from "../domain/problem.ts";
import { HostError } from "../host/host.ts";

/** What became of looking something up outside. `key` names it, free of secrets. */
export type Reading =
  | { readonly kind: "value"; readonly value: Json }
  | { readonly kind: "missing"; readonly key: string; readonly reason: string }
  /** The question itself was wrong: no fallback makes up for that. */
  | { readonly kind: "invalid"; readonly reason: string };

/** Asks the outside world; what it refuses is a missing value. `look` gives undefined when there is nothing. */
export async function lookUp(key: string, look: () => Promise<Json | undefined>): Promise<Reading> {
  try {
    const value = await look();
    return value === undefined ? { kind: "missing", key, reason: "there is none" } : { kind: "value", value };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return { kind: "missing", key, reason: REASONS[error.kind] };
  }
}

/** The fallback, when there is one (null is none); else the problem that the caller can tell from other errors. */
export function missing(
  what: { readonly native: string; readonly key: string; readonly reason: string },
  fallback: Json | undefined,
): Result<Json> {
  if (fallback !== null && fallback !== undefined) return ok(fallback);
  return bad({
    code: "missing-value",
    attempted: `call the native function ${what.native}`,
    found: `there is no value for ${JSON.stringify(what.key)}: ${what.reason}`,
    hint: "give a fallback if it may be missing",
  });
}

/** The kinds in words, because the messages of the outside world may repeat what was asked for, with its secrets. */
const REASONS: Readonly<Record<HostError["kind"], string>> = {
  "not-found": "it was not found",
  denied: "permission was denied",
  exists: "it exists already",
  timeout: "it took too long",
  unreachable: "it can't be reached",
  tls: "its certificate was not accepted",
  full: "there is no space left",
  busy: "it is in use",
  disabled: "reaching outside is switched off (-d)",
  other: "it can't be read",
};
