import { isObject, type JsonObject, valueWithin } from "./json.ts";

export type Delimiter = readonly [open: string, close: string];

/** Characters of what comes of it: a small template can ask for a large value very often. */
const RESULT_LIMIT = 64 * 1024 * 1024;

type Filled = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string };

/**
 * A text with every name between delimiters replaced by its value of a JSON object. A name is a key, or keys with
 * dots between. What was put in is not looked at again. No reason shows a value.
 */
export function fillTemplate(text: string, json: string, [open, close]: Delimiter): Filled {
  let values: unknown;
  try {
    values = JSON.parse(json);
  } catch (error) {
    if (error instanceof SyntaxError) return { ok: false, reason: "the values are no JSON" };
    throw error;
  }
  if (!isObject(values)) return { ok: false, reason: "the values are no JSON object" };
  let result = "";
  let end = 0;
  for (let at = text.indexOf(open); at >= 0; at = text.indexOf(open, end)) {
    const stop = text.indexOf(close, at + open.length);
    const between = stop < 0 ? "\n" : text.slice(at + open.length, stop);
    const name = between.trim();
    const wrong = (reason: string) => {
      const line = text.slice(0, at).split("\n").length;
      return { ok: false, reason: `line ${line} of the template: ${reason}` } as const;
    };
    if (between.includes("\n")) return wrong(`${open} is not closed`);
    const value = valueWithin(values as JsonObject, name);
    if (value === undefined) return wrong(`there is no value ${JSON.stringify(name)}`);
    if (value === null || typeof value === "object") {
      return wrong(`the value ${JSON.stringify(name)} is no text, number or boolean`);
    }
    result += text.slice(end, at) + String(value);
    if (result.length > RESULT_LIMIT) return wrong(`the result is larger than ${RESULT_LIMIT} characters`);
    end = stop + close.length;
  }
  return { ok: true, text: result + text.slice(end) };
}
