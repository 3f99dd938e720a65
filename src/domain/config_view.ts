import { type Group, type Leaf, ROOT } from "./config_tree.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";

const MASK = "***";
/** Names below which free-form values are taken for secrets. */
const SECRET_NAME = /secret|passw|passphrase|token|credential|(?:^|[a-z_-])key(?:$|[^a-z])|apikey|private/i;

/** One key of the configuration with a value. */
interface Shown {
  readonly path: readonly string[];
  readonly value: Json;
}

/**
 * The effective configuration as a file would say it, key by key in the order of the table of keys: what was given, else
 * the default. Every secret is replaced by `***`, an empty one stays empty.
 */
export function shownConfig(
  given: (path: readonly string[]) => unknown,
  names: (path: readonly string[]) => Iterable<string>,
): readonly Shown[] {
  const group = (node: Group, path: readonly string[]): readonly Shown[] =>
    [...node.entries].flatMap(([name, child]): readonly Shown[] => {
      const here = [...path, name];
      switch (child.kind) {
        case "names":
          return [...names(here)].sort().flatMap((item) => group(child.item, [...here, item]));
        case "group":
          return group(child, here);
        case "alias":
          return [];
        case "leaf": {
          const value = given(here) ?? child.fallback;
          return value === undefined ? [] : [{ path: here, value: masked(child.secret, value as Json) }];
        }
      }
    });
  return group(ROOT, []);
}

type Tree = Map<string, Tree | Json>;

/** The same as one object, in which the places of names are there even when no name is. */
export function asObject(shown: readonly Shown[]): JsonObject {
  const root: Tree = new Map();
  for (const { path, value } of shown) {
    let at = root;
    for (const name of path.slice(0, -1)) {
      const below = at.get(name);
      const next: Tree = below instanceof Map ? below : new Map();
      at.set(name, next);
      at = next;
    }
    at.set(path.at(-1) ?? "", value);
  }
  for (const [name, { kind }] of ROOT.entries) if (kind === "names" && !root.has(name)) root.set(name, {});
  return objectOf(root);
}

function objectOf(tree: Tree): JsonObject {
  return Object.fromEntries([...tree].map(([name, value]) => [name, value instanceof Map ? objectOf(value) : value]));
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

/** Masks the header part of `URL#Header:value`, a query, and a user with password before the host. */
function withoutHeaders(path: string): string {
  return path.replace(/#.*$/s, `#${MASK}`).replace(/^(https?:[^?#]*\?)[^#]*/is, `$1${MASK}`).replace(
    /^([a-z]+:\/\/)[^/@]*@/i,
    `$1${MASK}@`,
  );
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
