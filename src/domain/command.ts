import type { ExecSettings } from "./exec.ts";
import type { Milliseconds } from "./duration.ts";

/** One flattened command of a list. Indexes of targets point into that list, resolved when it was parsed. */
export interface Command {
  readonly id: string;
  /** Ids of the groups around it, outermost first. */
  readonly groups: readonly string[];
  /** Number of the innermost group; 0 is the list itself. Equal numbers: may target each other, share variables. */
  readonly scope: number;
  readonly always: boolean;
  readonly check?: string;
  readonly change?: string;
  readonly remove?: string;
  readonly changeIgnore: boolean;
  readonly removeAfter: boolean;
  readonly envPrefix: string;
  readonly stdin?: string;
  readonly timeout?: Milliseconds;
  readonly sensitive: boolean;
  readonly onChange: Triggers;
  readonly onFail: Triggers;
  readonly onRemove: Triggers;
}

/** What a trigger list comes to: positions in the flattened list, and names of events (without `etcha:`). */
export interface Triggers {
  readonly targets: readonly number[];
  readonly events: readonly string[];
}

/** A command with what it sets of its own exec, before the chain is resolved. */
export interface ParsedCommand extends Command {
  readonly execSettings?: ExecSettings;
}
