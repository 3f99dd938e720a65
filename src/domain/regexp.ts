import { RE2JS, RE2JSException } from "re2js";

/** A regular expression in RE2 syntax: linear in time, whatever the pattern, so that a hostile one can't hang the program. */
export interface Regexp {
  readonly source: string;
  /** Whether the expression matches anywhere in the text. */
  test(text: string): boolean;
}

/** One that can replace what it matches. */
export interface ReplacingRegexp extends Regexp {
  /** The groups besides the whole match, which is group 0. */
  readonly groupCount: number;
  /** The number of a group by its number or name. */
  groupNumber(name: string): number | undefined;
  /** The text with every match replaced; a group that had no part in a match is empty. */
  replaceAll(text: string, replacement: (group: (number: number) => string) => string): string;
}

export type ParsedRegexp = { readonly ok: true; readonly regexp: ReplacingRegexp } | {
  readonly ok: false;
  readonly reason: string;
};

export function parseRegexp(source: string): ParsedRegexp {
  try {
    return { ok: true, regexp: toRegexp(source, RE2JS.compile(source)) };
  } catch (error) {
    if (error instanceof RE2JSException) return { ok: false, reason: error.message };
    throw error;
  }
}

function toRegexp(source: string, compiled: RE2JS): ReplacingRegexp {
  const groupCount = compiled.groupCount();
  return {
    source,
    groupCount,
    test: (text) => compiled.matcher(text).find(),
    groupNumber(name) {
      if (/^\d{1,3}$/.test(name)) return Number(name) <= groupCount ? Number(name) : undefined;
      const names = compiled.namedGroups();
      return Object.hasOwn(names, name) ? names[name] : undefined;
    },
    replaceAll(text, replacement) {
      const matcher = compiled.matcher(text);
      let result = "";
      let end = 0;
      while (matcher.find()) {
        result += text.slice(end, matcher.start()) + replacement((number) => matcher.group(number) ?? "");
        end = matcher.end();
      }
      return result + text.slice(end);
    },
  };
}
