import * as v from "valibot";
import type { Command, ParsedCommand, Triggers } from "./command.ts";
import { parseDuration } from "./duration.ts";
import { durationText, execSchema } from "./exec.ts";
import { isObject, typeName } from "./json.ts";
import type { Problem } from "./problem.ts";
import { keysOf, shapeProblems } from "./shape.ts";
import { retriesSchema } from "./retries.ts";
import { resolveTriggers, type TriggerSource } from "./trigger.ts";

const ATTEMPTED = "read the commands";

const script = v.pipe(v.string(), v.check((text) => !text.includes("\0"), "it must not contain a NUL character"));

const idSchema = v.pipe(
  v.string(),
  v.check((id) => id !== "", "it must not be empty"),
  v.check((id) => !id.startsWith("etcha:"), "an id must not begin with etcha: (that names events)"),
);

/** The properties of a command: the table that parsing, hints and schemas come from. */
const commandSchema = v.strictObject({
  always: v.optional(v.boolean(), false),
  change: v.optional(script),
  changeIgnore: v.optional(v.boolean(), false),
  check: v.optional(script),
  commands: v.optional(v.array(v.unknown())),
  envPrefix: v.optional(
    v.pipe(
      v.string(),
      v.check(
        (prefix) => /^([A-Za-z_][A-Za-z0-9_]*)?$/.test(prefix),
        "an environment variable's name has only letters, digits and _ and does not begin with a digit",
      ),
    ),
    "",
  ),
  exec: v.optional(execSchema),
  id: idSchema,
  onChange: v.optional(v.array(v.string()), []),
  onFail: v.optional(v.array(v.string()), []),
  onRemove: v.optional(v.array(v.string()), []),
  remove: v.optional(script),
  removeAfter: v.optional(v.boolean(), false),
  retries: v.optional(retriesSchema),
  sensitive: v.optional(v.boolean(), false),
  stdin: v.optional(v.string()),
  timeout: v.optional(durationText),
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
