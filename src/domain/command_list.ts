import * as v from "valibot";
import type { Command, ParsedCommand, Triggers } from "./command.ts";
import { inJsonSchema, key, type KeyInfo, keyOr } from "./config_key.ts";
import { parseDuration } from "./duration.ts";
import { durationText, execSchema } from "./exec.ts";
import { isGuardedVariable } from "./guarded_variables.ts";
import { isObject, type JsonObject, typeName } from "./json.ts";
import type { Problem } from "./problem.ts";
import { keysOf, shapeProblems } from "./shape.ts";
import { parseResource } from "./resource.ts";
import { RETRIES_JSON, retriesSchema } from "./retries.ts";
import { SCRIPT_JSON, scriptSchema } from "./script.ts";
import { resolveTriggers, type TriggerSource } from "./trigger.ts";

const ATTEMPTED = "read the commands";

const script = v.pipe(scriptSchema, inJsonSchema(SCRIPT_JSON));

/** A list of commands in JSON Schema. */
export const LIST: JsonObject = { $ref: "#/$defs/commands" };
const PREFIX = /^([A-Za-z_][A-Za-z0-9_]*)?$/;
const triggers = v.array(v.string());

const idSchema = v.pipe(
  v.string(),
  v.check((id) => id !== "", "it must not be empty"),
  v.check((id) => !id.startsWith("etcha:"), "an id must not begin with etcha: (that names events)"),
  inJsonSchema({ minLength: 1, pattern: "^(?!etcha:)" }),
);

/** The properties of a command: the table that parsing, hints and schemas come from. */
export const commandSchema = v.strictObject({
  always: keyOr(v.boolean(), false, { doc: "Change in every run, whatever the check says." }),
  change: key(script, {
    doc: "What brings the wanted state about: a text for the shell, or a list of words that none reads.",
  }),
  changeIgnore: keyOr(v.boolean(), false, {
    doc: "Another change in a new token is not carried out for its own sake.",
  }),
  check: key(script, { doc: "Succeeds when the wanted state is there." }),
  commands: key(v.pipe(v.array(v.unknown()), inJsonSchema(LIST)), { doc: "Makes this a group of these commands." }),
  envPrefix: keyOr(
    v.pipe(
      v.string(),
      v.check(
        (prefix) => PREFIX.test(prefix),
        "an environment variable's name has only letters, digits and _ and does not begin with a digit",
      ),
      v.check(
        (prefix) => !isGuardedVariable(prefix),
        "only an exec may set a variable that the loader, shells or container engines go by, such as PATH or LD_PRELOAD",
      ),
      inJsonSchema({ pattern: PREFIX.source }),
    ),
    "",
    { doc: "Name under which later commands see outcome and output of this one." },
  ),
  exec: key(execSchema, { doc: "How check, change and remove are executed." }),
  id: v.pipe(idSchema, v.metadata({ info: { doc: "Name for messages, filters and triggers." } satisfies KeyInfo })),
  onChange: keyOr(triggers, [], {
    doc: "Commands (ids or expressions) and events (etcha:NAME) that a change triggers.",
  }),
  onFail: keyOr(triggers, [], { doc: "The same for a failure." }),
  onRemove: keyOr(triggers, [], { doc: "The same for a removal." }),
  remove: key(script, { doc: "What undoes the change, once the command has left the pattern." }),
  removeAfter: keyOr(v.boolean(), false, { doc: "Remove after the changes of the new pattern, not before." }),
  retries: key(v.pipe(retriesSchema, inJsonSchema(RETRIES_JSON)), {
    doc: "How often a failed change or removal is tried again, one second or `pause` later.",
  }),
  sensitive: keyOr(v.boolean(), false, { doc: "What it runs, and its output, are shown nowhere." }),
  stdin: key(v.string(), { doc: "Standard input of check, change and remove." }),
  timeout: key(durationText, { doc: "How long each of them may take." }),
});

const groupSchema = v.object({ id: idSchema, commands: v.array(v.unknown()) });

/** The keys of a command, and of the exec in it. */
function knownKeys(path: readonly string[]): readonly string[] {
  return path.length === 0 ? keysOf(commandSchema) : path[0] === "exec" ? keysOf(execSchema) : [];
}

const NONE: Triggers = { targets: [], events: [] };

interface Collected {
  readonly commands: (ParsedCommand & { readonly triggerTexts: TriggerSource })[];
  readonly problems: Problem[];
  scopes: number;
}

export interface ParsedCommands {
  readonly commands: readonly ParsedCommand[];
  /** Every problem of the list, each with the path of its command. */
  readonly problems: readonly Problem[];
}

/**
 * Flattens a list of commands (lists nested to any depth, groups) in order, checks every command and resolves what it
 * triggers. `name` is how the list is called in problems: `run`, `build`.
 */
