import type { JsonObject } from "../domain/json.ts";
import type { DueEvent } from "../engine/report.ts";

/** How the events begin by which build commands set run vars: `runVar_NAME`. */
export const RUN_VAR = "runVar_";

/** The run vars that build commands have fired; of one name the last. */
export function foldRunVars(events: readonly DueEvent[]): JsonObject {
  const set = events.filter(({ name }) => name.startsWith(RUN_VAR));
  return Object.fromEntries(set.map(({ name, output }) => [name.slice(RUN_VAR.length), output]));
}
