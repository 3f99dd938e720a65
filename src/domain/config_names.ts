import * as v from "valibot";
import { parseLenientJson } from "./config_json.ts";
import { type Child, childOf, NAME, ROOT } from "./config_tree.ts";
import { seconds } from "./config_values.ts";
import { isObject } from "./json.ts";
import { bad, ok, type Problem, type Result } from "./problem.ts";
import { suggest } from "./suggest.ts";

/**
 * Turns a key path joined with `_` (`sources_core_allowPush`) and the text given for it into the object that a file would
 * hold: `{sources: {core: {allowPush: true}}}`. The type of the key decides how the text is read. A source or target
 * name may hold `_` itself; that two readings fit is a problem, as is that none does. Problems `config-unknown-key` and
 * `config-ambiguous-key`, which name `origin`.
 */
export function readNamedValue(
  name: string,
  text: string,
  origin: string,
): Result<{ readonly [key: string]: unknown }> {
  const segments = name.split("_");
  const readings = readingsOf(ROOT, segments, []);
  const fitting = readings.filter((reading) => fits(reading, text));
  if (fitting.length > 1) {
    return bad({
      code: "config-ambiguous-key",
      attempted: "read the configuration",
      found: `${name} may mean ${fitting.map((reading) => reading.path.join(".")).join(" or ")}`,
      where: origin,
      hint: `give it as an object: ${segments[0]}='{"NAME": …}'`,
    });
  }
  // What fits nowhere is explained where it was most likely meant; a name that takes a mistyped key in is not likely.
  const reading = fitting[0] ?? readings.find((one) => one.node.kind === "leaf" || isObject(jsonOf(text))) ??
    readings.find((one) => !one.path.some((step) => step.includes("_")));
  return reading === undefined ? bad(unknownName(segments, origin)) : ok(nest(reading.path, valueOf(reading, text)));
}

/** One way to understand a name. The path is as it was spelt: aliases are followed when the whole object is read. */
interface Reading {
  readonly path: readonly string[];
  readonly node: Child["node"];
  /** The path goes on below the leaf, into an object of the user's. */
  readonly isBelowLeaf: boolean;
}

function readingsOf(node: Child["node"], segments: readonly string[], path: readonly string[]): readonly Reading[] {
  const [first, ...rest] = segments;
  if (first === undefined) return [{ path, node, isBelowLeaf: false }];
  switch (node.kind) {
    case "group": {
      const child = childOf(node, path, first);
      if (child === undefined) return [];
      const there = child.unit === "seconds" && child.node.kind === "leaf"
        ? { ...child.node, schema: seconds, isText: false }
        : child.node;
      return readingsOf(there, rest, [...path, first]);
    }
    case "names":
      return splits(segments).flatMap(([name, after]) => readingsOf(node.item, after, [...path, name]));
    case "leaf": {
      if (node.merge === "replace") return [];
      // The names of an environment hold `_` and nothing stands below them; in a free object every `_` leads deeper.
      const below = node.merge === "by-name" ? [segments.join("_")] : segments;
      return below.includes("") ? [] : [{ path: [...path, ...below], node, isBelowLeaf: true }];
    }
  }
}

/** Every way to take the first segments as one name: the name and what is left. */
function splits(segments: readonly string[]): readonly (readonly [string, readonly string[]])[] {
  return segments.map((_, index) => [segments.slice(0, index + 1).join("_"), segments.slice(index + 1)] as const)
    .filter(([name]) => NAME.test(name));
}

function fits(reading: Reading, text: string): boolean {
  const { node } = reading;
  if (node.kind === "leaf") return reading.isBelowLeaf || v.is(node.schema, valueOf(reading, text));
  const value = jsonOf(text);
  return isObject(value) && (node.kind === "names" || Object.keys(value).every((key) => node.entries.has(key)));
}

function valueOf({ node, isBelowLeaf }: Reading, text: string): unknown {
  const isText = node.kind === "leaf" && (isBelowLeaf ? node.merge === "by-name" : node.isText);
  return isText ? text : jsonOf(text);
}

/** The value of a text that is JSON, else the text. */
function jsonOf(text: string): unknown {
  const parsed = parseLenientJson(text, "refused");
  return parsed.ok ? parsed.value : text;
}

function nest(path: readonly string[], value: unknown): { readonly [key: string]: unknown } {
  const [first, ...rest] = path;
  if (first === undefined) throw new Error("a value without a key");
  return Object.fromEntries([[first, rest.length === 0 ? value : nest(rest, value)]]);
}

interface Failure {
  readonly path: readonly string[];
  readonly suggestion: string | undefined;
}

function unknownName(segments: readonly string[], origin: string): Problem {
  const failures = failuresOf(ROOT, segments, []);
  const failure = failures.find((one) => one.suggestion !== undefined) ?? failures[0];
  const withUnderscores = segments.join("_").replaceAll(".", "_");
  const hint = segments[0]?.includes(".") && failuresOf(ROOT, withUnderscores.split("_"), []).length === 0
    ? `the parts of a key are joined with _: ${withUnderscores}`
    : failure === undefined
    ? "names are letters, digits, dots, underscores and dashes, and begin with a letter or digit"
    : failure.suggestion;
  return {
    code: "config-unknown-key",
    attempted: "read the configuration",
    found: `unknown key ${failure?.path.join(".") ?? segments.join(".")}`,
    where: origin,
    ...(hint !== undefined && { hint }),
  };
}

/** Where each way to understand a name comes to its end. */
function failuresOf(node: Child["node"], segments: readonly string[], path: readonly string[]): readonly Failure[] {
  const [first, ...rest] = segments;
  if (first === undefined) return [];
  if (node.kind === "leaf") return [{ path: [...path, ...segments], suggestion: undefined }];
  if (node.kind === "names") {
    return splits(segments).flatMap(([name, after]) => failuresOf(node.item, after, [...path, name]));
  }
  const child = childOf(node, path, first);
  if (child !== undefined) return failuresOf(child.node, rest, [...path, first]);
  const near = suggest(first, node.entries.keys());
  return [{
    path: [...path, first],
    suggestion: near === undefined ? undefined : `did you mean ${[...path, near].join("_")}?`,
  }];
}
