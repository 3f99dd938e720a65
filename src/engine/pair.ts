import type { Command } from "../domain/command.ts";

/** For each new command the index of the old one it continues, if any; each old one is used once. */
export type Pairs = readonly (number | undefined)[];

/**
 * Pairs the commands of two lists: equal id and change first, then equal ids by order; in either step one of the same
 * groups is preferred. Linear in the number of commands.
 */
export function pair(older: readonly Command[], newer: readonly Command[]): Pairs {
  const pairs: (number | undefined)[] = newer.map(() => undefined);
  const used = new Set<number>();
  for (const key of [groupsIdChange, idChange, groupsId, onlyId]) {
    if (used.size === older.length) break;
    const waiting = new Map<string, number[]>();
    for (let i = older.length - 1; i >= 0; i--) {
      if (used.has(i)) continue;
      const name = key(older[i]!);
      const queue = waiting.get(name);
      if (queue === undefined) waiting.set(name, [i]);
      else queue.push(i);
    }
    newer.forEach((command, i) => {
      if (pairs[i] !== undefined) return;
      const match = waiting.get(key(command))?.pop();
      if (match === undefined) return;
      pairs[i] = match;
      used.add(match);
    });
  }
  return pairs;
}

function onlyId(command: Command): string {
  return command.id;
}

function groupsId(command: Command): string {
  return JSON.stringify([command.id, command.groups]);
}

function idChange(command: Command): string {
  return JSON.stringify([command.id, command.change]);
}

function groupsIdChange(command: Command): string {
  return JSON.stringify([command.id, command.change, command.groups]);
}
