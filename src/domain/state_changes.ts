import type { Entry, Reaction, SourceState, StateChange } from "./state.ts";

/** Entries and reactions of one source as its changes leave them. A change costs the same however many there are. */
export class SourceRecord {
  readonly #entries = new Map<number, { readonly entry: Entry; readonly position: number }>();
  readonly #reactions = new Map<number, Reaction>();

  /** Entries in the order of their position, of equal ones in that of their key; sorted each time. */
  get state(): Pick<SourceState, "entries" | "reactions"> {
    const placed = [...this.#entries].sort(([a, one], [b, other]) => one.position - other.position || a - b);
    return { entries: placed.map(([, { entry }]) => entry), reactions: [...this.#reactions.values()] };
  }

  /** A change of an entry that is not there changes nothing, as in a database. */
  apply(changes: readonly StateChange[]): void {
    for (const change of changes) {
      switch (change.kind) {
        case "put-entry":
          this.#entries.set(change.entry.key, { entry: change.entry, position: change.position });
          break;
        case "delete-entry":
          this.#entries.delete(change.key);
          break;
        case "outcome":
          if (change.outcome === undefined) this.#withoutOutcome(change.key);
          else this.#update(change.key, { outcome: change.outcome });
          break;
        case "departed":
          this.#update(change.key, { departed: change.departed });
          break;
        case "put-reaction":
          this.#reactions.set(change.reaction.id, change.reaction);
          break;
        case "delete-reaction":
          this.#reactions.delete(change.id);
      }
    }
  }

  #update(key: number, part: Partial<Entry>): void {
    const known = this.#entries.get(key);
    if (known !== undefined) this.#entries.set(key, { ...known, entry: { ...known.entry, ...part } });
  }

  #withoutOutcome(key: number): void {
    const known = this.#entries.get(key);
    if (known === undefined) return;
    const { outcome: _, ...entry } = known.entry;
    this.#entries.set(key, { ...known, entry });
  }
}
