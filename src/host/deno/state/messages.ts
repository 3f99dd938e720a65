import type { RunRecord, SourceState, Wish, Wishes } from "../../../domain/state.ts";
import type { HostError, StateCommit } from "../../host.ts";

/** What the thread of the database is asked; one thing at a time, each gets one reply. */
export type StateRequest =
  | { readonly kind: "open"; readonly file: string }
  | { readonly kind: "load"; readonly source: string }
  | { readonly kind: "commit"; readonly commits: readonly StateCommit[] }
  | { readonly kind: "wishes"; readonly source: string }
  | { readonly kind: "wish"; readonly source: string; readonly wish: Wish }
  | { readonly kind: "history"; readonly source: string | undefined; readonly limit: number }
  | { readonly kind: "sources" }
  | { readonly kind: "close" };

/** The answer to each kind of request. */
export interface StateAnswers {
  readonly open: null;
  readonly load: SourceState;
  /** One for each commit, in their order; null: it is on the disk. */
  readonly commit: readonly (StateFailure | null)[];
  readonly wishes: Wishes;
  readonly wish: null;
  readonly history: readonly RunRecord[];
  readonly sources: readonly string[];
  readonly close: null;
}

/** A HostError as it crosses from thread to thread; `kind` is absent for a bug. */
export interface StateFailure {
  readonly kind?: HostError["kind"];
  readonly message: string;
}

export type StateReply =
  | { readonly ok: true; readonly answer: StateAnswers[keyof StateAnswers] }
  | { readonly ok: false; readonly failure: StateFailure };
