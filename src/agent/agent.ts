import { join } from "node:path/posix";
import type { Config } from "../domain/config.ts";
import { bad, ok, type Problem, type Result } from "../domain/problem.ts";
import type { Source } from "../domain/source.ts";
import type { RenderedCommand } from "../domain/state.ts";
import { Planner } from "../engine/planner.ts";
import { type Host, HostError, type Log, type StateStore } from "../host/host.ts";
import { Evaluator } from "../jsonnet/evaluator.ts";
import type { Trust } from "../token/verify.ts";
import type { AskMeans } from "../workflows/ask_commands.ts";
import { findShell } from "../workflows/invocation.ts";
import { jwtVar, tokenPattern } from "../workflows/pattern_source.ts";
import { Renderer, renderOnce, type Reusable } from "../workflows/render.ts";
import { isTrusting, openTrust } from "../workflows/trust.ts";
import { CachedState } from "./cached_state.ts";
import { MemoryState } from "./memory_state.ts";
import { Metrics } from "./metrics.ts";
import { PauseWatch } from "./pause_watch.ts";
import { printer } from "./printer.ts";
import type { RunContext } from "./run.ts";
import { keepRunning } from "./schedule.ts";
import { serve } from "./serve.ts";
import { SourceRunner } from "./source.ts";

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
}

/** How the agent ended: whether a run failed, which counts only with `once`. */
export interface AgentEnd {
  readonly failed: boolean;
}

/**
 * Runs the agent until `stop`: open the state, take the address of the listener, take up and run the stored tokens, answer
 * requests, keep every source going. Problems at the start (no key, a state that can't be opened, a certificate that
 * can't be used, an address in use) end it before any command has run.
 */
export async function runAgent(options: AgentOptions): Promise<Result<AgentEnd>> {
  const { config, host, log } = options;
  const trusts = await openTrusts(options);
  if (!trusts.ok) return trusts;
  await using owned = new AsyncDisposableStack();
  const opened = await openState(config, host);
  if (!opened.ok) return opened;
  const store = owned.use(opened.value);
  const renderer = new Renderer(owned.use(new Evaluator(host.workers, host.clock, EVALUATORS)), {
    ...host,
    ...options.outside,
  });
  const metrics = new Metrics(options.version, host.files);
  const kill = killSignal(options, owned);

  const shell = await findShell(host.files, host.environment);
  const ca = config.build.pushTLSCA === undefined ? ok(undefined) : await readCa(host, config.build.pushTLSCA);
  if (!ca.ok) return ca;
  const startedAt = host.clock.now();
  const runners = new Map([...config.sources.values()].map((source) => {
    const context: RunContext = {
      source,
      ...(source.noRestore
        ? { store: new CachedState(new MemoryState()) }
        : { store: new CachedState(store), tokenPath: join(config.run.stateDir, `${source.name}.jwt`) }),
      planner: new Planner(),
      files: host.files,
      processes: host.processes,
      ownProgram: host.ownProgram,
      clock: host.clock,
      log,
      environment: host.environment,
      shell,
      textFolder: config.run.stateDir,
      stop: options.stop,
      kill,
      render: renderOn(renderer, config, source),
      print: printer(host.terminal, log),
    };
    const runner = new SourceRunner({
      context,
      trust: trusts.value.get(source.name)!,
      http: host.http,
      ca: ca.value,
      timeouts: { pull: config.run.timeoutPull, push: config.run.timeoutPush },
      metrics,
      pause: new PauseWatch(source.name, store, host.clock, log),
      startedAt,
    });
    return [source.name, runner] as const;
  }));
  owned.defer(() => [...runners.values()].forEach((runner) => runner.close()));

  const listener = options.once ? undefined : await serve({ config, host, log, metrics, runners, owned });
  if (listener?.ok === false) return listener;

  say(log, "Starting source runner...");
  await host.clock.sleep(config.run.randomizedStartDelaySec * 1000 * Math.random(), options.stop);
  const restored = await Promise.all([...runners.values()].map((runner) => runner.restore()));
  if (listener === undefined) {
    const pulled = await Promise.all([...runners.values()].map((runner) => runner.pull(options.stop)));
    return ok({ failed: [...restored, ...pulled].includes(false) || options.stop.aborted });
  }
  if (!options.stop.aborted) listener.value.open();
  await Promise.all(
    [...config.sources.values()].map((source) =>
      keepRunning(runners.get(source.name)!, { pulls: source.pullPaths.length > 0, every: source.runFrequency }, {
        clock: host.clock,
        random: Math.random,
        stop: options.stop,
      })
    ),
  );
  say(log, "Stopping...");
  return ok({ failed: false });
}

