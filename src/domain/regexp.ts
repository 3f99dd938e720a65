import { RE2JS, RE2JSException } from "re2js";

/** A regular expression in RE2 syntax: linear in time, whatever the pattern, so that a hostile one can't hang the program. */
export interface Regexp {
  readonly source: string;
  /** Whether the expression matches anywhere in the text. */
  test(text: string): boolean;
}

export type ParsedRegexp = { readonly ok: true; readonly regexp: Regexp } | {
  readonly ok: false;
  readonly reason: string;
};

export function parseRegexp(source: string): ParsedRegexp {
  try {
    const compiled = RE2JS.compile(source);
    return { ok: true, regexp: { source, test: (text) => compiled.matcher(text).find() } };
  } catch (error) {
    if (error instanceof RE2JSException) return { ok: false, reason: error.message };
    throw error;
  }
}
