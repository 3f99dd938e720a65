import type { Json, JsonObject } from "../domain/json.ts";
import { typeName } from "../domain/json.ts";
import { bad, ok, type Result } from "../domain/problem.ts";
import { parseRegexp } from "../domain/regexp.ts";
import { didYouMean } from "../domain/suggest.ts";
import type { SystemInfo } from "../host/host.ts";
import { folderOf } from "./imports.ts";
import { type Lookup, type LookupContext, LOOKUPS } from "./lookups.ts";
import { missing, type Reading } from "./native_value.ts";
import type { NativeSpec } from "./protocol.ts";

/** The native functions that an evaluation may ask. */
export interface Natives {
  readonly specs: readonly NativeSpec[];
  /** Whether the same question always has the same answer within one evaluation. */
  isRepeatable(name: string): boolean;
  /** A problem ends the evaluation; code `missing-value` says that there was no value and no fallback. */
  answer(name: string, args: readonly Json[], signal: AbortSignal): Promise<Result<Json>>;
  /** Whether asking all the same questions once more would tell if their answers still hold. */
  areCheckable(): boolean;
  /** What was found and is to be kept for later evaluations (`cache`), by keys that `NativeContext.cached` understands. */
  found(): JsonObject;
}

/** What the native functions answer from. */
export interface NativeContext extends LookupContext {
  /** Absolute path of the pattern. */
  readonly entrypoint: string;
  readonly system: SystemInfo;
  /** What an earlier evaluation has found and kept: it is not looked up again. */
  readonly cached: JsonObject;
}

interface Native extends NativeSpec {
  readonly repeatable: boolean;
  run(args: readonly Json[], context: NativeContext): Result<Json> | Promise<Result<Json>>;
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LONGEST_RANDOM = 65_536;

/** The native functions that look nothing up. lib/etcha/native.libsonnet documents all of them for the authors of patterns. */
const NATIVES: readonly Native[] = [
  { name: "getArch", params: [], repeatable: true, run: (_, { system }) => ok(system.arch) },
  { name: "getConfig", params: [], repeatable: true, run: async (_, { config }) => ok(await config()) },
  { name: "getOS", params: [], repeatable: true, run: (_, { system }) => ok(system.os) },
  { name: "getPath", params: [], repeatable: true, run: (_, { entrypoint }) => ok(folderOf(entrypoint)) },
  { name: "randStr", params: ["length"], repeatable: false, run: randomText },
  { name: "randString", params: ["length"], repeatable: false, run: randomText },
  { name: "regexMatch", params: ["regex", "string"], repeatable: true, run: regexMatch },
  // Answered where Jsonnet is evaluated; it is in the table for its name and parameters.
  { name: "render", params: ["string"], repeatable: true, run: () => wrongArgument("render", "it is not asked here") },
];

/** The native functions for one evaluation. */
export function createNatives(context: NativeContext): Natives {
  const natives = new Map(NATIVES.map((native) => [native.name, native]));
  const lookups = new Map(LOOKUPS.map((lookup) => [lookup.name, lookup]));
  const found: Record<string, Json> = {};
  const readings = new Map<string, Promise<Reading>>();
  let checkable = true;

  async function answerLookup(lookup: Lookup, args: readonly Json[], signal: AbortSignal): Promise<Result<Json>> {
    const question = args.slice(0, lookup.params.length);
    const [fallback, cache] = args.slice(lookup.params.length);
    if (lookup.cache === "asked" && typeof cache !== "boolean" && cache !== null) {
      return wrongArgument(lookup.name, `cache must be a boolean, not ${typeName(cache)}`);
    }
    const isKept = lookup.cache === "always" || cache === true;
    const key = isKept ? await cacheKey(lookup.name, question) : "";
    if (isKept && Object.hasOwn(context.cached, key)) return ok(context.cached[key]!);
    if (!lookup.isCheckable) checkable = false;
    // Once, whatever the fallbacks are: what a command prints may be another thing the next time.
    const asked = JSON.stringify([lookup.name, question]);
    const looking = readings.get(asked) ?? lookup.look(question, context, signal);
    readings.set(asked, looking);
    const reading = await looking;
    switch (reading.kind) {
      case "value":
        if (isKept) found[key] = reading.value;
        return ok(reading.value);
      case "missing":
        return missing({ native: lookup.name, key: reading.key, reason: reading.reason }, fallback);
      case "invalid":
        return wrongArgument(lookup.name, reading.reason);
    }
  }

  return {
    specs: [
      ...NATIVES.map(({ name, params }) => ({ name, params })),
      ...LOOKUPS.map(({ name, params, cache }) => ({
        name,
        params: [...params, ...(cache === "asked" ? ["fallback", "cache"] : ["fallback"])],
      })),
    ],
    isRepeatable: (name) => natives.get(name)?.repeatable ?? lookups.has(name),
    async answer(name, args, signal) {
      const lookup = lookups.get(name);
      if (lookup !== undefined) return await answerLookup(lookup, args, signal);
      const native = natives.get(name);
      if (native !== undefined) return await native.run(args, context);
      const hint = didYouMean(name, [...natives.keys(), ...lookups.keys()]);
      return bad({ code: "native-unknown", attempted: "call a native function", found: `${name} is none`, ...hint });
    },
    areCheckable: () => checkable,
    found: () => found,
  };
}

/**
 * Under which key an answer is kept: the name of the function and a hash of what was asked, which may be long and may
 * hold what a token is not to show, such as the headers of a URL.
 */
async function cacheKey(name: string, question: readonly Json[]): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(question)));
  return `${name}:${new Uint8Array(digest).toBase64({ alphabet: "base64url", omitPadding: true })}`;
}

function randomText([length]: readonly Json[]): Result<Json> {
  if (typeof length !== "number" || !Number.isInteger(length) || length < 0 || length > LONGEST_RANDOM) {
    return wrongArgument("randStr", `length must be a whole number up to ${LONGEST_RANDOM}`);
  }
  let text = "";
  // Bytes at or above the largest multiple of the alphabet's size would favour its first letters.
  const fair = 256 - 256 % LETTERS.length;
  while (text.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(256))) {
      if (byte < fair && text.length < length) text += LETTERS[byte % LETTERS.length];
    }
  }
  return ok(text);
}

function regexMatch([regex, text]: readonly Json[]): Result<Json> {
  if (typeof regex !== "string" || typeof text !== "string") {
    return wrongArgument(
      "regexMatch",
      `regex and string must be strings, not ${typeName(regex)} and ${typeName(text)}`,
    );
  }
  const parsed = parseRegexp(regex);
  return parsed.ok ? ok(parsed.regexp.test(text)) : wrongArgument("regexMatch", parsed.reason);
}

function wrongArgument(native: string, found: string): Result<Json> {
  return bad({ code: "native-argument", attempted: `call the native function ${native}`, found });
}
