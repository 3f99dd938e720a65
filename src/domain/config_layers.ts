import * as v from "valibot";
import { type Config, namedSchemas, sectionsSchema } from "./config.ts";
import { type Child, childOf, type Group, type Leaf, NAME, type Names, ROOT } from "./config_tree.ts";
import { asObject, shownConfig } from "./config_view.ts";
import { seconds } from "./config_values.ts";
import { formatDuration } from "./duration.ts";
import { isObject, type Json, type JsonObject, typeName } from "./json.ts";
import { bad, ok, type Problem, type Result } from "./problem.ts";
import { shapeProblems } from "./shape.ts";
import type { Source } from "./source.ts";
import { suggest } from "./suggest.ts";
import type { Target } from "./target.ts";

/** One object that sets keys, and where it came from. */
export interface Layer {
  /** For messages: a file, a variable, a flag. */
  readonly origin: string;
  /** A setting may be spelt in one way only within one place; a later place may spell it in another. */
  readonly place: "file" | "environment" | "flags";
  readonly value: unknown;
  /** The line, from 1, of a key path as it is spelt there, where the origin has lines that are known. */
  readonly lineOf?: (spelling: readonly string[]) => number;
}

export interface EffectiveConfig {
  readonly config: Config;
  /** Every key with its value or default as a configuration file would say it; secrets are masked. */
  readonly shown: JsonObject;
  /** The same key by key, each with where it comes from: `default`, or the layers that are merged in it, lowest first. */
  readonly settings: readonly Setting[];
}

export interface Setting {
  readonly path: readonly string[];
  readonly value: Json;
  readonly from: readonly string[];
}

/**
 * Lays the layers over each other, later ones on top, and checks every key of each of them. Objects are merged key by
 * key, lists are replaced. All problems come at once: `config-unknown-key`, `config-wrong-type`, `config-bad-name`,
 * `config-two-spellings`, `config-rivals`, `config-incomplete`, and `wrong-type` or `bad-value` for single values. None shows a value.
 */
export function parseConfig(layers: readonly Layer[]): Result<EffectiveConfig> {
  const reader: Reader = {
    given: new Map(),
    origins: new Map(),
    places: new Map(),
    names: new Map(),
    spellings: new Map(),
    problems: [],
  };
  for (const layer of layers) readGroup(reader, layer, ROOT, [], layer.value);
  if (reader.problems.length > 0) return bad(...reader.problems);
  const config = typedConfig(reader);
  const incomplete = incompleteCertificate(config);
  if (incomplete !== undefined) return bad(incomplete);
  const shown = shownConfig((path) => reader.given.get(keyOf(path)), (path) => namesAt(reader, path));
  return ok({
    config,
    shown: asObject(shown),
    settings: shown.map(({ path, value }) => ({ path, value, from: reader.origins.get(keyOf(path)) ?? ["default"] })),
  });
}

/** What was read so far. Keys are canonical paths. */
interface Reader {
  readonly given: Map<string, unknown>;
  readonly origins: Map<string, readonly string[]>;
  /** Where the topmost layer that gives a key stands. */
  readonly places: Map<string, Layer["place"]>;
  /** Path of a `names` place to the names that stand there. */
  readonly names: Map<string, Set<string>>;
  readonly spellings: Map<string, { readonly place: Layer["place"]; readonly spelling: string }>;
  readonly problems: Problem[];
}

function readPlace(reader: Reader, layer: Layer, child: Child, spelling: readonly string[], value: unknown): void {
  const { node, path } = child;
  if (node.kind === "leaf") readLeaf(reader, layer, node, child, spelling, value);
  else if (node.kind === "names") readNames(reader, layer, node, path, value);
  else readGroup(reader, layer, node, path, value);
}

