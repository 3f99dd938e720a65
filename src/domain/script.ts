import * as v from "valibot";
import type { JsonObject } from "./json.ts";

/** What is run for a step of a command: a text, as its exec says, or the words of one program, which no shell reads. */
export type Script = string | readonly string[];

const word = v.pipe(v.string(), v.check((text) => !text.includes("\0"), "it must not contain a NUL character"));

const words = v.pipe(
  v.array(word),
  v.check((list) => list.length > 0, "a list of words must name a program: it is empty"),
  v.check((list) => list[0] !== "", "the first word names a program and must not be empty"),
);

const neither = v.custom<string>(() => false, "expected a text or a list of words");

/** What is wrong is told of the form that was meant. */
export const scriptSchema = v.lazy((value) =>
  Array.isArray(value) ? words : typeof value === "string" ? word : neither
);

/** The same for JSON Schema. */
export const SCRIPT_JSON: JsonObject = {
  anyOf: [{ type: "string" }, { type: "array", items: { type: "string" }, minItems: 1 }],
};

/** Whether both run the same. A text is never the same as words. */
export function isSameScript(one: Script | undefined, other: Script | undefined): boolean {
  if (typeof one !== "object" || typeof other !== "object") return one === other;
  return one.length === other.length && one.every((word, i) => word === other[i]);
}
