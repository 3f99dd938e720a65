import type { Problem } from "../domain/problem.ts";
import type { Config } from "../domain/config.ts";
import { type Context, failed, misused, type Outcome } from "./subcommand.ts";

/** A name that is a slip of who typed it. */
const SLIPS: ReadonlySet<string> = new Set(["unknown-source", "unknown-entry", "entry-not-stuck"]);

/** What was asked of the state of this host can't be done: for what was typed, or for what the state is. */
export function refusedByState(problems: readonly Problem[]): Outcome {
  return problems.every(({ code }) => SLIPS.has(code)) ? misused(problems) : failed(problems);
}

/** Says where no agent has ever run: `run.stateDir` may be looked for in another folder than the agent's. */
export async function noStateNotes({ run }: Config, { host }: Context): Promise<readonly string[]> {
  if (await host.files.stat(run.stateDir) !== undefined) return [];
  const looked = `hint: no agent has run with ${run.stateDir} in ${host.files.cwd}:`;
  return [
    `${looked} run.stateDir is relative to the folder in which the agent was started; -c names its configuration`,
  ];
}
