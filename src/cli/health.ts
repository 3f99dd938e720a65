import { lookForLife } from "../workflows/health.ts";
import { type Context, misused, type Outcome } from "./subcommand.ts";

export interface Health {
  readonly command: "health";
  readonly output: "text" | "json";
}

/** Says whether the agent of this host answers. */
export async function health({ output }: Health, context: Context): Promise<Outcome> {
  const loaded = await context.config();
  if (!loaded.ok) return misused(loaded.problems);
  const places = await lookForLife(loaded.value.config, { ...context.host, cancel: context.signal });
  const healthy = places.every(({ answers }) => answers);
  const status = healthy ? "done" : "failed";
  if (output === "json") {
    return { status, view: { kind: "json", value: { healthy, places: places.map((place) => ({ ...place })) } } };
  }
  const lines = places.map(({ place, answers, found }) => answers ? `${place} answers: ${found}` : found);
  return { status, view: { kind: "text", text: lines.join("\n") } };
}
