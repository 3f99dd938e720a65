import type { Milliseconds } from "./duration.ts";
import type { ExecSettings } from "./exec.ts";
import type { Regexp } from "./regexp.ts";
import type { Script } from "./script.ts";

/** One command of a flattened list. */
export interface Command {
  readonly id: string;
  /** Ids of the groups around it, outermost first. */
  readonly groups: readonly string[];
  /** Numbers of the groups around it, `0` (the list itself) first. Equal last numbers: may target each other. */
  readonly scopes: readonly number[];
  readonly always: boolean;
  readonly check?: Script;
  readonly change?: Script;
  readonly remove?: Script;
  readonly changeIgnore: boolean;
  readonly removeAfter: boolean;
  /** "" for none. */
  readonly envPrefix: string;
  readonly stdin?: string;
  readonly timeout?: Milliseconds;
  /** How often a change or removal that failed is tried again, and the wait before each time. */
  readonly retries?: Retries;
  /** What it runs and its output are shown nowhere. */
  readonly sensitive: boolean;
  readonly onChange: Triggers;
  readonly onFail: Triggers;
  readonly onRemove: Triggers;
}

export interface Retries {
  /** Beyond the first try. */
  readonly count: number;
  readonly pause: Milliseconds;
}

/**
 * What a trigger list comes to. `targets`: positions in the flattened list while the command is parsed; keys of entries
 * once it is one of a source's state. `events`: names without `etcha:`.
 */
export interface Triggers {
  readonly targets: readonly number[];
  readonly events: readonly string[];
}

/** A command with what it sets of its own exec, before the override chain is resolved. */
export interface ParsedCommand extends Command {
  readonly execSettings?: ExecSettings;
}

/** `group > id`, for messages. */
export function commandPath(command: Pick<Command, "id" | "groups">): string {
  return [...command.groups, command.id].join(" > ");
}

/** What a filter on a run of `source` chooses: commands by their whole path, and all of a group by the id of the group. */
export function chosenBy(filter: Regexp, source: string): (command: Pick<Command, "id" | "groups">) => boolean {
  return (command) =>
    filter.test(`${source} > ${commandPath(command)}`) || command.groups.some((id) => filter.test(id));
}
