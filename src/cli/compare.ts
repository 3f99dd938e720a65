import type { ComparedParts } from "../token/compare.ts";
import { compareTokens } from "../workflows/compare_tokens.ts";
import { readTokenText } from "../workflows/token_text.ts";
import { type Context, failed, type Outcome } from "./subcommand.ts";

export interface Compare {
  readonly command: "compare";
  /** Paths, URLs, or `-` for one of them. */
  readonly newer: string;
  readonly older: string;
  readonly parts: ComparedParts;
  readonly output: "text" | "json";
}

/** Says what a new token asks for that the old one did not; exit code 0, and no diff, when both ask for the same. */
export async function compare({ newer, older, parts, output }: Compare, { host, signal }: Context): Promise<Outcome> {
  const newText = await readTokenText(newer, host, signal);
  const oldText = await readTokenText(older, host, signal);
  if (!newText.ok || !oldText.ok) return failed([newText, oldText].flatMap((text) => text.ok ? [] : text.problems));
  const compared = compareTokens({ text: newText.value, name: newer }, { text: oldText.value, name: older }, parts);
  if (!compared.ok) return failed(compared.problems);
  const isSame = compared.value === "";
  const status = isSame ? "done" : "failed";
  if (output === "json") return { status, view: { kind: "json", value: { same: isSame, diff: compared.value } } };
  return isSame
    ? { status, notes: ["no difference"] }
    : { status, view: { kind: "text", text: compared.value.replace(/\n$/, "") } };
}
