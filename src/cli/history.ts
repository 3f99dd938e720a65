import { readHistory } from "../workflows/status.ts";
import { noStateNotes, refusedByState } from "./state_problems.ts";
import { type Context, misused, type Outcome } from "./subcommand.ts";

export interface History {
  readonly command: "history";
  readonly source?: string;
  readonly output: "text" | "json";
}

/** Shows the runs on this host, newest first. */
export async function history({ source, output }: History, context: Context): Promise<Outcome> {
  const loaded = await context.config();
  if (!loaded.ok) return misused(loaded.problems);
  const read = await readHistory(loaded.value.config, source, context.host.states);
  if (!read.ok) return refusedByState(read.problems);
  const notes = await noStateNotes(loaded.value.config, context);
  return { status: "done", view: { kind: "history", output, runs: read.value }, notes };
}
