import type { Command } from "./command.ts";
import type { Exec } from "./exec.ts";

/** A command as it was rendered: everything that is needed to run or remove it later without its pattern. */
export interface RenderedCommand extends Command {
  /** The whole override chain resolved. */
  readonly exec: Exec;
}

/**
 * The last outcome of a command's change on this host. `started`: the intent was written, no outcome ever was (killed
 * in between). A command that has any of them may have been changed here and is not yet removed: it is in the record.
 */
export type Outcome = "started" | "changed" | "failed";

/** One command of a source's state: a wanted one (of the current list) or one that left and is still to be removed. */
export interface Entry {
  /** Unique within the source, never used again. */
  readonly key: number;
  readonly command: RenderedCommand;
  readonly outcome?: Outcome;
  /** Present when the command left (or was replaced) and its removal is still owed. */
  readonly departed?: Departed;
}

export interface Departed {
  /** Removals that failed or were interrupted. */
  readonly tries: number;
  /** A removal was begun and no outcome was recorded. */
  readonly started: boolean;
  /** Key of the wanted entry that replaces it: the same command with another change. */
  readonly successor?: number;
}

/** Something that a change or removal owes, due until it has succeeded (at least once). */
export interface Reaction {
  /** Unique within the source, never used again. */
  readonly id: number;
  /** Run the change, or the removal, of the entry with this key; or deliver an event. */
  readonly action: { readonly do: "change" | "remove"; readonly key: number } | {
    readonly do: "event";
    readonly name: string;
    readonly commandId: string;
    readonly output: string;
  };
  /** Key of the entry that caused it, and its id for messages. */
  readonly causeKey: number;
  readonly causeId: string;
  /** How often it was begun without an outcome; it is given up after two. */
  readonly interruptions: number;
}

/** The smallest steps in which a source's state changes; a list of them is applied in one transaction. */
export type StateChange =
  | { readonly kind: "put-entry"; readonly entry: Entry; readonly position: number }
  | { readonly kind: "delete-entry"; readonly key: number }
  | { readonly kind: "outcome"; readonly key: number; readonly outcome: Outcome }
  | { readonly kind: "departed"; readonly key: number; readonly departed: Departed }
  | { readonly kind: "put-reaction"; readonly reaction: Reaction }
  | { readonly kind: "delete-reaction"; readonly id: number };

/** Which token the wanted list was rendered from. */
export interface Accepted {
  /** SHA-256 of the token, lower-case hex; "" for the static commands of the configuration. */
  readonly tokenHash: string;
  /** Key id of the signer, for people. */
  readonly keyId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Everything that is remembered of one source. Entries in the order of their position: older departed ones first. */
export interface SourceState {
  readonly accepted?: Accepted;
  readonly entries: readonly Entry[];
  readonly reactions: readonly Reaction[];
  /** Signer (key thumbprint) to the newest accepted `iat` in seconds. */
  readonly newest: { readonly [signer: string]: number };
  /** The next unused entry key and reaction id. */
  readonly nextKey: number;
}

/** One line of a source's history. Times in milliseconds since the epoch. */
export interface RunRecord {
  readonly source: string;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly trigger: string;
  readonly keyId: string;
  /** Address of the caller, for pushes; "" otherwise. */
  readonly address: string;
  readonly tokenHash: string;
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  /** "" when nothing failed. */
  readonly error: string;
}
