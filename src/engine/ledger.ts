import type { Entry, Outcome, Reaction, StateChange } from "../domain/state.ts";
import type { Plan } from "./plan.ts";

/** Begun this often without an outcome, a reaction is given up: it may be what ends the agent or the machine. */
const INTERRUPTIONS_LIMIT = 2;

/**
 * The record as it stands while a run goes on. Each method says how the stored state must change and changes its own
 * picture alike, so that what a run decides and what a later one finds can't differ.
 */
export class Ledger {
  readonly #entries = new Map<number, Entry>();
  readonly #due = new Map<number, Reaction>();
  readonly #dueByKey = new Map<number, Set<number>>();
  /** What is due because of what, so that a cause owes a target once. */
  readonly #owed = new Set<string>();
  #nextKey: number;

  /** `fires`: whether anybody asks for an event of this name; of the others nothing is remembered. */
  constructor(
    plan: Pick<Plan, "entries" | "reactions" | "nextKey">,
    private readonly fires: (event: string) => boolean = () => true,
  ) {
    for (const entry of plan.entries) this.#entries.set(entry.key, entry);
    for (const reaction of plan.reactions) this.#index(reaction);
    this.#nextKey = plan.nextKey;
  }

  get reactions(): readonly Reaction[] {
    return [...this.#due.values()];
  }

  get(key: number): Entry | undefined {
    return this.#entries.get(key);
  }

  wanted(key: number | undefined): Entry | undefined {
    const entry = key === undefined ? undefined : this.#entries.get(key);
    return entry?.departed === undefined ? entry : undefined;
  }

  /** What is due at this entry: at its change for a wanted one, at its removal for one that left. */
  dueAt(key: number): readonly Reaction[] {
    const step = this.get(key)?.departed === undefined ? "change" : "remove";
    return this.#allAt(key).filter(({ action }) => action.do === step);
  }

  /** Reactions at this entry that were interrupted too often; they are given up. */
  giveUp(key: number): { readonly given: readonly Reaction[]; readonly changes: readonly StateChange[] } {
    const given = this.dueAt(key).filter((reaction) => reaction.interruptions >= INTERRUPTIONS_LIMIT);
    return { given, changes: given.map((reaction) => this.#drop(reaction.id)) };
  }

  /** What was due at the entry is done. */
  settle(entry: Entry): readonly StateChange[] {
    return this.#allAt(entry.key).map((reaction) => this.#drop(reaction.id));
  }

  /** Intent: the change of a wanted entry is about to start, and this is what it may trigger. */
  intendChange(entry: Entry): readonly StateChange[] {
    const owed = this.#owe(entry, entry.command.onChange.targets, entry.command.onChange.events);
    const begun = this.#begin(entry.key);
    // Without a check the removal asks nothing, so that "changed" and "started" come to the same: nothing new to write.
    const known = entry.outcome === "started" ||
      (entry.outcome === "changed" && entry.command.check === undefined && owed.length === 0 && begun.length === 0);
    return [...(known ? [] : [this.#outcome(entry.key, "started")]), ...owed, ...begun];
  }

  /** The change succeeded: what was due at it is settled, what it triggers is due. */
  changed(entry: Entry, intent: readonly StateChange[], output: string): readonly StateChange[] {
    const outcome = this.get(entry.key)?.outcome === "changed" ? [] : [this.#outcome(entry.key, "changed")];
    return [...outcome, ...this.settle(entry), ...this.#fire(intent, output)];
  }

  /** The change failed: what only this attempt would have triggered is withdrawn; what was due at it stays due. */
  failed(entry: Entry, intent: readonly StateChange[]): readonly StateChange[] {
    const outcome = this.get(entry.key)?.outcome === "failed" ? [] : [this.#outcome(entry.key, "failed")];
    return [...outcome, ...this.#withdraw(intent), ...this.#calm(entry.key)];
  }

  /** Makes the change of these targets, and these events, due because of this entry. */
  owe(entry: Entry, targets: readonly number[], events: readonly string[], output = ""): readonly StateChange[] {
    return this.#owe(entry, targets, events, output);
  }

  /** Intent: a removal is about to start; `triggers` are those of `onRemove`, `force` the successor's change. */
  intendRemoval(entry: Entry, force: boolean): readonly StateChange[] {
    const departed = entry.departed!;
    const successor = force ? this.wanted(departed.successor) : undefined;
    const owed = this.#owe(entry, entry.command.onRemove.targets, entry.command.onRemove.events);
    const forced = successor === undefined ? [] : this.#owe(entry, [successor.key], []);
    this.#entries.set(entry.key, { ...entry, departed: { ...departed, started: true } });
    return [
      { kind: "departed", key: entry.key, departed: { ...departed, started: true } },
      ...owed,
      ...forced,
      ...this.#begin(entry.key),
    ];
  }

  /** The change of what replaces this entry runs whatever its check says. */
  force(entry: Entry): readonly StateChange[] {
    const successor = this.wanted(entry.departed?.successor);
    return successor === undefined ? [] : this.#owe(entry, [successor.key], []);
  }

  /**
   * What an entry has, or may have, left here is its successor's: the change of that runs whatever its check says, and until
   * it has, a removal of it would not ask its check either.
   */
  passOn(entry: Entry): readonly StateChange[] {
    const successor = this.wanted(entry.departed?.successor)!;
    const outcome = successor.outcome === "started" ? [] : [this.#outcome(successor.key, "started")];
    return [...outcome, ...this.force(entry), ...this.gone(entry, [], "")];
  }

  /** Its successor is as it was: it has what this one had, and owes what its targets may have lost meanwhile. */
  comeBack(entry: Entry): readonly StateChange[] {
    const successor = this.wanted(entry.departed?.successor)!;
    const outcome = successor.outcome === undefined ? [this.#outcome(successor.key, "changed")] : [];
    const missed = successor.command.onChange.targets.filter((target) => this.get(target)?.outcome === undefined);
    return [...outcome, ...this.#owe(successor, missed, []), ...this.gone(entry, [], "")];
  }

  /** A removal was begun before this run and its outcome is unknown: it counts as a try. */
  interruptedRemoval(entry: Entry): readonly StateChange[] {
    const departed = { ...entry.departed!, tries: entry.departed!.tries + 1, started: false };
    this.#entries.set(entry.key, { ...entry, outcome: "started", departed });
    return [{ kind: "outcome", key: entry.key, outcome: "started" }, { kind: "departed", key: entry.key, departed }];
  }

  removalFailed(entry: Entry, intent: readonly StateChange[]): readonly StateChange[] {
    const departed = { ...entry.departed!, tries: entry.departed!.tries + 1, started: false };
    this.#entries.set(entry.key, { ...entry, departed });
    const forced = this.wanted(departed.successor)?.key;
    // The new change was to run whatever becomes of the old one.
    const withdrawn = this.#withdraw(
      intent.filter((change) =>
        !(change.kind === "put-reaction" && change.reaction.action.do === "change" &&
          change.reaction.action.key === forced)
      ),
    );
    return [{ kind: "departed", key: entry.key, departed }, ...withdrawn, ...this.#calm(entry.key)];
  }

  /** Nothing is left of it here. */
  gone(entry: Entry, intent: readonly StateChange[], output: string): readonly StateChange[] {
    const settled = this.settle(entry);
    this.#entries.delete(entry.key);
    return [{ kind: "delete-entry", key: entry.key }, ...settled, ...this.#fire(intent, output)];
  }

  #owe(entry: Entry, targets: readonly number[], events: readonly string[], output = ""): readonly StateChange[] {
    const changes: StateChange[] = [];
    const cause = { causeKey: entry.key, causeId: entry.command.id, interruptions: 0 };
    for (const target of targets) {
      const action = this.#aim(target);
      if (action === undefined) continue;
      if (this.#owed.has(owedBy(action, cause.causeKey))) continue;
      changes.push(this.#put({ id: this.#nextKey++, action, ...cause }));
    }
    for (const name of events) {
      if (!this.fires(name)) continue;
      const action = { do: "event", name, commandId: entry.command.id, output } as const;
      changes.push(this.#put({ id: this.#nextKey++, action, ...cause }));
    }
    return changes;
  }

  /** The events that an attempt made due get the output of the command, which was not known before. */
  #fire(intent: readonly StateChange[], output: string): readonly StateChange[] {
    return intent.flatMap((change): readonly StateChange[] => {
      if (change.kind !== "put-reaction" || output === "") return [];
      const { reaction } = change;
      return reaction.action.do === "event" ? [this.#put({ ...reaction, action: { ...reaction.action, output } })] : [];
    });
  }

  #allAt(key: number): readonly Reaction[] {
    return [...this.#dueByKey.get(key) ?? []].map((id) => this.#due.get(id)!);
  }

  /** A target that left is removed, one that was replaced or stays is changed. */
  #aim(target: number): { readonly do: "change" | "remove"; readonly key: number } | undefined {
    const entry = this.#entries.get(target);
    if (entry === undefined) return undefined;
    if (entry.departed === undefined) return { do: "change", key: target };
    const successor = this.wanted(entry.departed.successor);
    return successor === undefined ? { do: "remove", key: target } : { do: "change", key: successor.key };
  }

  #begin(key: number): readonly StateChange[] {
    return this.dueAt(key).map((reaction) => this.#put({ ...reaction, interruptions: reaction.interruptions + 1 }));
  }

  /** The attempt ended with an outcome, so that it was no interruption. */
  #calm(key: number): readonly StateChange[] {
    return this.dueAt(key).filter((reaction) => reaction.interruptions > 0)
      .map((reaction) => this.#put({ ...reaction, interruptions: 0 }));
  }

  #withdraw(intent: readonly StateChange[]): readonly StateChange[] {
    return intent.flatMap((change) =>
      change.kind === "put-reaction" && change.reaction.interruptions === 0 && this.#due.has(change.reaction.id)
        ? [this.#drop(change.reaction.id)]
        : []
    );
  }

  #outcome(key: number, outcome: Outcome): StateChange {
    this.#entries.set(key, { ...this.#entries.get(key)!, outcome });
    return { kind: "outcome", key, outcome };
  }

  #put(reaction: Reaction): StateChange {
    this.#index(reaction);
    return { kind: "put-reaction", reaction };
  }

  #drop(id: number): StateChange {
    const reaction = this.#due.get(id);
    this.#due.delete(id);
    if (reaction !== undefined && reaction.action.do !== "event") {
      this.#dueByKey.get(reaction.action.key)?.delete(id);
      this.#owed.delete(owedBy(reaction.action, reaction.causeKey));
    }
    return { kind: "delete-reaction", id };
  }

  #index(reaction: Reaction): void {
    this.#due.set(reaction.id, reaction);
    const { action } = reaction;
    if (action.do === "event") return;
    this.#owed.add(owedBy(action, reaction.causeKey));
    const ids = this.#dueByKey.get(action.key);
    if (ids === undefined) this.#dueByKey.set(action.key, new Set([reaction.id]));
    else ids.add(reaction.id);
  }
}

function owedBy(action: { readonly do: "change" | "remove"; readonly key: number }, causeKey: number): string {
  return `${action.do} ${action.key} ${causeKey}`;
}