/** What every source trusts. */
async function openTrusts(options: AgentOptions): Promise<Result<ReadonlyMap<string, Trust>>> {
  const { config, host, log, kill } = options;
  const means: AskMeans = {
    files: host.files,
    processes: host.processes,
    ownProgram: host.ownProgram,
    clock: host.clock,
    environment: host.environment,
    textFolder: config.run.stateDir,
    tell: ({ message }) => log.write({ level: "debug", function: "verify", status: 200, message }),
    cancel: kill,
  };
  const trusts = new Map<string, Trust>();
  const problems = new Map<string, Problem>();
  for (const source of config.sources.values()) {
    const trust = await openTrust(config, source, means);
    if (trust.ok) trusts.set(source.name, trust.value);
    else trust.problems.forEach((problem) => problems.set(JSON.stringify(problem), problem));
  }
  if (problems.size > 0) return bad(...problems.values());
  if ([...trusts.values()].some(isTrusting)) return ok(trusts);
  return bad({
    code: "no-verify-keys",
    attempted: "start the agent",
    found: trusts.size === 0 ? "no source is configured" : "no source has a key or command to verify tokens with",
    hint: trusts.size === 0
      ? "configure sources.NAME with allowPush or pullPaths, and verifyKeys"
      : "set run.verifyKeys, or verifyKeys of a source, to the publicKey that etcha generate-keys printed",
  });
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

async function readCa(host: Host, path: string): Promise<Result<string>> {
  try {
    return ok(await host.files.readText(path, 1024 * 1024));
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return bad({ code: "ca-unreadable", attempted: "read build.pushTLSCA", found: error.message });
  }
}

/** What runs when the agent is to stop may go on for `run.timeoutStop`. */
function killSignal(options: AgentOptions, owned: AsyncDisposableStack): AbortSignal {
  const late = new AbortController();
  const ended = new AbortController();
  owned.defer(() => ended.abort());
  const wait = async () => {
    await options.host.clock.sleep(options.config.run.timeoutStop, ended.signal);
    if (!ended.signal.aborted) late.abort();
  };
  if (options.stop.aborted) wait();
  else options.stop.addEventListener("abort", wait, { once: true, signal: ended.signal });
  return AbortSignal.any([options.kill, late.signal]);
}

/** Renders the tokens of one source; the last result is used again while it would come out the same. */
function renderOn(renderer: Renderer, config: Config, source: Source): RunContext["render"] {
  let last: { readonly hash: string; readonly reusable: Reusable } | undefined;
  return async (
    token,
    signal,
  ): Promise<Result<{ commands: readonly RenderedCommand[]; warnings: readonly Problem[] }>> => {
    const { pattern, once, runVars, cached } = token.claims;
    if (pattern === undefined) {
      return ok({ commands: renderOnce(once ?? "", config, source), warnings: [] });
    }
    const rendered = await renderer.renderReusable(
      {
        from: tokenPattern(pattern),
        config,
        source,
        runVars,
        ...(cached !== undefined && { cached }),
        fixed: { jwt: jwtVar(token.claims) },
        missingInRun: "error",
        omit: "build",
      },
      last?.hash === token.hash ? last.reusable : undefined,
      signal,
    );
    if (!rendered.ok) return rendered;
    const again = last?.reusable === rendered.value;
    last = { hash: token.hash, reusable: rendered.value };
    const { run, warnings } = rendered.value.rendered;
    return ok({ commands: run, warnings: again ? [] : warnings });
  };
}

function say(log: Log, message: string): void {
  log.write({ level: "info", function: "run", status: 200, message });
}
