import type { Json } from "../domain/json.ts";

/** What of a command is secret when it says that it is sensitive. */
const TEXTS: ReadonlySet<string> = new Set(["change", "check", "remove", "stdin"]);

/** A rendered pattern as it may be shown: without the texts of sensitive commands, at any depth. */
export function maskedPattern(value: Json): Json {
  if (Array.isArray(value)) return value.map(maskedPattern);
  if (typeof value !== "object" || value === null) return value;
  const isSensitive = "sensitive" in value && value["sensitive"] === true;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, isSensitive && TEXTS.has(name) ? "***" : maskedPattern(item)]),
  );
}
