import * as v from "valibot";
import { type Alias, type KeyInfo, keyInfo, withoutOptional } from "./config_key.ts";
import { namedSchemas, sectionsSchema } from "./config.ts";

/** A place of the configuration, as the table of keys lays it out. */
type Node = Group | Names | Leaf | AliasNode;

export interface Group {
  readonly kind: "group";
  readonly entries: ReadonlyMap<string, Node>;
  /** What it is for; sections say nothing of themselves. */
  readonly doc?: string;
}

/** Any number of groups of one form under names of the user's. */
export interface Names {
  readonly kind: "names";
  readonly item: Group;
}

export interface Leaf {
  readonly kind: "leaf";
  readonly schema: v.GenericSchema;
  readonly secret: KeyInfo["secret"];
  /** In the form of a configuration file; undefined where there is none. */
  readonly fallback: unknown;
  /**
   * What a later layer does to the value: takes its place, is merged into it name by name, or is merged into it at every
   * depth (free-form objects).
   */
  readonly merge: "replace" | "by-name" | "deep";
  /** Whether a flag's or variable's text is the value as it stands; otherwise it is read as JSON. */
  readonly isText: boolean;
  /** Names of the keys beside it of which one place gives at most one, itself among them. */
  readonly oneOf: readonly string[];
}

/** Another spelling of the place at `path`, which counts from the group that `from` names. */
interface AliasNode {
  readonly kind: "alias";
  readonly from: "here" | "root";
  readonly path: readonly string[];
  readonly unit: Alias["unit"];
}

/** What the name of a source or target looks like. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** The tree of every key. */
export const ROOT: Group = withRootAliases({
  kind: "group",
  entries: new Map<string, Node>([
    ...groupOf(sectionsSchema).entries,
    ...Object.entries(namedSchemas).map(([name, schema]) => [name, { kind: "names", item: groupOf(schema) }] as const),
  ]),
});

function groupOf(schema: { readonly entries: Readonly<Record<string, v.GenericSchema>> }): Group {
  const entries = new Map<string, Node>();
  for (const [name, entry] of Object.entries(schema.entries)) {
    entries.set(name, nodeOf(entry));
    for (const alias of keyInfo(entry)?.aliases ?? []) {
      if (alias.name.includes(".")) continue;
      entries.set(alias.name, { kind: "alias", from: "here", path: [name], unit: alias.unit });
    }
  }
  return { kind: "group", entries };
}

function nodeOf(schema: v.GenericSchema): Node {
  const inner = withoutOptional(schema);
  if ("entries" in inner) {
    const doc = keyInfo(schema)?.doc;
    const group = groupOf(inner as unknown as { readonly entries: Record<string, v.GenericSchema> });
    return doc === undefined ? group : { ...group, doc };
  }
  return {
    kind: "leaf",
    schema: inner,
    secret: keyInfo(schema)?.secret,
    fallback: v.getDefault(schema),
    merge: inner.type === "record" ? "by-name" : inner.type === "custom" ? "deep" : "replace",
    isText: isText(inner),
    oneOf: keyInfo(schema)?.oneOf ?? [],
  };
}

function isText(schema: v.GenericSchema): boolean {
  if (schema.type === "union" && "options" in schema) {
    const options = schema.options as readonly v.GenericSchema[];
    // A list can only be written as JSON, and what is no JSON is a text all the same.
    return options.some(isText) && !options.some(({ type }) => type === "array");
  }
  return schema.type === "string" || schema.type === "picklist";
}

/** Adds the aliases that are dotted paths from the root, with the groups that only they need. */
function withRootAliases(root: Group): Group {
  const entries = new Map(root.entries);
  for (const [section, schema] of Object.entries(sectionsSchema.entries)) {
    const inner = withoutOptional(schema);
    if (!("entries" in inner)) continue;
    for (const [name, entry] of Object.entries(inner.entries as Record<string, v.GenericSchema>)) {
      for (const alias of keyInfo(entry)?.aliases ?? []) {
        const [group, spelling] = alias.name.split(".");
        if (group === undefined || spelling === undefined) continue;
        const there = entries.get(group);
        const siblings = there?.kind === "group" ? there.entries : [];
        const node: Node = { kind: "alias", from: "root", path: [section, name], unit: alias.unit };
        entries.set(group, { kind: "group", entries: new Map([...siblings, [spelling, node]]) });
      }
    }
  }
  return { kind: "group", entries };
}

/**
 * What stands under a name of a group, aliases followed: the place, its path from the root, and the unit of the spelling
 * that was used.
 */
export function childOf(group: Group, groupPath: readonly string[], name: string): Child | undefined {
  const entry = group.entries.get(name);
  if (entry === undefined) return undefined;
  if (entry.kind !== "alias") return { node: entry, path: [...groupPath, name], unit: undefined };
  let node: Node | undefined = entry.from === "root" ? ROOT : group;
  for (const step of entry.path) node = node?.kind === "group" ? node.entries.get(step) : undefined;
  if (node === undefined || node.kind === "alias") {
    throw new Error(`an alias for ${entry.path.join(".")}, which is no key`);
  }
  return { node, path: entry.from === "root" ? entry.path : [...groupPath, ...entry.path], unit: entry.unit };
}

export interface Child {
  readonly node: Exclude<Node, AliasNode>;
  readonly path: readonly string[];
  readonly unit: Alias["unit"];
}
