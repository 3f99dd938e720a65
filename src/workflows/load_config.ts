import { basename, dirname, extname, join, resolve } from "node:path/posix";
import { jsonLines, parseLenientJson } from "../domain/config_json.ts";
import { type EffectiveConfig, type Layer, parseConfig } from "../domain/config_layers.ts";
import { readNamedValue } from "../domain/config_names.ts";
import { bad, ok, type Problem, type Result } from "../domain/problem.ts";
import { type Files, HostError } from "../host/host.ts";
import { discreetProblem } from "./discreet_problem.ts";

export interface ConfigRequest {
  /** The file that was asked for; without one, `etcha.jsonnet` is taken where there is one. */
  readonly path?: string;
  /** `key=value` texts in the order in which they were given. */
  readonly assignments: readonly string[];
  /** What flags of their own say (`-f`, `-l`, `-n`), over everything else. */
  readonly flags: readonly Layer[];
}

export interface ConfigMeans {
  readonly files: Pick<Files, "cwd" | "stat" | "readText">;
  readonly environment: { readonly [name: string]: string };
  /** Evaluates Jsonnet. `path` is where the text lies, for imports and messages. */
  readonly evaluate: (source: { readonly path: string; readonly text: string }) => Promise<Result<unknown>>;
}

const DEFAULT_FILE = "etcha.jsonnet";
const PREFIX = "ETCHA_";
const WHOLE = "ETCHA_config";
/** Bytes. */
const FILE_LIMIT = 16 * 1024 * 1024;

/**
 * Reads the configuration: defaults, then the file, then the environment, then flags. A file or text that is JSON (with
 * comments and trailing commas or without) is read as such; only others are evaluated as Jsonnet. All problems that can
 * be seen at once come together: those of `parseConfig` and `readNamedValue`, `config-file-missing`,
 * `config-file-unreadable`, `config-file-syntax`, `config-bad-flag`, and those of the evaluation.
 */
export async function loadConfig(request: ConfigRequest, means: ConfigMeans): Promise<Result<EffectiveConfig>> {
  const read = [
    await readFile(request.path, means),
    ...await readEnvironment(means),
    ...request.assignments.map(readAssignment),
    ...request.flags.map((flag) => ok(flag)),
  ];
  const problems = read.flatMap((one) => one.ok ? [] : one.problems);
  const parsed = parseConfig(read.flatMap((one) => one.ok && one.value !== undefined ? [one.value] : []));
  if (problems.length === 0) return parsed;
  return bad(...problems, ...(parsed.ok ? [] : parsed.problems));
}

async function readFile(path: string | undefined, means: ConfigMeans): Promise<Result<Layer | undefined>> {
  try {
    const found = await findFile(path ?? DEFAULT_FILE, means.files);
    if (found === undefined) return path === undefined ? ok(undefined) : bad(missing(path));
    const text = await means.files.readText(found, FILE_LIMIT);
    const origin = found.startsWith(`${means.files.cwd}/`) ? found.slice(means.files.cwd.length + 1) : found;
    const layer = asLayer(origin, "file", await readObject({ path: found, text, origin }, means));
    // Jsonnet says nothing of where a value was written.
    const hasLines = layer.ok && parseLenientJson(text, "allowed").ok;
    return hasLines ? ok({ ...layer.value, lineOf: jsonLines(text) }) : layer;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return bad({ code: "config-file-unreadable", attempted: "read the configuration", found: error.message });
  }
}

/** Where a file is: a bare name may also lie in any folder above the working directory. */
async function findFile(path: string, files: ConfigMeans["files"]): Promise<string | undefined> {
  let folder = files.cwd;
  while (true) {
    const candidate = resolve(folder, path);
    if (await files.stat(candidate) !== undefined) return candidate;
    const parent = dirname(folder);
    if (basename(path) !== path || parent === folder) return undefined;
    folder = parent;
  }
}

function missing(path: string): Problem {
  const isBare = basename(path) === path;
  return {
    code: "config-file-missing",
    attempted: "read the configuration",
    found: `there is no file ${path}${isBare ? " in the working directory or above" : ""}`,
    where: "flag -c",
  };
}

interface Text {
  readonly path: string;
  readonly text: string;
  readonly origin: string;
}

async function readObject(source: Text, means: ConfigMeans): Promise<Result<unknown>> {
  const json = parseLenientJson(source.text, "allowed");
  if (json.ok) return json;
  if (extname(source.path) === ".json" || extname(source.path) === ".jsonc") {
    return bad({
      code: "config-file-syntax",
      attempted: "read the configuration",
      found: json.reason,
      where: `${source.origin}:${position(source.text, json.offset)}`,
    });
  }
  const evaluated = await means.evaluate(source);
  if (evaluated.ok) return evaluated;
  return bad(...evaluated.problems.map(discreetProblem));
}

/** Line and column, both from 1. */
function position(text: string, offset: number): string {
  const before = text.slice(0, offset).split("\n");
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

async function readEnvironment(means: ConfigMeans): Promise<readonly Result<Layer>[]> {
  const layers: Result<Layer>[] = [];
  const originOf = (name: string) => `environment variable ${name}`;
  const whole = means.environment[WHOLE];
  if (whole !== undefined) {
    const source = { path: join(means.files.cwd, WHOLE), text: whole, origin: originOf(WHOLE) };
    layers.push(asLayer(source.origin, "environment", await readObject(source, means)));
  }
  // In the order of the names, a shorter path stands before a longer one that says more.
  for (const name of Object.keys(means.environment).sort()) {
    // Names with an upper-case letter there are the program's own variables.
    if (!name.startsWith(PREFIX) || name === WHOLE || /^[A-Z]/.test(name.slice(PREFIX.length))) continue;
    const value = readNamedValue(name.slice(PREFIX.length), means.environment[name] ?? "", originOf(name));
    layers.push(asLayer(originOf(name), "environment", value));
  }
  return layers;
}

function readAssignment(assignment: string): Result<Layer> {
  const end = assignment.indexOf("=");
  const name = assignment.slice(0, Math.max(end, 0));
  // What does not look like a key may be a key string or a password in the wrong place: it is not shown.
  if (!/^[\w.-]+$/.test(name)) {
    return bad({
      code: "config-bad-flag",
      attempted: "read the configuration",
      found: end < 0 ? "expected KEY=VALUE, found a text without =" : "the text before = is no key",
      where: "flag -x",
      hint: "for example -x run_stateDir=/var/lib/etcha",
    });
  }
  const origin = `flag -x ${name}`;
  return asLayer(origin, "flags", readNamedValue(name, assignment.slice(end + 1), origin));
}

function asLayer(origin: string, place: Layer["place"], value: Result<unknown>): Result<Layer> {
  return value.ok ? ok({ origin, place, value: value.value }) : value;
}
