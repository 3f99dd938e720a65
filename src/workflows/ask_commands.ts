import type { ParsedCommand } from "../domain/command.ts";
import type { Config } from "../domain/config.ts";
import { formatDuration, type Milliseconds } from "../domain/duration.ts";
import type { ExecSettings } from "../domain/exec.ts";
import { bad, ok, type Problem, type Result } from "../domain/problem.ts";
import { execute } from "../engine/execute.ts";
import { NOTHING_REMEMBERED, plan } from "../engine/plan.ts";
import type { Clock } from "../host/host.ts";
import { type DirectMeans, driveDirectly } from "./drive.ts";
import { baseLinks, resolveCommands } from "./resolve_commands.ts";
import { timeLimit } from "./time_limit.ts";

/** Commands of the configuration that make or check a token. */
export interface TokenCommands {
  readonly commands: readonly ParsedCommand[];
  /** Where they and their exec stand in the configuration, for messages. */
  readonly name: string;
  readonly exec: ExecSettings | undefined;
  /** What they are told, and by which variable. */
  readonly variable: "ETCHA_PAYLOAD" | "ETCHA_JWT";
  /** How long they may take together. */
  readonly timeout: Milliseconds;
}

export interface AskMeans extends DirectMeans {
  readonly clock: Clock;
}

/** Bytes: the kernel's limit for one string of the environment is 128 KiB. */
const VALUE_LIMIT = 96 * 1024;

/**
 * Runs the commands with a text in their variable, and gives what a change that fires `etcha:jwt` printed; of several the
 * last. Problems `commands-failed`, `commands-silent`, `commands-late`, `commands-too-large`; none holds the text. Rejects
 * when `cancel` is aborted meanwhile.
 */
export async function askCommands(
  { commands, name, exec, variable, timeout }: TokenCommands,
  text: string,
  config: Config,
  means: AskMeans,
): Promise<Result<string>> {
  const problem = (code: string, found: string, more: Partial<Problem> = {}) =>
    bad({ code, attempted: `run ${name}`, found, ...more });
  if (text.length > VALUE_LIMIT) {
    const hint = "sign with a key, or let large files be fetched on the host instead of importing them";
    return problem("commands-too-large", `${variable} would have ${text.length} bytes, more than ${VALUE_LIMIT}`, {
      hint,
    });
  }
  const resolved = resolveCommands(commands, [...baseLinks(config, undefined), { name, settings: exec }]);
  const planned = plan(NOTHING_REMEMBERED, resolved.commands, true);
  const late = `they took longer than ${formatDuration(timeout)}`;
  await using limit = timeLimit(timeout, means.clock, late);
  const report = await driveDirectly(execute(planned, { mode: "change", variables: { [variable]: text } }), {
    ...means,
    cancel: AbortSignal.any([means.cancel, limit.signal]),
  });
  means.cancel.throwIfAborted();
  if (limit.signal.aborted) return problem("commands-late", late);
  if (report.failures.length > 0) {
    return bad(...report.failures.map(({ message, output }): Problem => ({
      code: "commands-failed",
      attempted: `run ${name}`,
      found: message,
      ...(output !== "" && { detail: output.replaceAll(text, `(${variable})`) }),
    })));
  }
  const printed = report.events.filter((event) => event.name === "jwt").at(-1)?.output.trim() ?? "";
  if (printed !== "") return ok(printed);
  const hint = 'one of them must have onChange: ["etcha:jwt"] and print the token in its change';
  return problem("commands-silent", "none of them has given a token", { hint });
}
