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
  /** Undefined: nothing is known of it any more. */
  | { readonly kind: "outcome"; readonly key: number; readonly outcome: Outcome | undefined }
  | { readonly kind: "departed"; readonly key: number; readonly departed: Departed }
  | { readonly kind: "put-reaction"; readonly reaction: Reaction }
  | { readonly kind: "delete-reaction"; readonly id: number };

/** Before the hash of static commands, so that it can't be that of a token. */
const STATIC = "commands:";

/** For `Accepted.tokenHash`, of the SHA-256 of the static commands of the configuration. */
export function staticHash(sha256: string): string {
  return `${STATIC}${sha256}`;
}

export function isStaticHash(hash: string): boolean {
  return hash.startsWith(STATIC);
}

/** Which token the wanted list was rendered from. */
export interface Accepted {
  /** SHA-256 of the token, lower-case hex, or `staticHash`. */
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

/** Entries that a person, while a run may be under way, has asked to forget. */
export interface ForgetWish {
  readonly id: number;
  /** Keys of entries. */
  readonly keys: readonly number[];
}

/** For so long the agent does nothing of itself for a source. Times in milliseconds since the epoch. */
export interface Pause {
  readonly since: number;
  /** Absent: until it is resumed. */
  readonly until?: number;
}

/** What a person writes into the state beside the agent, which goes by it at its next turn. */
export type Wish =
  | { readonly kind: "pause"; readonly pause: Pause }
  | { readonly kind: "resume" }
  | { readonly kind: "forget"; readonly keys: readonly number[] };

/** What of it holds for a source. The agent grants what is to be forgotten; a pause ends by its time or by hand. */
export interface Wishes {
  readonly pause?: Pause;
  readonly toForget: readonly ForgetWish[];
}

/** A pause whose time is over is none. */
export function isPausedAt(now: number, pause: Pause | undefined): pause is Pause {
  return pause !== undefined && (pause.until === undefined || pause.until > now);
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
  /** When the agent, if it still runs and the source is not paused then, tries again what failed. */
  readonly retryAt?: number;
}
