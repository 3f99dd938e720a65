import type { Exec } from "../domain/exec.ts";
import { ok, type Result } from "../domain/problem.ts";
import type { Host } from "../host/host.ts";
import type { EvaluateRequest, Evaluator } from "../jsonnet/evaluator.ts";
import { loadFrom } from "../jsonnet/imports.ts";
import { createNatives } from "../jsonnet/natives.ts";
import { commandEnvironment } from "./invocation.ts";
import { NativeCommands } from "./native_command.ts";
import { readSysinfo } from "./sysinfo.ts";

/**
 * Evaluates a configuration that is written in Jsonnet. Its natives see the process environment as commands would, and
 * in `getConfig()` no more than what is always there: there is no configuration yet. Problems are those of the evaluator.
 */
export async function evaluateConfig(
  { path, text }: { readonly path: string; readonly text: string },
  evaluator: Evaluator,
  host: Pick<Host, "files" | "http" | "dns" | "processes" | "system" | "environment">,
  signal: AbortSignal,
): Promise<Result<unknown>> {
  const commands = new NativeCommands(host);
  const exec: Exec = { env: {}, envInherit: true };
  const request: EvaluateRequest = {
    entrypoint: path,
    code: text,
    load: loadFrom(host.files),
    libraryPaths: [],
    natives: createNatives({
      ...host,
      config: async () => ({
        exec: {},
        targets: {},
        vars: { source: "", sysinfo: await readSysinfo(host), test: false },
      }),
      cached: {},
      entrypoint: path,
      environment: commandEnvironment(exec, host.environment, {}),
      runCommand: commands.under(exec),
      readFile: commands.reading(exec),
    }),
  };
  try {
    const evaluated = await evaluator.evaluate(request, signal);
    return evaluated.ok ? ok(evaluated.value.value) : evaluated;
  } finally {
    await commands.settled();
  }
}