function readGroup(reader: Reader, layer: Layer, group: Group, path: readonly string[], value: unknown): void {
  if (!isObject(value)) return wrongType(reader, layer, path, value);
  for (const [name, below] of Object.entries(value)) {
    // By it a file tells editors of its JSON Schema.
    if (path.length === 0 && name === "$schema") continue;
    const child = childOf(group, path, name);
    if (child === undefined) {
      const near = suggest(name, group.entries.keys());
      reader.problems.push({
        ...problemAt(layer, path, [...path, name]),
        code: "config-unknown-key",
        found: `unknown key ${[...path, name].join(".")}`,
        ...(near !== undefined && { hint: `did you mean ${[...path, near].join(".")}?` }),
      });
      continue;
    }
    const spelling = [...path, name];
    noteSpelling(reader, layer, child.path, spelling.join("."));
    readPlace(reader, layer, child, spelling, below);
  }
}

function readNames(reader: Reader, layer: Layer, names: Names, path: readonly string[], value: unknown): void {
  if (!isObject(value)) return wrongType(reader, layer, path, value);
  const known = namesAt(reader, path);
  for (const [name, below] of Object.entries(value)) {
    if (!NAME.test(name)) {
      reader.problems.push({
        ...problemAt(layer, path, [...path, name]),
        code: "config-bad-name",
        found: `${JSON.stringify(name)} is no name`,
        hint: "letters, digits, dots, underscores and dashes, with a letter or digit first",
      });
      continue;
    }
    known.add(name);
    readGroup(reader, layer, names.item, [...path, name], below);
  }
}

function readLeaf(
  reader: Reader,
  layer: Layer,
  leaf: Leaf,
  { path, unit }: Child,
  spelling: readonly string[],
  value: unknown,
): void {
  if (leaf.merge !== "replace" && !isObject(value)) return wrongType(reader, layer, spelling, value);
  const parsed = v.safeParse(unit === "seconds" ? seconds : leaf.schema, value);
  if (!parsed.success) {
    const { attempted, where } = problemAt(layer, spelling);
    const problems = shapeProblems(parsed.issues, { attempted, where: "", keys: () => [] });
    reader.problems.push(
      ...problems.map((problem) => ({ ...problem, where: where + (problem.where ?? "").replace(/^: /, ".") })),
    );
    return;
  }
  const given = unit === "seconds" ? formatDuration(Number(value) * 1000) : value;
  if (!isEmpty(given)) displaceRivals(reader, layer, leaf, path, spelling);
  const key = keyOf(path);
  reader.places.set(key, layer.place);
  const below = leaf.merge === "replace" ? [] : reader.origins.get(key) ?? [];
  reader.origins.set(key, [...below, originOf(layer, spelling)]);
  reader.given.set(key, reader.given.has(key) ? merged(leaf.merge, reader.given.get(key), given) : given);
}

function merged(how: Leaf["merge"], below: unknown, above: unknown): unknown {
  if (how === "replace" || !isObject(below) || !isObject(above)) return above;
  const names = new Set([...Object.keys(below), ...Object.keys(above)]);
  return Object.fromEntries([...names].map((name) => {
    if (!Object.hasOwn(above, name)) return [name, below[name]];
    const isOver = how === "deep" && Object.hasOwn(below, name);
    return [name, isOver ? merged(how, below[name], above[name]) : above[name]];
  }));
}

/**
 * A key takes the place of those that say the same in another way and were given in a lower place, as it would take that
 * of its own value there; which one is meant of those in one place nobody can tell.
 */
function displaceRivals(
  reader: Reader,
  layer: Layer,
  leaf: Leaf,
  path: readonly string[],
  spelling: readonly string[],
): void {
  for (const name of leaf.oneOf) {
    const rival = [...path.slice(0, -1), name];
    const key = keyOf(rival);
    if (name === path.at(-1) || isEmpty(reader.given.get(key))) continue;
    if (reader.places.get(key) === layer.place) {
      const where = originOf(layer, spelling);
      const there = reader.origins.get(key)?.at(-1);
      reader.problems.push({
        ...problemAt(layer, [], spelling),
        code: "config-rivals",
        found: `${path.join(".")} and ${rival.join(".")}${there === where ? "" : ` (${there})`} are both given`,
        hint: "keep one of them; the environment may replace what a file gives, and -x what either gives",
      });
    }
    reader.given.delete(key);
    reader.origins.delete(key);
  }
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
}

