import { parse as parseJsonc, type ParseError, printParseErrorCode } from "jsonc-parser";

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