export function parseCommands(list: unknown, name: string): ParsedCommands {
  const collected: Collected = { commands: [], problems: [], scopes: 1 };
  if (Array.isArray(list)) collect(list, name, [], [0], collected);
  else collected.problems.push(notACommand(list, name, "a list of commands"));
  const problems = collected.problems;
  const triggers = resolveTriggers(
    collected.commands.map((command) => ({ command, texts: command.triggerTexts })),
    (command) => describe(name, command),
    problems,
  );
  const commands = collected.commands.map(({ triggerTexts: _, ...command }, i) => ({ ...command, ...triggers[i]! }));
  return { commands, problems };
}

function collect(
  list: readonly unknown[],
  path: string,
  groups: readonly string[],
  scopes: readonly number[],
  to: Collected,
): void {
  list.forEach((item, index) => {
    const place = `${path}[${index}]`;
    if (Array.isArray(item)) collect(item, place, groups, scopes, to);
    else if (!isObject(item)) to.problems.push(notACommand(item, place, "a command or a list of commands"));
    else if (item.commands !== undefined) collectGroup(item, place, groups, scopes, to);
    else collectCommand(item, place, groups, scopes, to);
  });
}

function collectGroup(
  item: { readonly [key: string]: unknown },
  place: string,
  groups: readonly string[],
  scopes: readonly number[],
  to: Collected,
): void {
  const parsed = v.safeParse(groupSchema, item);
  if (!parsed.success) {
    to.problems.push(
      ...shapeProblems(parsed.issues, { attempted: ATTEMPTED, where: named(place, item, groups), keys: () => [] }),
    );
  }
  if (!Array.isArray(item.commands)) return;
  const id = typeof item.id === "string" ? item.id : "?";
  collect(item.commands, `${place}.commands`, [...groups, id], [...scopes, to.scopes++], to);
}

function collectCommand(
  item: { readonly [key: string]: unknown },
  place: string,
  groups: readonly string[],
  scopes: readonly number[],
  to: Collected,
): void {
  const parsed = v.safeParse(commandSchema, item);
  if (!parsed.success) {
    const context = { attempted: ATTEMPTED, where: named(place, item, groups), keys: knownKeys };
    to.problems.push(...shapeProblems(parsed.issues, context));
  }
  if (parsed.success) to.problems.push(...resourceProblems(parsed.output, named(place, item, groups)));
  // A command with mistakes still counts as a target, so that one mistake is told once.
  const good = parsed.success ? parsed.output : undefined;
  if (good === undefined && typeof item.id !== "string") return;
  to.commands.push({
    id: good?.id ?? String(item.id),
    groups,
    scopes,
    always: good?.always ?? false,
    ...(good?.check !== undefined && { check: good.check }),
    ...(good?.change !== undefined && { change: good.change }),
    ...(good?.remove !== undefined && { remove: good.remove }),
    changeIgnore: good?.changeIgnore ?? false,
    removeAfter: good?.removeAfter ?? false,
    envPrefix: good?.envPrefix ?? "",
    ...(good?.stdin !== undefined && { stdin: good.stdin }),
    ...(good?.timeout !== undefined && { timeout: parseDuration(good.timeout)! }),
    ...(good?.retries !== undefined && good.retries.count > 0 && { retries: good.retries }),
    sensitive: good?.sensitive ?? false,
    onChange: NONE,
    onFail: NONE,
    onRemove: NONE,
    ...(good?.exec !== undefined && { execSettings: good.exec }),
    triggerTexts: good ??
      { onChange: texts(item.onChange), onFail: texts(item.onFail), onRemove: texts(item.onRemove) },
  });
}

/** What is wrong with words that are about a resource of the program itself. */
function resourceProblems(
  command: v.InferOutput<typeof commandSchema>,
  where: string,
): readonly Problem[] {
  return (["check", "change", "remove"] as const).flatMap((step) => {
    const script = command[step];
    const resource = typeof script === "object" ? parseResource(script) : undefined;
    if (resource === undefined || resource.ok) return [];
    return resource.problems.map((problem) => ({
      ...problem,
      ...(command.sensitive && { found: "its words are wrong; how is not shown, as the command is sensitive" }),
      where: `${where}: ${step}`,
    }));
  });
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((text) => typeof text === "string") : [];
}

function named(place: string, item: { readonly [key: string]: unknown }, groups: readonly string[]): string {
  const list = place.slice(0, place.search(/[[.]/));
  return typeof item.id === "string" && item.id !== "" ? describe(list, { id: item.id, groups }) : place;
}

function describe(list: string, command: Pick<Command, "id" | "groups">): string {
  return [list, ...command.groups, command.id].join(" > ");
}

function notACommand(value: unknown, place: string, expected: string): Problem {
  return {
    code: "wrong-type",
    attempted: ATTEMPTED,
    found: `expected ${expected}, found ${typeName(value)}`,
    where: place,
    ...(value === null && { hint: "a condition that gives nothing can give an empty list: if … then {…} else []" }),
  };
}
