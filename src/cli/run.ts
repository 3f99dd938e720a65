import { type AgentEnd, runAgent } from "../agent/agent.ts";
import type { Config } from "../domain/config.ts";
import type { EffectiveConfig } from "../domain/config_layers.ts";
import { formatDuration } from "../domain/duration.ts";
import { ok, type Result } from "../domain/problem.ts";
import { openLog } from "./logging.ts";
import { type Context, failed, misused, type Outcome } from "./subcommand.ts";

export interface Run {
  readonly command: "run";
  readonly once: boolean;
}

/** Problems of the configuration, which only the agent finds. */
const MISUSE: ReadonlySet<string> = new Set(["no-verify-keys", "rule-malformed"]);

/** Runs the agent until the program is told to end. */
export async function run({ once }: Run, context: Context): Promise<Outcome> {
  const loaded = await context.config();
  if (!loaded.ok) return misused(loaded.problems);
  const { host, outside, version, signal: stop, kill } = context;
  const { config } = loaded.value;
  const log = openLog(context, config, host.terminal.stderrIsTerminal ? "human" : "kv");
  stop.addEventListener("abort", () => {
    const time = formatDuration(config.run.timeoutStop);
    const message = `Ending: what runs has ${time} to come to its end, a second signal ends it at once`;
    log.write({ level: "info", function: "run", status: 200, message });
  }, { once: true });
  const reload = { onWish: context.onReload, load: async () => configOf(await context.freshConfig()) };
  const ended = await runAgent({ config, host, outside, log, version, once, stop, kill, reload });
  if (ended.ok) return { status: isFailure(once, ended.value) ? "failed" : "done" };
  const isMisuse = ended.problems.every(({ code }) => MISUSE.has(code) || code.startsWith("key-"));
  return isMisuse ? misused(ended.problems) : failed(ended.problems);
}

function configOf(loaded: Result<EffectiveConfig>): Result<Config> {
  return loaded.ok ? ok(loaded.value.config) : loaded;
}

/** An agent that goes on for ever has told its failures in the log, and tried again. */
function isFailure(once: boolean, end: AgentEnd): boolean {
  return once && end.failed;
}
