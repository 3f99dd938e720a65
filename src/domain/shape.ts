import * as v from "valibot";
import type { Problem } from "./problem.ts";
import { typeName } from "./json.ts";
import { didYouMean } from "./suggest.ts";

/** The same object schema without lists, which are objects to the library. */
export function notList<const S extends v.GenericSchema>(schema: S): S {
  const checked = v.pipe(v.custom((value) => !Array.isArray(value), "expected an object"), schema);
  return { ...schema, "~run": checked["~run"].bind(checked) };
}

/** The keys that a strict object schema knows. */
export function keysOf(schema: { readonly entries: object }): readonly string[] {
  return Object.keys(schema.entries);
}

/**
 * Turns what a schema found wrong into problems, one for each place. Types are named, values never shown: any of them may be
 * a secret.
 */
export function shapeProblems(
  issues: readonly v.BaseIssue<unknown>[],
  context: {
    readonly attempted: string;
    readonly where: string;
    /** The known keys of the object at a path, for hints. */
    readonly keys: (path: readonly string[]) => readonly string[];
  },
): Problem[] {
  return issues.map((issue) => {
    const path = (issue.path ?? []).map((item) => String(item.key));
    const last = issue.path?.at(-1);
    const place = path.length === 0 ? context.where : `${context.where}: ${path.join(".")}`;
    if (issue.type === "strict_object" && issue.expected === "never") {
      return {
        code: "unknown-property",
        attempted: context.attempted,
        found: `unknown property ${JSON.stringify(path.at(-1) ?? "")}`,
        where: context.where,
        ...didYouMean(path.at(-1) ?? "", context.keys(path.slice(0, -1))),
      };
    }
    if (/^(strict_)?object$/.test(issue.type) && last !== undefined && last.value === undefined) {
      return { code: "missing-property", attempted: context.attempted, found: "it is missing", where: place };
    }
    const expected = issue.type === "check" || issue.type === "custom"
      ? issue.message
      : `expected ${inWords(issue.expected ?? issue.message)}`;
    return {
      code: issue.type === "check" ? "bad-value" : "wrong-type",
      attempted: context.attempted,
      found: issue.type === "check" ? expected : `${expected}, found ${typeName(issue.input)}`,
      where: place,
    };
  });
}

const WORDS: readonly (readonly [RegExp, string])[] = [
  [/\bArray\b/g, "list"],
  [/\bObject\b/g, "object"],
  [/\bboolean\b/g, "true or false"],
  [/[()]/g, ""],
  [/ \| /g, " or "],
];

function inWords(expected: string): string {
  return WORDS.reduce((text, [from, to]) => text.replace(from, to), expected);
}
