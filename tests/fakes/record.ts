import assert from "node:assert/strict";
import type { Remembered } from "../../src/engine/plan.ts";
import type { Entry, Reaction, StateChange } from "../../src/domain/state.ts";

/** A source's record in memory. Strict where a database shrugs: a change that finds nothing to change is a bug. */
export class MemoryRecord {
  readonly #entries = new Map<number, { entry: Entry; position: number }>();
  readonly #reactions = new Map<number, Reaction>();
  #nextKey = 1;
  /** Changes applied so far: what a database would have written. */
  writes = 0;

  get state(): Remembered {
    return {
      entries: [...this.#entries.values()].sort((a, b) => a.position - b.position).map(({ entry }) => entry),
      reactions: [...this.#reactions.values()].sort((a, b) => a.id - b.id),
      nextKey: this.#nextKey,
    };
  }

  apply(changes: readonly StateChange[]): void {
    for (const change of changes) this.#apply(change);
    this.writes += changes.length;
  }

  #apply(change: StateChange): void {
    switch (change.kind) {
      case "put-entry":
        this.#entries.set(change.entry.key, { entry: change.entry, position: change.position });
        this.#nextKey = Math.max(this.#nextKey, change.entry.key + 1);
        return;
      case "delete-entry":
        assert.ok(this.#entries.delete(change.key), `entry ${change.key} is deleted and was never there`);
        return;
      case "outcome":
        assert.ok(change.outcome !== undefined, "a run never forgets an outcome");
        this.#update(change.key, { outcome: change.outcome });
        return;
      case "departed":
        this.#update(change.key, { departed: change.departed });
        return;
      case "put-reaction":
        this.#reactions.set(change.reaction.id, change.reaction);
        this.#nextKey = Math.max(this.#nextKey, change.reaction.id + 1);
        return;
      case "delete-reaction":
        assert.ok(this.#reactions.delete(change.id), `reaction ${change.id} is deleted and was never there`);
    }
  }

  #update(key: number, part: Partial<Entry>): void {
    const known = this.#entries.get(key);
    assert.ok(known !== undefined, `entry ${key} is updated and was never there`);
    known.entry = { ...known.entry, ...part };
  }
}

/**
 * The same with what a sudden end does to it: what was asked to be durable and was answered is kept; of what was asked
 * later, any beginning may have reached the disk.
 */
export class CrashingRecord {
  readonly kept = new MemoryRecord();
  readonly #waiting: (readonly StateChange[])[] = [];

  remember(changes: readonly StateChange[], durable: boolean): void {
    this.#waiting.push(changes);
    if (durable) this.flush();
  }

  flush(): void {
    for (const changes of this.#waiting.splice(0)) this.kept.apply(changes);
  }

  /** The process dies; `reached` says how many of the waiting transactions are on disk. */
  crash(reached: number): void {
    for (const changes of this.#waiting.splice(0).slice(0, reached)) this.kept.apply(changes);
  }

  get waiting(): number {
    return this.#waiting.length;
  }
}
