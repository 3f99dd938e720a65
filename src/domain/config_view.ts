import { type Group, type Leaf, ROOT } from "./config_tree.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";

const MASK = "***";
/** Names below which free-form values are taken for secrets. */
const SECRET_NAME = /secret|passw|passphrase|token|credential|(?:^|[a-z_-])key(?:$|[^a-z])|apikey|private/i;

/**
 * The effective configuration as a file would say it, in the order of the table of keys: what was given, else the
 * default. Every secret is replaced by `***`, an empty one stays empty.
 */
export function shownConfig(
  given: (path: readonly string[]) => unknown,
  names: (path: readonly string[]) => Iterable<string>,
): JsonObject {
  const group = (node: Group, path: readonly string[]): JsonObject => {
    const shown: [string, Json][] = [];
    for (const [name, child] of node.entries) {
      const here = [...path, name];
      if (child.kind === "names") {
        const items = [...names(here)].sort().map((item) => [item, group(child.item, [...here, item])] as const);
        shown.push([name, Object.fromEntries(items)]);
      } else if (child.kind === "group") {
        const below = group(child, here);
        if (Object.keys(below).length > 0) shown.push([name, below]);
      } else if (child.kind === "leaf") {
        const value = given(here) ?? child.fallback;
        if (value !== undefined) shown.push([name, masked(child.secret, value as Json)]);
      }
    }
    return Object.fromEntries(shown);
  };
  return group(ROOT, []);
}

function masked(secret: Leaf["secret"], value: Json): Json {
  switch (secret) {
    case undefined:
      return value;
    case "whole":
      return mapTexts(value, (text) => (text === "" ? "" : MASK));
    case "headers":
      return mapTexts(value, withoutHeaders);
    case "by-name":
      return maskedByName(value);
  }
}

/** Applies `change` to every text; what is neither text nor a list or object of them is a secret of another type. */
function mapTexts(value: Json, change: (text: string) => string): Json {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item: Json) => mapTexts(item, change));
  if (!isObject(value)) return MASK;
  return Object.fromEntries(Object.entries(value as JsonObject).map(([name, item]) => [name, mapTexts(item, change)]));
}

/** Masks the header part of `URL#Header:value` and a user with password before the host. */
function withoutHeaders(path: string): string {
  return path.replace(/#.*$/s, `#${MASK}`).replace(/^([a-z]+:\/\/)[^/@]*@/i, `$1${MASK}@`);
}

function maskedByName(value: Json): Json {
  if (Array.isArray(value)) return value.map(maskedByName);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([name, item]) => [
      name,
      SECRET_NAME.test(name) ? masked("whole", item) : maskedByName(item),
    ]),
  );
}
