import {
  getAnsiColorFormatter,
  getTextFormatter,
  type LogRecord,
  type TextFormatter,
  withFilter,
} from "@logtape/logtape";
import type { Log, LogEntry, LogSettings } from "../host.ts";

const LEVEL_COLORS = {
  trace: null,
  debug: null,
  info: "green",
  warning: "yellow",
  error: "red",
  fatal: "red",
} as const;

/** Where lines go and what time it is. */
interface LogSurroundings {
  /** Gives whether the text was written whole. */
  write(text: string): boolean;
  /** Milliseconds since the epoch. */
  now(): number;
  readonly color: boolean;
}

/**
 * A log that writes one line per entry (human: continued lines are indented). Nothing that is in an entry can look
 * like another entry: control characters are escaped. Entries that can't be written (a full disk) are dropped and counted.
 */
export function createLog(settings: LogSettings, { write, now, color }: LogSurroundings): Log {
  if (settings.level === "none") return { write: () => {} };
  const format = formatter(settings, color);
  const put = (record: LogRecord) => write(format(record));
  let dropped = 0;
  const sink = withFilter((record) => {
    if (dropped > 0 && put(toRecord(gap(dropped), now()))) dropped = 0;
    if (dropped > 0 || !put(record)) dropped++;
  }, settings.level);
  return { write: (entry) => sink(toRecord(entry, now())) };
}

/** What is written before the first entry that gets through again. */
function gap(dropped: number): LogEntry {
  const message = `entries of the log that could not be written before this one: ${dropped}`;
  return { level: "error", function: "log", status: 500, message };
}

function formatter(settings: LogSettings, color: boolean): TextFormatter {
  switch (settings.format) {
    case "kv":
      return (record) =>
        `${Object.entries(record.properties).map(([key, value]) => `${key}=${kv(value)}`).join(" ")}\n`;
    case "json":
      return (record) => `${escapeControls(JSON.stringify(record.properties))}\n`;
    case "human": {
      const options = { format: human, timestamp: "none", level: "FULL" } as const;
      return color ? getAnsiColorFormatter({ ...options, levelColors: LEVEL_COLORS }) : getTextFormatter(options);
    }
  }
}

function human({ level, message }: { level: string; message: string }): string {
  return `${level} ${message}`;
}

/** The attributes in the order in which they are written, and the words for people. */
function toRecord(entry: LogEntry, timestamp: number): LogRecord {
  const { level, message } = entry;
  const attributes: [string, string | number | boolean | undefined][] = [
    ["time", new Date(timestamp).toISOString()],
    ["level", level.toUpperCase()],
    ["function", entry.function],
    ["status", entry.status],
    ["success", entry.status < 400],
    ["sourceTrigger", entry.sourceTrigger],
    ["sourceName", entry.sourceName],
    ["commandID", entry.commandId],
    ["commandMode", entry.commandMode],
    ["commandParentID", entry.commandParentId],
    [level === "error" ? "error" : "message", message],
  ];
  const where = entry.sourceName === undefined ? "" : `${entry.sourceName}: `;
  const text = `${where}${message}`.replace(/\n$/, "").split("\n").map(escapeControls).join("\n      ");
  return {
    category: ["etcha"],
    level,
    message: [text],
    rawMessage: message,
    timestamp,
    properties: Object.fromEntries(attributes.filter(([, value]) => value !== undefined)),
  };
}

function kv(value: unknown): string {
  return typeof value === "string" ? escapeControls(JSON.stringify(value)) : String(value);
}

/** Control characters, line separators and the marks that turn the direction of text, as \u escapes. */
function escapeControls(text: string): string {
  return text.replace(
    // deno-lint-ignore no-control-regex
    /[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
