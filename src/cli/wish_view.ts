import { commandPath } from "../domain/command.ts";
import type { Json } from "../domain/json.ts";
import type { Entry, Pause } from "../domain/state.ts";
import type { Forgotten } from "../workflows/wishes.ts";
import { departedText, pauseJson, time } from "./state_view.ts";

/** What a pause comes to. */
export function pausedText(source: string, { until }: Pause): string {
  const end = until === undefined ? `etcha resume ${source}` : time(until);
  return `paused ${source} until ${end}: no interval runs, no retries, no pulls\n` +
    "pushes, events and webhooks still run; what is due stays due";
}

/** `ended`: the pause that there was. */
export function resumedText(source: string, ended: Pause | undefined): string {
  if (ended === undefined) return `${source} was not paused`;
  return `resumed ${source}, which was paused since ${time(ended.since)}`;
}

/** The same for programs. */
export function pausedJson(source: string, pause: Pause | undefined): Json {
  return { source, paused: pauseJson(pause) };
}

/** What is forgotten, and when; nothing of it is undone, and that is easily misunderstood. */
export function forgottenText(source: string, { entries, when }: Forgotten): string {
  const head = when === "now"
    ? `forgotten in ${source}; nothing was undone on this host:`
    : `the agent forgets in ${source}, when its next run begins; nothing is undone on this host:`;
  return [head, ...entries.map((entry) => `  ${entryText(entry)}`)].join("\n");
}

function entryText(entry: Entry): string {
  const { command, outcome, departed } = entry;
  if (departed !== undefined) return `${departedText(entry)}: no longer to be removed`;
  const path = commandPath(command);
  if (outcome === "failed") return `${path}: that its change failed`;
  return `${path}: ${outcome === "started" ? "that its change was begun" : "what was due at it"}`;
}

/** The same for programs. */
export function forgottenJson(source: string, { entries, when }: Forgotten): Json {
  return { source, when, forgotten: entries.map(({ command: { id, groups } }) => ({ id, groups })) };
}
