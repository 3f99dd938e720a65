import type { RunRecord, SourceState, Wish, Wishes } from "../domain/state.ts";
import type { StateCommit, StateStore } from "../host/host.ts";

/**
 * A store that gives the same object again as long as nothing of a source has changed, so that a settled run reads nothing
 * and can be told from one that has something to compare. Its process must be the only one that writes more than wishes.
 */
export class CachedState implements StateStore {
  readonly #loaded = new Map<string, Promise<SourceState>>();

  constructor(private readonly store: StateStore) {}

  load(source: string): Promise<SourceState> {
    const known = this.#loaded.get(source);
    if (known !== undefined) return known;
    const loading = this.store.load(source);
    this.#loaded.set(source, loading);
    loading.catch(() => this.#forget(source, loading));
    return loading;
  }

  /** The store answers in order: what is loaded from here on has the commit in it, or its failure. */
  commit(commit: StateCommit): Promise<void> {
    if (!isHistoryAlone(commit)) this.#loaded.delete(commit.source);
    return this.store.commit(commit);
  }

  history(source: string | undefined, limit: number): Promise<readonly RunRecord[]> {
    return this.store.history(source, limit);
  }

  sources(): Promise<readonly string[]> {
    return this.store.sources();
  }

  wishes(source: string): Promise<Wishes> {
    return this.store.wishes(source);
  }

  wish(source: string, wish: Wish): Promise<void> {
    return this.store.wish(source, wish);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.store[Symbol.asyncDispose]();
  }

  #forget(source: string, loading: Promise<SourceState>): void {
    if (this.#loaded.get(source) === loading) this.#loaded.delete(source);
  }
}

function isHistoryAlone({ changes, accepted, newest, nextKey }: StateCommit): boolean {
  return changes.length === 0 && accepted === undefined && newest === undefined && nextKey === undefined;
}
