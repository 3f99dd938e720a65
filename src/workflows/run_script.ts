import type { Exec } from "../domain/exec.ts";
import type { Script } from "../domain/script.ts";
import type { Files, ProcessResult } from "../host/host.ts";
import { commandEnvironment, identityOf } from "./invocation.ts";
import { runText, type TextMeans, type TextRequest } from "./run_text.ts";
import { routeWords } from "./word_list.ts";

export interface ScriptMeans extends TextMeans {
  readonly files: Files;
  /** Program and arguments that start this very program anew. */
  readonly ownProgram: readonly [string, ...string[]];
}

/** What is run for a step of a command, and what its run is given besides its exec. */
export interface ScriptRequest extends Omit<TextRequest, "text"> {
  readonly script: Script;
}

/** Runs a text, or words, as an exec says. */
export async function runScript(
  exec: Exec,
  { script, ...request }: ScriptRequest,
  means: ScriptMeans,
  signal: AbortSignal,
): Promise<ProcessResult> {
  if (typeof script === "string") return await runText(exec, { ...request, text: script }, means, signal);
  const route = routeWords(script, exec, means.ownProgram);
  if (route.kind === "text") return await runText(exec, { ...request, text: route.text }, means, signal);
  const { sensitive: _, variables, ...limits } = request;
  const env = commandEnvironment(exec, means.environment, variables);
  return await means.processes.run({ ...limits, ...identityOf(exec), argv: route.argv, env }, signal);
}
