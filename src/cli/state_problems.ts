import type { Problem } from "../domain/problem.ts";
import { failed, misused, type Outcome } from "./subcommand.ts";

/** A name that is a slip of who typed it. */
const SLIPS: ReadonlySet<string> = new Set(["unknown-source", "unknown-entry", "entry-not-stuck"]);

/** What was asked of the state of this host can't be done: for what was typed, or for what the state is. */
export function refusedByState(problems: readonly Problem[]): Outcome {
  return problems.every(({ code }) => SLIPS.has(code)) ? misused(problems) : failed(problems);
}
