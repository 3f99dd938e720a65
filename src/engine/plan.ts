import type { Triggers } from "../domain/command.ts";
import { isSameScript } from "../domain/script.ts";
import type { Departed, Entry, Reaction, RenderedCommand, SourceState, StateChange } from "../domain/state.ts";
import { pair } from "./pair.ts";

/** What the record is to become before anything runs. */
export interface Plan {
  readonly entries: readonly Entry[];
  readonly reactions: readonly Reaction[];
  readonly nextKey: number;
  /** How the stored state becomes that; empty when it already is. */
  readonly changes: readonly StateChange[];
}

export type Remembered = Pick<SourceState, "entries" | "reactions" | "nextKey">;

export const NOTHING_REMEMBERED: Remembered = { entries: [], reactions: [], nextKey: 1 };

/**
 * Compares the newly rendered list with the record. `newToken`: a differing `change` is a decision of whoever signed, so
 * the old one is removed and the new one forced; within one token (variables, files or names changed) it is left to the
 * check. Entries that left come first, in their old order, then the wanted ones in theirs.
 */
export function plan(state: Remembered, list: readonly RenderedCommand[], newToken: boolean): Plan {
  let nextKey = state.nextKey;
  const wantedBefore = state.entries.filter((entry) => entry.departed === undefined);
  const pairs = pair(wantedBefore.map((entry) => entry.command), list);
  const returning = pairReturning(state.entries, list, pairs);
  const replaced = Map.groupBy(state.entries, (entry) => entry.departed?.successor);

  const keys: number[] = [];
  const continued = new Map<number, Entry>();
  const successors = new Map<number, number>();
  list.forEach((command, i) => {
    const old = pairs[i] !== undefined ? wantedBefore[pairs[i]!] : returning.get(i);
    if (old === undefined) {
      keys.push(nextKey++);
    } else if (continues(old, command, newToken)) {
      keys.push(old.key);
      continued.set(old.key, old);
    } else if (earlier(replaced.get(old.key), command) !== undefined) {
      // Back to a text whose removal has not begun: it goes on, and what was to replace it leaves instead.
      const before = earlier(replaced.get(old.key), command)!;
      keys.push(before.key);
      continued.set(before.key, before);
      successors.set(old.key, before.key);
    } else {
      successors.set(old.key, nextKey);
      keys.push(nextKey++);
    }
  });

  const departed = state.entries.filter((entry) => !continued.has(entry.key))
    .map((entry) => depart(entry, successors));
  const wanted = list.map((command, i): Entry => {
    const outcome = continued.get(keys[i]!)?.outcome;
    return { key: keys[i]!, command: withKeys(command, keys), ...(outcome !== undefined && { outcome }) };
  });
  const entries = [...departed, ...wanted];
  const carried = carryOver(state.reactions, wanted, departed);
  const missed = missedOnReturn(wanted, continued, nextKey);
  nextKey += missed.length;
  const reactions = missed.length === 0 ? carried : [...carried, ...missed];
  return { entries, reactions, nextKey, changes: difference(state, entries, reactions) };
}

/**
 * A list that is undone as a whole, as `local -r` does: everything in it has left, nothing is known of what ran.
 */
export function planRemoval(list: readonly RenderedCommand[]): Plan {
  const { entries, ...rest } = plan(plan(NOTHING_REMEMBERED, list, true), [], true);
  return { entries, ...rest };
}

/** Commands that left before and whose removal is still owed may come back: paired after all wanted ones. */
function pairReturning(
  entries: readonly Entry[],
  list: readonly RenderedCommand[],
  pairs: readonly (number | undefined)[],
): ReadonlyMap<number, Entry> {
  const keys = new Set<number | undefined>(entries.map((entry) => entry.key));
  const owed = entries.filter((entry) => entry.departed !== undefined && !keys.has(entry.departed.successor));
  if (owed.length === 0) return new Map();
  const open = list.map((_, i) => i).filter((i) => pairs[i] === undefined);
  const back = pair(owed.map((entry) => entry.command), open.map((i) => list[i]!));
  return new Map(open.flatMap((i, at) => back[at] === undefined ? [] : [[i, owed[back[at]!]!] as const]));
}

/** Whether the entry goes on as it is, rather than being removed and changed anew. */
function continues(old: Entry, command: RenderedCommand, newToken: boolean): boolean {
  // Half removed: only a whole removal and a new change lead anywhere for sure.
  if (old.departed !== undefined && (old.departed.started || old.departed.tries > 0)) return false;
  return isSameScript(old.command.change, command.change) || command.changeIgnore || !newToken;
}

