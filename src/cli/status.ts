import { readStatus } from "../workflows/status.ts";
import { noStateNotes, refusedByState } from "./state_problems.ts";
import { type Context, misused, type Outcome } from "./subcommand.ts";

export interface Status {
  readonly command: "status";
  readonly source?: string;
  readonly output: "text" | "json";
}

/** Shows what is wanted on this host, what was done and what is still owed. */
export async function status({ source, output }: Status, context: Context): Promise<Outcome> {
  const loaded = await context.config();
  if (!loaded.ok) return misused(loaded.problems);
  const read = await readStatus(loaded.value.config, source, context.host.states, context.host.clock.now());
  if (!read.ok) return refusedByState(read.problems);
  const notes = await noStateNotes(loaded.value.config, context);
  return { status: "done", view: { kind: "status", output, sources: read.value }, notes };
}
