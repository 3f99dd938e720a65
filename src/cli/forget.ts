import { forgetEntries } from "../workflows/wishes.ts";
import { refusedByState } from "./state_problems.ts";
import { type Context, misused, type Outcome } from "./subcommand.ts";
import { forgottenJson, forgottenText } from "./wish_view.ts";

export interface Forget {
  readonly command: "forget";
  readonly source: string;
  /** An id, or a path such as `group > id`. */
  readonly name: string;
  readonly output: "text" | "json";
}

/** Drops what is remembered of a command that is stuck, without undoing it. */
export async function forget({ source, name, output }: Forget, { config, host }: Context): Promise<Outcome> {
  const loaded = await config();
  if (!loaded.ok) return misused(loaded.problems);
  const forgotten = await forgetEntries({ config: loaded.value.config, source, name }, host.states);
  if (!forgotten.ok) return refusedByState(forgotten.problems);
  return {
    status: "done",
    view: output === "json"
      ? { kind: "json", value: forgottenJson(source, forgotten.value) }
      : { kind: "text", text: forgottenText(source, forgotten.value) },
  };
}
