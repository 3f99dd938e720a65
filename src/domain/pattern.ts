import * as v from "valibot";
import type { ParsedCommand } from "./command.ts";
import { LIST, parseCommands } from "./command_list.ts";
import { inJsonSchema, key, keyOr } from "./config_key.ts";
import { type Milliseconds, parseDuration } from "./duration.ts";
import { durationText, execSchema, type ExecSettings } from "./exec.ts";
import { isObject, type Json, type JsonObject, typeName } from "./json.ts";
import { bad, ok, type Problem, type Result } from "./problem.ts";
import { keysOf, notList, shapeProblems } from "./shape.ts";

/** A rendered pattern: what its Jsonnet evaluated to, checked. */
export interface Pattern {
  readonly audience: readonly string[];
  readonly build: readonly ParsedCommand[];
  readonly buildExec?: ExecSettings;
  readonly buildOutput?: string;
  /** 0: never. */
  readonly expiresIn: Milliseconds;
  readonly id?: string;
  readonly issuer?: string;
  readonly run: readonly ParsedCommand[];
  readonly runExec?: ExecSettings;
  readonly runVars: JsonObject;
  readonly subject?: string;
}

/** The properties of a pattern: the table that parsing, hints and schemas come from. */
export const patternSchema = v.strictObject({
  audience: keyOr(v.union([v.pipe(v.string(), v.transform((one) => [one])), v.array(v.string())]), [], {
    doc: "Claim aud of the token: who it is for.",
  }),
  build: keyOr(v.pipe(v.unknown(), inJsonSchema(LIST)), [], { doc: "Commands that run where the token is built." }),
  buildExec: key(execSchema, { doc: "How the commands of build are executed." }),
  buildOutput: key(v.string(), { doc: "File that the token is written to." }),
  expiresIn: key(durationText, { doc: "How long the token may be used." }),
  expiresInSec: key(
    v.pipe(
      v.number(),
      v.check((seconds) => Number.isFinite(seconds) && seconds >= 0, "it must be a number of seconds, 0 or more"),
      inJsonSchema({ minimum: 0 }),
    ),
    { doc: "The same in seconds." },
  ),
  id: key(v.string(), { doc: "Claim jti of the token." }),
  issuer: key(v.string(), { doc: "Claim iss of the token." }),
  run: keyOr(v.pipe(v.unknown(), inJsonSchema(LIST)), [], { doc: "Commands that run on the hosts." }),
  runExec: key(execSchema, { doc: "How the commands of run are executed." }),
  runVars: keyOr(notList(v.record(v.string(), v.unknown())), {}, { doc: "Variables that the token carries." }),
  subject: key(v.string(), { doc: "Claim sub of the token." }),
});

const ATTEMPTED = "read the pattern";

function knownKeys(path: readonly string[]): readonly string[] {
  if (path.length === 0) return keysOf(patternSchema);
  return path[0] === "runExec" || path[0] === "buildExec" ? keysOf(execSchema) : [];
}

/** Checks what a pattern evaluated to. Gives all problems at once, each with the path of the property or command. */
export function parsePattern(value: Json): Result<Pattern> {
  if (!isObject(value)) {
    const found = `expected an object with run or build, found ${typeName(value)}`;
    return bad({ code: "wrong-type", attempted: ATTEMPTED, found });
  }
  const parsed = v.safeParse(patternSchema, value);
  const problems: Problem[] = parsed.success
    ? []
    : shapeProblems(parsed.issues, { attempted: ATTEMPTED, where: "pattern", keys: knownKeys });
  if (value.expiresIn !== undefined && value.expiresInSec !== undefined) {
    const found = "expiresIn and expiresInSec are both given";
    problems.push({ code: "both-spellings", attempted: ATTEMPTED, found, where: "pattern", hint: "keep one of them" });
  }
  const build = parseCommands(value.build ?? [], "build");
  const run = parseCommands(value.run ?? [], "run");
  problems.push(...build.problems, ...run.problems);
  if (!parsed.success || problems.length > 0) return bad(...problems);
  const pattern = parsed.output;
  return ok({
    audience: pattern.audience,
    build: build.commands,
    ...(pattern.buildExec !== undefined && { buildExec: pattern.buildExec }),
    ...(pattern.buildOutput !== undefined && { buildOutput: pattern.buildOutput }),
    expiresIn: pattern.expiresIn === undefined ? (pattern.expiresInSec ?? 0) * 1000 : parseDuration(pattern.expiresIn)!,
    ...(pattern.id !== undefined && { id: pattern.id }),
    ...(pattern.issuer !== undefined && { issuer: pattern.issuer }),
    run: run.commands,
    ...(pattern.runExec !== undefined && { runExec: pattern.runExec }),
    // What Jsonnet gives is JSON throughout.
    runVars: pattern.runVars as JsonObject,
    ...(pattern.subject !== undefined && { subject: pattern.subject }),
  });
}
