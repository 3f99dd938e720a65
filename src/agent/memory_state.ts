import type { ForgetWish, Pause, RunRecord, SourceState, Wish, Wishes } from "../domain/state.ts";
import { SourceRecord } from "../domain/state_changes.ts";
import type { StateCommit, StateStore } from "../host/host.ts";

/** Runs of a source's history that are kept. */
const HISTORY_LIMIT = 1000;

interface Remembered {
  readonly record: SourceRecord;
  readonly rest: Omit<SourceState, "entries" | "reactions">;
}

/** The record of a source that is to be remembered only while the agent runs (`noRestore`). */
export class MemoryState implements StateStore {
  readonly #sources = new Map<string, Remembered>();
  #runs: RunRecord[] = [];
  readonly #pauses = new Map<string, Pause>();
  #wishes: readonly (ForgetWish & { readonly source: string })[] = [];
  #nextWish = 1;

  load(source: string): Promise<SourceState> {
    const { record, rest } = this.#remembered(source);
    return Promise.resolve({ ...rest, ...record.state });
  }

  commit(commit: StateCommit): Promise<void> {
    const { record, rest } = this.#remembered(commit.source);
    record.apply(commit.changes);
    this.#sources.set(commit.source, {
      record,
      rest: {
        ...rest,
        ...(commit.accepted !== undefined && { accepted: commit.accepted }),
        ...(commit.newest !== undefined && {
          newest: { ...rest.newest, [commit.newest.signer]: commit.newest.issuedAt },
        }),
        ...(commit.nextKey !== undefined && { nextKey: commit.nextKey }),
      },
    });
    if (commit.granted !== undefined) this.#wishes = this.#wishes.filter(({ id }) => !commit.granted!.includes(id));
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

  wishes(source: string): Promise<Wishes> {
    const pause = this.#pauses.get(source);
    const toForget = this.#wishes.filter((wish) => wish.source === source).map(({ id, keys }) => ({ id, keys }));
    return Promise.resolve({ ...(pause !== undefined && { pause }), toForget });
  }

  wish(source: string, wish: Wish): Promise<void> {
    if (wish.kind === "pause") this.#pauses.set(source, wish.pause);
    else if (wish.kind === "resume") this.#pauses.delete(source);
    else this.#wishes = [...this.#wishes, { id: this.#nextWish++, source, keys: wish.keys }];
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #remembered(source: string): Remembered {
    return this.#sources.get(source) ?? { record: new SourceRecord(), rest: { newest: {}, nextKey: 1 } };
  }
}
