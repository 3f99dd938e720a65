import { type Json, type JsonObject, typeName, valueWithin } from "../domain/json.ts";
import type { Dns, Files, Http, ProcessResult } from "../host/host.ts";
import { readLocation } from "./native_file.ts";
import { lookUp, type Reading } from "./native_value.ts";

/** What is looked up in. */
export interface LookupContext {
  /** What getConfig gives: `exec`, `targets`, `vars`. Found out when it is first asked for. */
  readonly config: () => Promise<JsonObject>;
  /** What getEnv sees: the environment that commands get. */
  readonly environment: { readonly [name: string]: string };
  readonly files: Pick<Files, "cwd">;
  /** The bytes of a file, at most `limit` of them, as commands would see it. Throws HostError. */
  readonly readFile: (path: string, limit: number, signal: AbortSignal) => Promise<Uint8Array>;
  readonly http: Http;
  readonly dns: Dns;
  /** Runs a text as the configuration says that commands are run. Throws HostError "disabled" when none may be run. */
  readonly runCommand: (text: string, signal: AbortSignal) => Promise<ProcessResult>;
}

/**
 * A native function that looks something up outside of the pattern. After the parameters that say what, it has a
 * `fallback` (null: none), and a flag `cache` unless it always keeps what it has found.
 */
export interface Lookup {
  readonly name: string;
  /** What is asked for. */
  readonly params: readonly string[];
  readonly cache: "asked" | "always";
  /** Whether asking once more tells if the answer still holds, at little cost and without an effect. */
  readonly isCheckable: boolean;
  look(question: readonly Json[], context: LookupContext, signal: AbortSignal): Promise<Reading>;
}

const RECORD_TYPES = { a: "A", aaaa: "AAAA", cname: "CNAME", txt: "TXT" } as const;
const DNS_TIMEOUT = 10_000;

export const LOOKUPS: readonly Lookup[] = [
  { name: "get", params: ["field"], cache: "always", isCheckable: true, look: getVariable },
  { name: "getCmd", params: ["command"], cache: "asked", isCheckable: false, look: getCmd },
  { name: "getEnv", params: ["key"], cache: "asked", isCheckable: true, look: getEnv },
  { name: "getFile", params: ["path"], cache: "asked", isCheckable: true, look: getFile },
  { name: "getRecord", params: ["type", "name"], cache: "asked", isCheckable: true, look: getRecord },
];

/** A variable, or with dots what lies within one. A name that has dots itself is found as well. */
async function getVariable([field]: readonly Json[], { config }: LookupContext): Promise<Reading> {
  if (typeof field !== "string") return invalid(`field must be a string, not ${typeName(field)}`);
  const found = valueWithin((await config())["vars"] ?? {}, field);
  return found === undefined
    ? { kind: "missing", key: field, reason: "there is no such variable" }
    : { kind: "value", value: found };
}

async function getCmd([command]: readonly Json[], context: LookupContext, signal: AbortSignal): Promise<Reading> {
  if (typeof command !== "string") return invalid(`command must be a string, not ${typeName(command)}`);
  if (command.trim() === "") return invalid("command must not be empty");
  // The text may hold what an earlier answer gave, a password among it: only the program is told, and not always that.
  const key = /^\s*([\w./-]+)(?=\s|$)/.exec(command)?.[1] ?? "command";
  let reason = "";
  const reading = await lookUp(key, async () => {
    const result = await context.runCommand(command, signal);
    // A command that was cancelled gave no answer, and no fallback stands for that.
    if (result.kind === "cancelled") throw signal.reason;
    if (result.kind === "exited" && result.code === 0) return result.output.trim();
    reason = failure(result);
    return undefined;
  });
  return reading.kind === "missing" && reason !== "" ? { ...reading, reason } : reading;
}

/** Without the output, which may hold anything. */
function failure(result: Exclude<ProcessResult, { kind: "cancelled" }>): string {
  switch (result.kind) {
    case "exited":
      return `it ended with exit code ${result.code}`;
    case "signalled":
      return `it was killed by ${result.signal}`;
    case "timed-out":
      return "it took too long";
    case "not-started":
      return `it could not be started: ${result.reason}`;
  }
}

function getEnv([key]: readonly Json[], { environment }: LookupContext): Promise<Reading> {
  if (typeof key !== "string") return Promise.resolve(invalid(`key must be a string, not ${typeName(key)}`));
  const value = Object.hasOwn(environment, key) ? environment[key] : undefined;
  return Promise.resolve(
    value === undefined ? { kind: "missing", key, reason: "the variable is not set" } : { kind: "value", value },
  );
}

async function getFile([path]: readonly Json[], context: LookupContext, signal: AbortSignal): Promise<Reading> {
  if (typeof path !== "string") return invalid(`path must be a string, not ${typeName(path)}`);
  return await readLocation(path, context, signal);
}

async function getRecord([type, name]: readonly Json[], { dns }: LookupContext): Promise<Reading> {
  if (typeof type !== "string" || typeof name !== "string") {
    return invalid(`type and name must be strings, not ${typeName(type)} and ${typeName(name)}`);
  }
  const known = Object.entries(RECORD_TYPES).find(([spelling]) => spelling === type.toLowerCase());
  if (known === undefined) return invalid(`type must be one of ${Object.keys(RECORD_TYPES).join(", ")}`);
  return await lookUp(`${known[0]} record of ${name}`, async () => {
    const values = await dns.resolve(known[1], name, DNS_TIMEOUT);
    return values.length === 0 ? undefined : [...values].sort();
  });
}

function invalid(reason: string): Reading {
  return { kind: "invalid", reason };
}
