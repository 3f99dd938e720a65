import type { Argument } from "../domain/command_line.ts";
import { parseDuration } from "../domain/duration.ts";
import { bad, ok } from "../domain/problem.ts";
import { outputOf, usage } from "./arguments.ts";
import { JSON_FLAG } from "./flags.ts";
import type { Forget } from "./forget.ts";
import type { Pause, Resume } from "./pause.ts";
import { row } from "./row.ts";

const ONE_SOURCE = {
  name: "SOURCE",
  doc: "a source of this host",
  need: "required",
  completes: "sources",
} as const satisfies Argument;

/** A hundred years: what is longer is meant to have no end. */
const LONGEST_PAUSE = 100 * 365 * 24 * 3_600_000;

/** Drops what is stuck. */
export const FORGET = row<Forget>({
  name: "forget",
  summary: "Drop what is remembered of a stuck command",
  explanation: "For a removal that keeps failing, a change of which nobody knows what became, or a reaction that is " +
    "due and can't be done; etcha status shows them. Nothing is undone: what the command did on this host stays, " +
    "and is no longer removed when it leaves the pattern, unless its check passes then. A running agent is " +
    "asked to do it, when the next run of the source begins.",
  example: { line: "etcha forget core 'web > install nginx'", effect: "one command of a group" },
  args: [ONE_SOURCE, { name: "ID", doc: "id of the command, or its path: group > id", need: "required" }],
  flags: [JSON_FLAG],
  parse: ({ words: [source = "", name = ""], has }) =>
    ok({ command: "forget", source, name, output: outputOf({ has }) }),
  load: async () => (await import("./forget.ts")).forget,
});

/** Keeps the agent from acting of itself. */
export const PAUSE = row<Pause>({
  name: "pause",
  summary: "Stop the upkeep of a source for a while",
  explanation: "Until then the agent does nothing of itself for the source: no interval runs, no retries, no pulls, " +
    "no run when it starts. What a person pushes, events and webhooks still run, and what is due stays due. " +
    "It lasts beyond a restart of the agent, which goes by it within 5 seconds.",
  example: { line: "etcha pause core 2h", effect: "work by hand in peace" },
  args: [ONE_SOURCE, {
    name: "DURATION",
    doc: "how long, such as 90m or 1h30m (default: until etcha resume)",
    need: "optional",
  }],
  flags: [JSON_FLAG],
  parse({ words: [source = "", text], has }) {
    const duration = text === undefined ? undefined : parseDuration(text);
    const isGood = duration === undefined ? text === undefined : duration > 0 && duration <= LONGEST_PAUSE;
    if (!isGood) return bad(usage("DURATION: expected a duration above 0 such as 90m or 1h30m"));
    return ok({ command: "pause", source, output: outputOf({ has }), ...(duration !== undefined && { duration }) });
  },
  load: async () => (await import("./pause.ts")).pause,
});

/** The end of a pause. */
export const RESUME = row<Resume>({
  name: "resume",
  summary: "End a pause",
  explanation: "What was due meanwhile is done within 5 seconds by a running agent.",
  example: { line: "etcha resume core", effect: "the agent goes on" },
  args: [ONE_SOURCE],
  flags: [JSON_FLAG],
  parse: ({ words: [source = ""], has }) => ok({ command: "resume", source, output: outputOf({ has }) }),
  load: async () => (await import("./pause.ts")).resume,
});
