import { commandPath } from "./command.ts";
import { bad, ok, type Result } from "./problem.ts";
import type { Entry, SourceState, StateChange } from "./state.ts";
import { didYouMean } from "./suggest.ts";

type Remembered = Pick<SourceState, "entries" | "reactions">;

/**
 * Whether something keeps an entry from settling: a removal that is owed, a change whose outcome is uncertain, a reaction
 * that is due at it. To forget what has succeeded would only keep it from being removed one day.
 */
function isStuck({ key, outcome, departed }: Entry, { reactions }: Pick<Remembered, "reactions">): boolean {
  return departed !== undefined || outcome === "started" || outcome === "failed" ||
    reactions.some(({ action }) => action.do !== "event" && action.key === key);
}

/**
 * The stuck entries of a name: an id, which may repeat, or a path such as `group > id`. Problems `unknown-entry`,
 * `entry-not-stuck`.
 */
export function stuckEntries(state: Remembered, name: string): Result<readonly Entry[]> {
  const attempted = "forget";
  const named = state.entries.filter(({ command }) => command.id === name || commandPath(command) === name);
  if (named.length === 0) {
    const names = new Set(state.entries.flatMap(({ command }) => [command.id, commandPath(command)]));
    const found = `nothing is remembered of a command ${JSON.stringify(name)}`;
    const near = didYouMean(name, names);
    return bad({ code: "unknown-entry", attempted, found, ...(near.hint === undefined ? SEE_STATUS : near) });
  }
  const stuck = named.filter((entry) => isStuck(entry, state));
  if (stuck.length > 0) return ok(stuck);
  const found = `${JSON.stringify(name)} is not stuck: nothing of it is uncertain or due`;
  return bad({ code: "entry-not-stuck", attempted, found, ...SEE_STATUS });
}

const SEE_STATUS = { hint: "etcha status shows what is stuck: to remove, failed, begun, due" };

/**
 * How the state changes when entries are forgotten: what left is no longer to be removed, what is wanted is as if it had
 * never run here, and nothing is due at either. Only what is still stuck; nothing is undone by it.
 */
export function forget(
  state: Remembered,
  keys: readonly number[],
): { readonly forgotten: readonly Entry[]; readonly changes: readonly StateChange[] } {
  const asked = new Set(keys);
  const forgotten = state.entries.filter((entry) => asked.has(entry.key) && isStuck(entry, state));
  const gone = new Set(forgotten.map(({ key }) => key));
  return {
    forgotten,
    changes: [
      ...forgotten.map(({ key, departed, outcome }): readonly StateChange[] =>
        departed !== undefined
          ? [{ kind: "delete-entry", key }]
          : outcome === "started" || outcome === "failed"
          ? [{ kind: "outcome", key, outcome: undefined }]
          : []
      ).flat(),
      ...state.reactions.filter(({ action }) => action.do !== "event" && gone.has(action.key))
        .map(({ id }): StateChange => ({ kind: "delete-reaction", id })),
    ],
  };
}
