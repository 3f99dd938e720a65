import type { Config } from "../domain/config.ts";
import { chooseTargets, type PushTarget, type TargetChoice } from "../workflows/push_targets.ts";
import type { Milliseconds } from "../domain/duration.ts";
import type { Problem } from "../domain/problem.ts";
import { REFUSED } from "../domain/push_answer.ts";
import { push as pushParcels } from "../workflows/push.ts";
import { type HostResult, isPushed } from "../workflows/push_outcome.ts";
import { prepareParcels } from "../workflows/push_tokens.ts";
import { openSigner } from "../workflows/sign.ts";
import type { Regexp } from "../domain/regexp.ts";
import type { Mode } from "../engine/run.ts";
import { createBuildMeans } from "./build_means.ts";
import { chooseSource } from "./chosen_source.ts";
import { meantPattern } from "./meant_pattern.ts";
import { showProgress } from "./push_progress.ts";
import { countsOf } from "./push_view.ts";
import { type Context, failed, misused, type Outcome } from "./subcommand.ts";

export interface Push extends TargetChoice {
  readonly command: "push";
  readonly mode: Mode;
  readonly filter?: Regexp;
  /** Hosts at once. */
  readonly serial?: number;
  readonly maxFailures?: number;
  /** How long one host may take in all. */
  readonly timeout?: Milliseconds;
  readonly output: "text" | "json";
}

/** How many hosts are pushed to at once for each CPU: a push mostly waits. */
const WORKERS_PER_CPU = 8;

/** Signs what is to be pushed and sends it to one host or to all targets that list the source. */
export async function push(invocation: Push, context: Context): Promise<Outcome> {
  const loaded = await context.config();
  if (!loaded.ok) return misused(loaded.problems);
  const { config } = loaded.value;
  const source = chooseSource(config, invocation.source);
  if (!source.ok) return misused(source.problems);
  const chosen = chooseTargets(config, invocation);
  if (!chosen.ok) return misused(chosen.problems);
  context.warn(chosen.value.warnings);
  const meant = invocation.what === undefined ? undefined : await meantPattern(invocation.what, context.host.files);
  if (meant !== undefined) context.warn([pushedAsCommand(meant)]);

  const means = await createBuildMeans(context, config);
  const signer = await openSigner(config, means);
  if (!signer.ok) return misused(signer.problems);
  const request = { config, source: source.value.source, version: context.version };
  const prepared = await unlessEnded(prepareParcels(chosen.value.targets, request, signer.value, means), context);
  if (prepared === undefined) return NOTHING_SENT;
  if (!prepared.ok) {
    return context.signal.aborted ? { ...NOTHING_SENT, problems: prepared.problems } : failed(prepared.problems);
  }
  context.warn(prepared.value.warnings);
  for (const { text } of prepared.value.printed) context.host.terminal.err(text);
  return await send(invocation, chosen.value.targets, prepared.value.parcels, config, context);
}

/** The user has ended it before anything was sent. */
const NOTHING_SENT: Outcome = { status: "interrupted", notes: ["nothing was sent"] };

async function unlessEnded<T>(work: Promise<T>, { signal }: Context): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (signal.aborted && error === signal.reason) return undefined;
    throw error;
  }
}

function pushedAsCommand(meant: string): Problem {
  const found = "what does not end with .jsonnet is pushed as a command";
  return { code: "push-command-like-pattern", attempted: "", found, hint: `did you mean ${meant}?` };
}

async function send(
  { source, mode, filter, serial, maxFailures, timeout, output }: Push,
  targets: readonly PushTarget[],
  parcels: Parameters<typeof pushParcels>[0],
  config: Config,
  { host, signal }: Context,
): Promise<Outcome> {
  const { terminal, environment, files, http, system, clock } = host;
  const colors = config.cli.noColor || (environment["NO_COLOR"] ?? "") !== "" ? "plain" : "colors";
  using shown = showProgress(targets.map(({ target }) => target.name), { terminal, environment, clock, colors });
  const pushed = await pushParcels(
    parcels,
    {
      source,
      mode,
      workers: serial ?? config.build.pushMaxWorkers ?? system.cpus * WORKERS_PER_CPU,
      ...(filter !== undefined && { filter }),
      ...(maxFailures !== undefined && { maxFailures }),
      ...(timeout !== undefined && { timeout }),
    },
    config,
    { files, http, clock, progress: (name, state) => shown.update(name, state), cancel: signal },
  );
  if (!pushed.ok) return failed(pushed.problems);
  return {
    status: statusOf(pushed.value, signal),
    view: { kind: "pushed", mode, output, results: pushed.value },
    notes: [
      // The list of results has no room for it.
      ...(output === "json" ? countsOf(pushed.value) : []),
      ...(pushed.value.some(isRefused) ? [REFUSED_HINT] : []),
    ],
  };
}

/** A host says the same whatever the reason is, so that nobody can find out what it has. */
const REFUSED_HINT =
  "hint: refused for its key, source name, allowPush or age: the agent's log on the host has the reason";

function isRefused({ outcome }: HostResult): boolean {
  return outcome.kind === "answered" && outcome.answer.err === REFUSED;
}

function statusOf(results: readonly HostResult[], signal: AbortSignal): Outcome["status"] {
  if (results.every(isPushed)) return "done";
  return signal.aborted ? "interrupted" : "failed";
}
