import type { Exec } from "../domain/exec.ts";
import { KeptOutput } from "../domain/kept_output.ts";
import type { Resource } from "../domain/resource.ts";
import type { Script } from "../domain/script.ts";
import type { Clock, Files, ProcessResult, Self } from "../host/host.ts";
import type { ResourceMeans } from "../resources/means.ts";
import { runResource } from "../resources/run_resource.ts";
import { commandEnvironment, identityOf } from "./invocation.ts";
import { runText, type TextMeans, type TextRequest } from "./run_text.ts";
import { timeLimit } from "./time_limit.ts";
import { routeWords } from "./word_list.ts";

export interface ScriptMeans extends TextMeans, ResourceMeans {
  readonly files: Files;
  readonly clock: Pick<Clock, "sleep">;
  readonly self: Self;
}

/** What is run for a step of a command, and what its run is given besides its exec. */
export interface ScriptRequest extends Omit<TextRequest, "text"> {
  readonly script: Script;
}

/** `undecided`: a resource could not find out what is there, so that it is not known whether it is as wanted. */
export type ScriptResult = ProcessResult | { readonly kind: "undecided"; readonly reason: string };

/** The exit code by which a resource says so; any other one decides. */
const UNDECIDED = 2;

/** Runs a text, or words, as an exec says. What a resource does in this process is told as if a process had done it. */
export async function runScript(
  exec: Exec,
  { script, ...request }: ScriptRequest,
  means: ScriptMeans,
  signal: AbortSignal,
): Promise<ScriptResult> {
  if (typeof script === "string") return await runText(exec, { ...request, text: script }, means, signal);
  const route = routeWords(script, exec, means.self);
  switch (route.kind) {
    case "resource":
      return await runInProcess(route.resource, exec, request, means, signal);
    case "text":
      return await runText(exec, { ...request, text: route.text }, means, signal);
    case "process": {
      const { sensitive: _, variables, ...limits } = request;
      const env = commandEnvironment(exec, means.environment, variables);
      const result = await means.processes.run({ ...limits, ...identityOf(exec), argv: route.argv, env }, signal);
      const isUndecided = route.isResource && result.kind === "exited" && result.code === UNDECIDED;
      return isUndecided ? { kind: "undecided", reason: result.output.trim() } : result;
    }
  }
}

async function runInProcess(
  resource: Resource,
  { workDir }: Exec,
  { stdin, timeout, outputLimit }: Pick<ScriptRequest, "stdin" | "timeout" | "outputLimit">,
  means: ScriptMeans,
  signal: AbortSignal,
): Promise<ScriptResult> {
  await using limit = timeout === undefined ? undefined : timeLimit(timeout, means.clock, "timeout");
  const ending = limit === undefined ? signal : AbortSignal.any([signal, limit.signal]);
  const request = { ...(stdin !== undefined && { stdin }), ...(workDir !== undefined && { workDir }) };
  try {
    const { code, output } = await runResource(resource, request, means, ending);
    if (code === UNDECIDED) return { kind: "undecided", reason: output };
    return { kind: "exited", code, output: bounded(output, outputLimit) };
  } catch (error) {
    if (!ending.aborted || error !== ending.reason) throw error;
    return { kind: signal.aborted ? "cancelled" : "timed-out", output: "" };
  }
}

/** As much of an output as of that of a process. `limit` in bytes, of which a character has at most 3. */
function bounded(output: string, limit: number): string {
  if (output.length * 3 <= limit) return output;
  const kept = new KeptOutput(limit);
  kept.add(new TextEncoder().encode(output));
  return kept.text();
}
