import type { Json } from "../domain/json.ts";
import { type Problem, problemText } from "../domain/problem.ts";

/** What a handler has to say, as data; only this file makes text of it. */
export type View =
  | { readonly kind: "json"; readonly value: Json }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "project"; readonly written: readonly string[]; readonly kept: readonly string[] };

/** The text for standard output, with a line break at its end. */
export function viewText(view: View): string {
  switch (view.kind) {
    case "json":
      return `${JSON.stringify(view.value, undefined, 2)}\n`;
    case "text":
      return `${view.text}\n`;
    case "project":
      return [...view.written.map((path) => `wrote ${path}`), ...view.kept.map((path) => `kept ${path}`)]
        .map((line) => `${line}\n`).join("");
  }
}

/** Problems for standard error, one after the other, each marked as an error. */
export function problemsView(problems: readonly Problem[], colors: "colors" | "plain"): string {
  const mark = colors === "colors" ? "\x1b[31mERROR\x1b[0m" : "ERROR";
  return problems.map((problem) => `${mark} ${withoutControls(problemText(problem))}\n`).join("");
}

/** What a problem quotes may come from anywhere: nothing of it steers the terminal. */
function withoutControls(text: string): string {
  return text.replace(
    // deno-lint-ignore no-control-regex
    /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
