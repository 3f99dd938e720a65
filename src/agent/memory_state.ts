import type { RunRecord, SourceState } from "../domain/state.ts";
import { applyChanges } from "../domain/state_changes.ts";
import type { StateCommit, StateStore } from "../host/host.ts";

/** Runs of a source's history that are kept. */
const HISTORY_LIMIT = 1000;

const EMPTY: SourceState = { entries: [], reactions: [], newest: {}, nextKey: 1 };

/** The record of a source that is to be remembered only while the agent runs (`noRestore`). */
export class MemoryState implements StateStore {
  readonly #sources = new Map<string, SourceState>();
  /** By source: the position that each entry was given. */
  readonly #positions = new Map<string, Map<number, number>>();
  #runs: RunRecord[] = [];

  load(source: string): Promise<SourceState> {
    return Promise.resolve(this.#sources.get(source) ?? EMPTY);
  }

  commit(commit: StateCommit): Promise<void> {
    const positions = this.#positions.get(commit.source) ?? new Map<number, number>();
    this.#positions.set(commit.source, positions);
    const state = applyChanges(this.#sources.get(commit.source) ?? EMPTY, commit.changes, positions);
    this.#sources.set(commit.source, {
      ...state,
      ...(commit.accepted !== undefined && { accepted: commit.accepted }),
      ...(commit.newest !== undefined && {
        newest: { ...state.newest, [commit.newest.signer]: commit.newest.issuedAt },
      }),
      ...(commit.nextKey !== undefined && { nextKey: commit.nextKey }),
    });
    if (commit.run !== undefined) this.#runs = [commit.run, ...this.#runs.slice(0, HISTORY_LIMIT - 1)];
    return Promise.resolve();
  }

  history(source: string | undefined, limit: number): Promise<readonly RunRecord[]> {
    const runs = source === undefined ? this.#runs : this.#runs.filter((run) => run.source === source);
    return Promise.resolve(runs.slice(0, limit));
  }

  sources(): Promise<readonly string[]> {
    return Promise.resolve([...this.#sources.keys()].sort());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
