import { commandPath } from "../domain/command.ts";
import { formatDuration } from "../domain/duration.ts";
import type { Json } from "../domain/json.ts";
import { type Entry, isStaticHash, type Pause, type Reaction, type RunRecord } from "../domain/state.ts";
import type { SourceStatus } from "../workflows/status.ts";
import { hanging, withoutControls } from "./text.ts";

/** Characters of a hash that tell tokens apart for people. */
const SHORT_HASH = 12;
const LABEL = 12;

/** A block for each source: the wanted token, the last run, its commands, what is owed. */
export function statusText(sources: readonly SourceStatus[]): string {
  if (sources.length === 0) return "no source is configured, and none is remembered\n";
  return sources.map(sourceText).join("\n");
}

function sourceText({ name, configured, state, toForget, lastRun, pause, nextTry }: SourceStatus): string {
  const { accepted, entries, reactions } = state;
  const commands = commandsByKey(entries);
  const wanted = entries.filter(({ departed }) => departed === undefined);
  const lines = [
    line("pattern", accepted === undefined ? "none yet" : acceptedText(accepted)),
    ...(pause === undefined ? [] : [line("paused", pauseText(pause))]),
    ...(lastRun === undefined ? [] : [line("last run", runText(lastRun))]),
    ...(lastRun === undefined || lastRun.error === "" ? [] : [line("last error", lastRun.error)]),
    ...(nextTry === undefined ? [] : [line("next try", nextTryText(nextTry, pause))]),
    ...labelled(
      "commands",
      entryTexts(wanted, lastRun === undefined || lastRun.error === "" ? "succeeded" : "failed"),
    ),
    ...labelled("to remove", entries.filter(({ departed }) => departed !== undefined).map(departedText)),
    ...labelled("due", reactions.map((reaction) => reactionText(reaction, commands))),
    ...labelled(
      "to forget",
      entries.filter(({ key }) => toForget.includes(key)).map(({ command }) => commandPath(command)),
    ),
  ];
  const note = configured ? "" : " (not in the configuration)";
  return `${withoutControls(name)}${note}\n${lines.map((text) => `${withoutControls(text)}\n`).join("")}`;
}

function acceptedText({ tokenHash, keyId, at }: NonNullable<SourceStatus["state"]["accepted"]>): string {
  const what = isStaticHash(tokenHash)
    ? "commands of the configuration"
    : `${tokenHash.slice(0, SHORT_HASH)} by key ${keyId}`;
  return `${what}, since ${time(at)}`;
}

function pauseText({ since, until }: Pause): string {
  return `since ${time(since)}, ${until === undefined ? "until it is resumed" : `until ${time(until)}`}`;
}

function nextTryText(at: number, pause: Pause | undefined): string {
  if (pause === undefined) return time(at);
  return pause.until === undefined ? "when it is resumed" : time(Math.max(at, pause.until));
}

function runText({ trigger, startedAt, durationMs, changed, removed, error }: RunRecord): string {
  const what = [
    ...(changed.length > 0 ? [`${changed.length} changed`] : []),
    ...(removed.length > 0 ? [`${removed.length} removed`] : []),
    ...(error === "" ? [] : ["failed"]),
  ];
  return `${trigger} at ${time(startedAt)}, ${formatDuration(durationMs)}: ${what.join(", ") || "no changes"}`;
}

/**
 * What became of the last change, which may be long ago: one that failed is not tried again once its check passes. A change
 * that was begun runs at this moment, or was interrupted.
 */
const OUTCOMES = { started: "begun", changed: "changed", failed: "failed" } as const;

function entryTexts(entries: readonly Entry[], lastRun: "failed" | "succeeded"): readonly string[] {
  const words = entries.map(({ outcome }) =>
    outcome === undefined ? "" : outcome === "failed" && lastRun === "succeeded" ? "failed before" : OUTCOMES[outcome]
  );
  const width = Math.max(LABEL, ...words.map((word) => word.length + 1));
  return entries.map(({ command }, i) => `${words[i]!.padEnd(width)}${commandPath(command)}`);
}

/** What is still to be removed, and how often that has failed. */
export function departedText({ command, departed }: Entry): string {
  const tries = departed?.tries ?? 0;
  return `${commandPath(command)}${tries === 0 ? "" : ` (failed ${times(tries)})`}`;
}

