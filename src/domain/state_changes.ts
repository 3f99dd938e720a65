import type { Entry, Reaction, SourceState, StateChange } from "./state.ts";

/**
 * What changes of the record come to. `positions`: by key, where each entry stands; it gains those of the entries that are
 * put and loses those of the deleted.
 */
export function applyChanges(
  state: SourceState,
  changes: readonly StateChange[],
  positions: Map<number, number>,
): SourceState {
  const entries = new Map(state.entries.map((entry) => [entry.key, entry]));
  const reactions = new Map<number, Reaction>(state.reactions.map((reaction) => [reaction.id, reaction]));
  const update = (key: number, part: Partial<Entry>) => {
    const entry = entries.get(key);
    if (entry !== undefined) entries.set(key, { ...entry, ...part });
  };
  for (const change of changes) {
    switch (change.kind) {
      case "put-entry":
        entries.set(change.entry.key, change.entry);
        positions.set(change.entry.key, change.position);
        break;
      case "delete-entry":
        entries.delete(change.key);
        positions.delete(change.key);
        break;
      case "outcome":
        update(change.key, { outcome: change.outcome });
        break;
      case "departed":
        update(change.key, { departed: change.departed });
        break;
      case "put-reaction":
        reactions.set(change.reaction.id, change.reaction);
        break;
      case "delete-reaction":
        reactions.delete(change.id);
    }
  }
  const ordered = [...entries.values()].sort((a, b) => positions.get(a.key)! - positions.get(b.key)! || a.key - b.key);
  return { ...state, entries: ordered, reactions: [...reactions.values()] };
}
