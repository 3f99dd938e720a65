import type { Config } from "../domain/config.ts";
import type { Milliseconds } from "../domain/duration.ts";
import { bad, ok, type Result } from "../domain/problem.ts";
import { type Host, HostError, type Log, type StateStore } from "../host/host.ts";
import { Evaluator } from "../jsonnet/evaluator.ts";
import { findShell } from "../workflows/invocation.ts";
import { Renderer } from "../workflows/render.ts";
import { Metrics } from "./metrics.ts";
import { serve } from "./serve.ts";
import { Reloading, type ReloadMeans } from "./reloading.ts";
import { Shells } from "./shells.ts";
import { prepareSetup } from "./setup.ts";
import { Sources } from "./sources.ts";

/** Patterns that may be evaluated at once: a slow one holds up its own source, which runs one token at a time. */
const EVALUATORS = 3;

export interface AgentOptions {
  readonly config: Config;
  readonly host: Host;
  /** What the native functions of patterns may reach. */
  readonly outside: Pick<Host, "http" | "dns" | "processes">;
  readonly log: Log;
  readonly version: string;
  /** Take up what is stored, pull, run, end. */
  readonly once: boolean;
  /** Aborted when the agent is to end; a second wish, or the end of `run.timeoutStop`, aborts `kill`. */
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
  readonly reload: ReloadMeans;
}

/** How the agent ended: whether a run failed, which counts only with `once`. */
export interface AgentEnd {
  readonly failed: boolean;
}

/**
 * Runs the agent until `stop`, or until a command asks for its end: open the state, take the address of the listener, take
 * up and run the stored tokens, answer requests, keep every source going. Problems at the start (no key, a state that
 * can't be opened, a certificate that can't be used, an address in use) end it before any command has run.
 */
export async function runAgent(options: AgentOptions): Promise<Result<AgentEnd>> {
  const { config, host, log } = options;
  await using owned = new AsyncDisposableStack();
  const ending = new AbortController();
  const stop = AbortSignal.any([options.stop, ending.signal]);
  let running: Sources | undefined;
  const kill = killSignal({ ...options, stop }, () => (running?.config ?? config).run.timeoutStop, owned);
  const setup = await prepareSetup(config, { host, log, kill });
  if (!setup.ok) return setup;
  const opened = await openState(config, host);
  if (!opened.ok) return opened;
  const store = owned.use(opened.value);
  const evaluator = owned.use(new Evaluator(host.workers, host.clock, EVALUATORS));
  const metrics = new Metrics(options.version, host.files);
  const sources = running = new Sources(setup.value, {
    ...{ host, log, store, metrics, stop, kill },
    renderer: new Renderer(evaluator, { ...host, ...options.outside }),
    shell: await findShell(host.files, host.environment),
    exit: (why) => {
      if (!stop.aborted) say(log, `Ending: ${why}`);
      ending.abort();
    },
  });
  owned.defer(() => sources.idle());
  const shells = new Shells({
    ...host,
    ...{ log, stop, random: Math.random, startedAt: host.clock.now() },
    count: (source, open) => metrics.countShells(source, open),
  });

  const listener = options.once ? undefined : await serve({ config, host, log, metrics, shells, sources, owned });
  if (listener?.ok === false) return listener;
  owned.defer(() => shells.close());

  say(log, "Starting source runner...");
  await host.clock.sleep(config.run.randomizedStartDelaySec * 1000 * Math.random(), stop);
  if (listener === undefined) {
    const started = await sources.start();
    const pulled = await sources.pull();
    sources.close();
    return ok({ failed: !started || !pulled || options.stop.aborted });
  }
  const started = sources.start().then(() => {
    if (!stop.aborted) listener.value.open();
    sources.keepGoing();
  });
  const reloading = new Reloading({ ...options, kill }, sources, listener.value, shells, { stop, started });
  await started;
  await aborted(stop);
  await reloading.ended();
  sources.close();
  say(log, "Stopping...");
  return ok({ failed: false });
}

async function openState(config: Config, host: Host): Promise<Result<StateStore>> {
  try {
    return ok(await host.states.open(config.run.stateDir, { exclusive: true }));
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    const hint = error.kind === "busy"
      ? "another agent uses this folder: end it, or set run.stateDir"
      : "set run.stateDir to a folder that can be written";
    return bad({ code: "state-unusable", attempted: "open the state", found: error.message, hint });
  }
}

/** What runs when the agent is to stop may go on for `run.timeoutStop`. */
function killSignal(
  options: Pick<AgentOptions, "host" | "stop" | "kill">,
  timeout: () => Milliseconds,
  owned: AsyncDisposableStack,
): AbortSignal {
  const late = new AbortController();
  const ended = new AbortController();
  owned.defer(() => ended.abort());
  const wait = async () => {
    await options.host.clock.sleep(timeout(), ended.signal);
    if (!ended.signal.aborted) late.abort();
  };
  if (options.stop.aborted) wait();
  else options.stop.addEventListener("abort", wait, { once: true, signal: ended.signal });
  return AbortSignal.any([options.kill, late.signal]);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

function say(log: Log, message: string): void {
  log.write({ level: "info", function: "run", status: 200, message });
}