function noteSpelling(reader: Reader, layer: Layer, path: readonly string[], spelling: string): void {
  const key = keyOf(path);
  const before = reader.spellings.get(key);
  if (before?.place === layer.place && before.spelling !== spelling) {
    reader.problems.push({
      ...problemAt(layer, []),
      code: "config-two-spellings",
      found: `${before.spelling} and ${spelling} are the same setting`,
      hint: `keep ${path.join(".")}`,
    });
  }
  reader.spellings.set(key, { place: layer.place, spelling });
}

function wrongType(reader: Reader, layer: Layer, path: readonly string[], value: unknown): void {
  reader.problems.push({
    ...problemAt(layer, path),
    code: "config-wrong-type",
    found: `expected object, found ${typeName(value)}`,
  });
}

/** `spelling`: what the line is of, where that is not the path itself. */
function problemAt(
  layer: Layer,
  path: readonly string[],
  spelling = path,
): { readonly attempted: string; readonly where: string } {
  const origin = spelling.length === 0 ? layer.origin : originOf(layer, spelling);
  return {
    attempted: "read the configuration",
    where: path.length === 0 ? origin : `${origin}: ${path.join(".")}`,
  };
}

function originOf(layer: Layer, spelling: readonly string[]): string {
  return layer.lineOf === undefined ? layer.origin : `${layer.origin}:${layer.lineOf(spelling)}`;
}

function keyOf(path: readonly string[]): string {
  return JSON.stringify(path);
}

function namesAt(reader: Reader, path: readonly string[]): Set<string> {
  const key = keyOf(path);
  const names = reader.names.get(key) ?? new Set();
  reader.names.set(key, names);
  return names;
}

function typedConfig(reader: Reader): Config {
  const sections = v.parse(sectionsSchema, givenBelow(reader, ROOT, []) ?? {});
  const named = <K extends keyof typeof namedSchemas>(section: K) =>
    [...namesAt(reader, [section])].map((name) => {
      const entry = ROOT.entries.get(section);
      const given = entry?.kind === "names" ? givenBelow(reader, entry.item, [section, name]) : undefined;
      return [name, given ?? {}] as const;
    });
  const source = ([name, given]: readonly [string, unknown]): [string, Source] => [
    name,
    { name, ...v.parse(namedSchemas.sources, given) },
  ];
  const target = ([name, given]: readonly [string, unknown]): [string, Target] => {
    const parsed = v.parse(namedSchemas.targets, given);
    return [name, { ...parsed, name, hostname: parsed.hostname ?? `${name}${sections.build.pushDomainSuffix}` }];
  };
  return {
    ...sections,
    sources: new Map(named("sources").map(source)),
    targets: new Map(named("targets").map(target)),
  };
}

/** What was given below a group as one object; nothing when nothing was. Named parts are left out. */
function givenBelow(reader: Reader, group: Group, path: readonly string[]): object | undefined {
  const entries: [string, unknown][] = [];
  for (const [name, node] of group.entries) {
    const here = [...path, name];
    const value = node.kind === "leaf"
      ? reader.given.get(keyOf(here))
      : node.kind === "group"
      ? givenBelow(reader, node, here)
      : undefined;
    if (value !== undefined) entries.push([name, value]);
  }
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function incompleteCertificate({ run }: Config): Problem | undefined {
  const hasCertificate = run.tlsCertificateBase64 !== undefined || run.tlsCertificatePath !== undefined;
  const hasKey = run.tlsKeyBase64 !== undefined || run.tlsKeyPath !== undefined;
  if (hasCertificate === hasKey) return undefined;
  return {
    code: "config-incomplete",
    attempted: "read the configuration",
    found: hasCertificate
      ? "run.tlsCertificate… is set without run.tlsKey…"
      : "run.tlsKey… is set without run.tlsCertificate…",
    hint: "set both, or neither for a self-signed certificate",
  };
}