/** The latest of the entries that has the very text of the command and goes on. */
function earlier(entries: readonly Entry[] | undefined, command: RenderedCommand): Entry | undefined {
  return entries?.findLast((entry) =>
    isSameScript(entry.command.change, command.change) && continues(entry, command, true)
  );
}

function depart(entry: Entry, successors: ReadonlyMap<number, number>): Entry {
  const { tries, started, successor: before } = entry.departed ?? { tries: 0, started: false };
  const successor = successors.get(entry.key) ?? (before === undefined ? undefined : successors.get(before) ?? before);
  const departed: Departed = { tries, started, ...(successor !== undefined && { successor }) };
  return { ...entry, departed };
}

function withKeys(command: RenderedCommand, keys: readonly number[]): RenderedCommand {
  const translate = (triggers: Triggers): Triggers =>
    triggers.targets.length === 0 ? triggers : { ...triggers, targets: triggers.targets.map((at) => keys[at]!) };
  return {
    ...command,
    onChange: translate(command.onChange),
    onFail: translate(command.onFail),
    onRemove: translate(command.onRemove),
  };
}

/**
 * What is due stays due: at the target itself, or at what replaced it. The change of a target that left waits with it, for
 * the case that it comes back before it is removed.
 */
function carryOver(
  reactions: readonly Reaction[],
  wanted: readonly Entry[],
  departed: readonly Entry[],
): readonly Reaction[] {
  if (reactions.length === 0) return reactions;
  const wantedKeys = new Set<number | undefined>(wanted.map((entry) => entry.key));
  const departedBy = new Map(departed.map((entry) => [entry.key, entry]));
  return reactions.flatMap((reaction): readonly Reaction[] => {
    const { action } = reaction;
    if (action.do === "event") return [reaction];
    const left = departedBy.get(action.key);
    const key = left === undefined ? action.key : left.departed?.successor;
    if (key !== undefined && wantedKeys.has(key)) {
      // A target of a removal that came back stays in the pattern, and then its change is what is due.
      const same = action.do === "change" && action.key === key;
      return [same ? reaction : { ...reaction, action: { do: "change", key } }];
    }
    return left === undefined ? [] : [reaction];
  });
}

/**
 * A command that comes back before it was removed isn't changed again. What it triggers may have been removed in the
 * meantime; that would wait for ever, so it is due as if its cause had been changed once more.
 */
function missedOnReturn(
  wanted: readonly Entry[],
  continued: ReadonlyMap<number, Entry>,
  nextKey: number,
): readonly Reaction[] {
  const missed: Reaction[] = [];
  for (const { key: causeKey, command, outcome } of wanted) {
    if (outcome === undefined || continued.get(causeKey)?.departed === undefined) continue;
    for (const key of command.onChange.targets) {
      if (continued.has(key)) continue;
      const id = nextKey + missed.length;
      missed.push({ id, action: { do: "change", key }, causeKey, causeId: command.id, interruptions: 0 });
    }
  }
  return missed;
}

function difference(state: Remembered, entries: readonly Entry[], reactions: readonly Reaction[]): StateChange[] {
  const changes: StateChange[] = [];
  if (state.entries.length !== entries.length || !entries.every((entry, i) => same(entry, state.entries[i]!))) {
    const kept = new Set(entries.map((entry) => entry.key));
    for (const entry of state.entries) {
      if (!kept.has(entry.key)) changes.push({ kind: "delete-entry", key: entry.key });
    }
    entries.forEach((entry, position) => changes.push({ kind: "put-entry", entry, position }));
  }
  if (reactions !== state.reactions) {
    const kept = new Map(reactions.map((reaction) => [reaction.id, reaction]));
    for (const before of state.reactions) {
      const after = kept.get(before.id);
      if (after === undefined) changes.push({ kind: "delete-reaction", id: before.id });
      else if (after !== before) changes.push({ kind: "put-reaction", reaction: after });
      kept.delete(before.id);
    }
    for (const reaction of kept.values()) changes.push({ kind: "put-reaction", reaction });
  }
  return changes;
}

/** The properties of a command are compared in the order in which rendering writes them, which the store keeps. */
function same(a: Entry, b: Entry): boolean {
  return a.key === b.key && a.outcome === b.outcome && JSON.stringify(a.command) === JSON.stringify(b.command) &&
    a.departed?.tries === b.departed?.tries && a.departed?.started === b.departed?.started &&
    a.departed?.successor === b.departed?.successor;
}
