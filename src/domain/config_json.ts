import { type Node, parse as parseJsonc, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";

type ParsedJson =
  | { readonly ok: true; readonly value: unknown }
  /** `offset` in UTF-16 units; `reason` in words, without any of the text. */
  | { readonly ok: false; readonly offset: number; readonly reason: string };

/**
 * Reads JSON in which commas may trail. Comments are read over where they are `allowed`: in files, but not in the value
 * of a flag, which would lose the rest of a text with `//` in it.
 */
export function parseLenientJson(text: string, comments: "allowed" | "refused"): ParsedJson {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const errors: ParseError[] = [];
  const value: unknown = parseJsonc(text, errors, {
    allowTrailingComma: true,
    disallowComments: comments === "refused",
  });
  const [first] = errors;
  if (first === undefined) return { ok: true, value };
  const reason = printParseErrorCode(first.error).replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).trim();
  return { ok: false, offset: first.offset, reason };
}

/**
 * Finds lines, from 1, in a text that `parseLenientJson` reads: that of the key at a path, or of the last one above it that
 * the text has. The text is looked through when the first line is asked for.
 */
export function jsonLines(text: string): (path: readonly string[]) => number {
  let root: Node | undefined;
  return (path) => {
    root ??= parseTree(text, [], { allowTrailingComma: true });
    let at = root;
    let offset = root?.offset ?? 0;
    for (const name of path) {
      // Of equal keys the last one counts.
      const property = at?.children?.findLast(({ children }) => children?.[0]?.value === name);
      if (property === undefined) break;
      offset = property.offset;
      at = property.children?.[1];
    }
    return text.slice(0, offset).split("\n").length;
  };
}
