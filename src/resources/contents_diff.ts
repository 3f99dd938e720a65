import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import { shown } from "./outcome.ts";

/** Bytes of each side above which no diff is made. */
export const DIFF_LIMIT = 256 * 1024;
/** Changed lines after which the search for the least edits, which is quadratic, is given up. */
const MAX_EDITS = 1000;
/** Lines of a diff that are shown. */
const MAX_LINES = 200;

/** A unified diff of two texts. Undefined where none can be shown: something is large, or no text. */
export function textDiff(path: string, found: Uint8Array, wanted: Uint8Array): string | undefined {
  const [before, after] = [asText(found), asText(wanted)];
  if (before === undefined || after === undefined) return undefined;
  const name = shown(path);
  const options = { context: 3, maxEditLength: MAX_EDITS, headerOptions: FILE_HEADERS_ONLY };
  const patch = createTwoFilesPatch(name, `${name} (wanted)`, before, after, undefined, undefined, options);
  if (patch === undefined) return undefined;
  const lines = patch.replace(/\n$/, "").split("\n");
  return lines.length <= MAX_LINES
    ? lines.join("\n")
    : [...lines.slice(0, MAX_LINES), `(${lines.length - MAX_LINES} more lines of this diff are not shown)`].join("\n");
}

function asText(bytes: Uint8Array): string | undefined {
  if (bytes.length > DIFF_LIMIT || bytes.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
