import type { Script } from "../../src/domain/script.ts";

/** How tests write what is run: a text as it is, words in brackets: `[cp a b]`. */
export function shownScript(script: Script): string {
  return typeof script === "string" ? script : `[${script.join(" ")}]`;
}