function reactionText({ action, causeId, interruptions }: Reaction, commands: CommandsByKey): string {
  const target = action.do === "event" ? undefined : commands.get(action.key);
  const what = action.do === "event"
    ? `event ${action.name}`
    : `${action.do} of ${target === undefined ? "a command" : commandPath(target)}`;
  return `${what}, by ${causeId}${interruptions === 0 ? "" : ` (interrupted ${times(interruptions)})`}`;
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

function line(label: string, text: string): string {
  return `  ${label.padEnd(LABEL)}${hanging(text, LABEL + 2)}`;
}

function labelled(label: string, texts: readonly string[]): readonly string[] {
  return texts.map((text, i) => line(i === 0 ? label : "", text));
}

/** A table of at most so many columns where that is possible, newest run first; what
 * was done, if it fits one line, and what went wrong stand below. */
export function historyText(runs: readonly RunRecord[], columns: number): string {
  if (runs.length === 0) return "nothing was run yet\n";
  const rows = runs.map((run) => [
    time(run.startedAt),
    run.source,
    run.trigger,
    run.keyId,
    run.address === "" ? "-" : run.address,
    String(run.changed.length),
    String(run.removed.length),
    run.error === "" ? "ok" : "failed",
    formatDuration(run.durationMs),
  ]);
  const table = [["WHEN", "SOURCE", "TRIGGER", "KEY", "ADDRESS", "CHG", "REM", "RESULT", "TIME"], ...rows]
    .map((cells) => cells.map(withoutControls));
  const widths = table[0]!.map((_, column) => Math.max(...table.map((cells) => cells[column]!.length)));
  narrow(widths, columns);
  return table.map((cells, i) => {
    const text = cells.map((cell, column) => fit(cell, widths[column]!)).join(" ").trimEnd();
    return i === 0 ? `${text}\n` : `${text}\n${detailsText(runs[i - 1]!, columns)}`;
  }).join("");
}

/** Below the line of a run: what it changed and removed, when that is little, and what went wrong. */
function detailsText({ changed, removed, error }: RunRecord, columns: number): string {
  const details = [
    ...idsText("changed", changed, columns),
    ...idsText("removed", removed, columns),
    ...(error === "" ? [] : [error]),
  ];
  return details.map((text) => `  ${withoutControls(hanging(text, 2))}\n`).join("");
}

function idsText(what: string, ids: readonly string[], columns: number): readonly string[] {
  const text = `${what}: ${ids.join(", ")}`;
  return ids.length === 0 || text.length > columns - 2 ? [] : [text];
}

/** Takes from the columns of free text (source, key, address), the widest first, until the table fits. */
function narrow(widths: number[], columns: number): void {
  const free = [1, 3, 4];
  for (let over = widths.reduce((sum, width) => sum + width + 1, -1) - columns; over > 0; over--) {
    const widest = free.reduce((a, b) => widths[b]! > widths[a]! ? b : a);
    if (widths[widest]! <= 7) return;
    widths[widest]!--;
  }
}

function fit(cell: string, width: number): string {
  return cell.length <= width ? cell.padEnd(width) : `${cell.slice(0, width - 1)}…`;
}

/** For programs: everything, but the texts of commands, which may hold secrets. */
export function statusJson(sources: readonly SourceStatus[]): Json {
  return sources.map(({ name, configured, state, toForget, lastRun, pause, nextTry }) => ({
    source: name,
    configured,
    pattern: state.accepted === undefined ? null : {
      tokenHash: state.accepted.tokenHash,
      keyId: state.accepted.keyId,
      since: new Date(state.accepted.at).toISOString(),
    },
    paused: pause === undefined ? null : pauseJson(pause),
    lastRun: lastRun === undefined ? null : runJson(lastRun),
    nextTry: nextTry === undefined ? null : new Date(nextTry).toISOString(),
    commands: state.entries.filter(({ departed }) => departed === undefined).map(({ command, outcome }) => ({
      id: command.id,
      groups: command.groups,
      outcome: outcome ?? null,
    })),
    toRemove: state.entries.flatMap(({ command, outcome, departed }) =>
      departed === undefined
        ? []
        : [{ id: command.id, groups: command.groups, outcome: outcome ?? null, tries: departed.tries }]
    ),
    due: dueJson(state),
    toForget: state.entries.filter(({ key }) => toForget.includes(key)).map(({ command: { id, groups } }) => ({
      id,
      groups,
    })),
  }));
}

/** For programs; `null` when there is none. */
export function pauseJson(pause: Pause | undefined): Json {
  if (pause === undefined) return null;
  const { since, until } = pause;
  return { since: new Date(since).toISOString(), until: until === undefined ? null : new Date(until).toISOString() };
}

function dueJson({ reactions, entries }: SourceStatus["state"]): Json {
  const commands = commandsByKey(entries);
  return reactions.map(({ action, causeId, interruptions }) => ({
    do: action.do,
    ...(action.do === "event" ? { event: action.name } : { id: commands.get(action.key)?.id ?? "" }),
    by: causeId,
    interruptions,
  }));
}

type CommandsByKey = ReadonlyMap<number, Entry["command"]>;

function commandsByKey(entries: readonly Entry[]): CommandsByKey {
  return new Map(entries.map(({ key, command }) => [key, command]));
}

export function historyJson(runs: readonly RunRecord[]): Json {
  return runs.map(runJson);
}

function runJson({ startedAt, retryAt, ...run }: RunRecord): Json {
  return {
    ...run,
    startedAt: new Date(startedAt).toISOString(),
    ...(retryAt !== undefined && { retryAt: new Date(retryAt).toISOString() }),
  };
}

/** To the second, in UTC: hosts are read side by side. */
export function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "Z");
}
