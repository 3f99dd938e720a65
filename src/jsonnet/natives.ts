import type { Json, JsonObject } from "../domain/json.ts";
import { typeName } from "../domain/json.ts";
import { bad, ok, type Result } from "../domain/problem.ts";
import { parseRegexp } from "../domain/regexp.ts";
import { didYouMean } from "../domain/suggest.ts";
import type { Dns, Files, Http, SystemInfo } from "../host/host.ts";
import { folderOf } from "./imports.ts";
import { readLocation } from "./native_file.ts";
import { lookUp, missing, type Reading } from "./native_value.ts";
import type { NativeSpec } from "./protocol.ts";

/** The native functions that an evaluation may ask. */
export interface Natives {
  readonly specs: readonly NativeSpec[];
  /** Whether the same question always has the same answer within one evaluation. */
  isRepeatable(name: string): boolean;
  /** A problem ends the evaluation; code `missing-value` says that there was no value and no fallback. */
  answer(name: string, args: readonly Json[], signal: AbortSignal): Promise<Result<Json>>;
}

/** What the native functions answer from. */
export interface NativeContext {
  /** What getConfig gives: `exec`, `targets`, `vars`. Found out when it is first asked for. */
  readonly config: () => Promise<JsonObject>;
  /** What getEnv sees: the environment that commands get. */
  readonly environment: { readonly [name: string]: string };
  /** Absolute path of the pattern. */
  readonly entrypoint: string;
  readonly files: Files;
  readonly http: Http;
  readonly dns: Dns;
  readonly system: SystemInfo;
}

interface Native extends NativeSpec {
  readonly repeatable: boolean;
  run(args: readonly Json[], context: NativeContext, signal: AbortSignal): Result<Json> | Promise<Result<Json>>;
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LONGEST_RANDOM = 65_536;
const RECORD_TYPES = { a: "A", aaaa: "AAAA", cname: "CNAME", txt: "TXT" } as const;
const DNS_TIMEOUT = 10_000;

/**
 * The table of native functions. Those that look something up end with `fallback` and `cache`: null as the fallback means
 * that there is none. `cache` concerns the build of a token, not the answer itself. lib/etcha/native.libsonnet documents
 * them for the authors of patterns.
 */
const NATIVES: readonly Native[] = [
  { name: "getArch", params: [], repeatable: true, run: (_, { system }) => ok(system.arch) },
  { name: "getConfig", params: [], repeatable: true, run: getConfig },
  { name: "getEnv", params: ["key", "fallback", "cache"], repeatable: true, run: getEnv },
  { name: "getFile", params: ["path", "fallback", "cache"], repeatable: true, run: getFile },
  { name: "getOS", params: [], repeatable: true, run: (_, { system }) => ok(system.os) },
  { name: "getPath", params: [], repeatable: true, run: (_, { entrypoint }) => ok(folderOf(entrypoint)) },
  { name: "getRecord", params: ["type", "name", "fallback", "cache"], repeatable: true, run: getRecord },
  { name: "randStr", params: ["length"], repeatable: false, run: randomText },
  { name: "randString", params: ["length"], repeatable: false, run: randomText },
  { name: "regexMatch", params: ["regex", "string"], repeatable: true, run: regexMatch },
  // Answered where Jsonnet is evaluated; it is in the table for its name and parameters.
  { name: "render", params: ["string"], repeatable: true, run: () => wrongArgument("render", "it is not asked here") },
];

/** The native functions for one evaluation. */
export function createNatives(context: NativeContext): Natives {
  const table = new Map(NATIVES.map((native) => [native.name, native]));
  return {
    specs: NATIVES.map(({ name, params }) => ({ name, params })),
    isRepeatable: (name) => table.get(name)?.repeatable ?? false,
    async answer(name, args, signal) {
      const native = table.get(name);
      if (native === undefined) {
        const hint = didYouMean(name, table.keys());
        return bad({ code: "native-unknown", attempted: "call a native function", found: `${name} is none`, ...hint });
      }
      return await native.run(args, context, signal);
    },
  };
}

async function getConfig(_: readonly Json[], { config }: NativeContext): Promise<Result<Json>> {
  return ok(await config());
}

function getEnv([key, fallback]: readonly Json[], { environment }: NativeContext): Result<Json> {
  if (typeof key !== "string") return wrongArgument("getEnv", `key must be a string, not ${typeName(key)}`);
  const value = Object.hasOwn(environment, key) ? environment[key] : undefined;
  if (value !== undefined) return ok(value);
  return missing({ native: "getEnv", key, reason: "the variable is not set" }, fallback);
}

async function getFile(
  [path, fallback]: readonly Json[],
  context: NativeContext,
  signal: AbortSignal,
): Promise<Result<Json>> {
  if (typeof path !== "string") return wrongArgument("getFile", `path must be a string, not ${typeName(path)}`);
  const reading = await readLocation(path, context, signal);
  return settle("getFile", reading, fallback);
}

async function getRecord([type, name, fallback]: readonly Json[], { dns }: NativeContext): Promise<Result<Json>> {
  if (typeof type !== "string" || typeof name !== "string") {
    return wrongArgument("getRecord", `type and name must be strings, not ${typeName(type)} and ${typeName(name)}`);
  }
  const known = Object.entries(RECORD_TYPES).find(([spelling]) => spelling === type.toLowerCase());
  if (known === undefined) {
    return wrongArgument("getRecord", `type must be one of ${Object.keys(RECORD_TYPES).join(", ")}`);
  }
  const reading = await lookUp(`${known[0]} record of ${name}`, async () => {
    const values = await dns.resolve(known[1], name, DNS_TIMEOUT);
    return values.length === 0 ? undefined : [...values].sort();
  });
  return settle("getRecord", reading, fallback);
}

function settle(native: string, reading: Reading, fallback: Json | undefined): Result<Json> {
  switch (reading.kind) {
    case "value":
      return ok(reading.value);
    case "missing":
      return missing({ native, key: reading.key, reason: reading.reason }, fallback);
    case "invalid":
      return wrongArgument(native, reading.reason);
  }
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
