import { type Context, misused, type Outcome } from "./subcommand.ts";

export interface ShowConfig {
  readonly command: "show-config";
}

/** Prints the effective configuration with its secrets masked. */
export async function showConfig(_invocation: ShowConfig, context: Context): Promise<Outcome> {
  const loaded = await context.config();
  return loaded.ok ? { status: "done", view: { kind: "json", value: loaded.value.shown } } : misused(loaded.problems);
}
