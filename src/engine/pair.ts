import type { Command } from "../domain/command.ts";
import { subjectOf } from "./in_place.ts";

/** For each new command the index of the old one it continues, if any; each old one is used once. */
export type Pairs = readonly (number | undefined)[];

/**
 * Pairs the commands of two lists: equal id and change first, then equal id and resource, then equal ids by order; in each
 * step one of the same groups is preferred. Linear in the number of commands.
 */
export function pair(older: readonly Command[], newer: readonly Command[]): Pairs {
  const pairs: (number | undefined)[] = newer.map(() => undefined);
  const used = new Set<number>();
  for (const key of [groupsIdChange, idChange, groupsIdSubject, idSubject, groupsId, onlyId]) {
    if (used.size === older.length) break;
    const waiting = new Map<string, number[]>();
    for (let i = older.length - 1; i >= 0; i--) {
      if (used.has(i)) continue;
      const name = key(older[i]!);
      if (name === undefined) continue;
      const queue = waiting.get(name);
      if (queue === undefined) waiting.set(name, [i]);
      else queue.push(i);
    }
    newer.forEach((command, i) => {
      if (pairs[i] !== undefined) return;
      const name = key(command);
      const match = name === undefined ? undefined : waiting.get(name)?.pop();
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

function idSubject(command: Command): string | undefined {
  const subject = subjectOf(command.change);
  return subject === undefined ? undefined : JSON.stringify([command.id, subject]);
}

function groupsIdSubject(command: Command): string | undefined {
  const subject = subjectOf(command.change);
  return subject === undefined ? undefined : JSON.stringify([command.id, subject, command.groups]);
}

function groupsIdChange(command: Command): string {
  return JSON.stringify([command.id, command.change, command.groups]);
}
