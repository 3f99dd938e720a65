import { join } from "node:path/posix";
import type { Config } from "../domain/config.ts";
import type { Source } from "../domain/source.ts";
import { Planner } from "../engine/planner.ts";
import type { Host, Log, StateStore } from "../host/host.ts";
import type { Renderer } from "../workflows/render.ts";
import { CachedState } from "./cached_state.ts";
import { Courier, type Receiver } from "./courier.ts";
import { MemoryState } from "./memory_state.ts";
import type { Metrics } from "./metrics.ts";
import { PauseWatch } from "./pause_watch.ts";
import { printer } from "./printer.ts";
import { renderOn } from "./rendering.ts";
import type { RunContext } from "./run_request.ts";
import { keepRunning } from "./schedule.ts";
import type { Setup } from "./setup.ts";
import { SourceRunner } from "./source.ts";
import type { SourceSettings } from "./source_settings.ts";

export interface SourcesMeans {
  readonly host: Host;
  readonly log: Log;
  readonly store: StateStore;
  readonly renderer: Renderer;
  readonly metrics: Metrics;
  readonly shell: readonly [string, ...string[]];
  /** Nothing further starts; what runs is ended. */
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
  /** Ends the agent, as a signal would. */
  readonly exit: (why: string) => void;
}

/** What keeps one source going, and how it was set up. */
interface Kept {
  readonly runner: SourceRunner;
  /** Of the configuration, what makes its runs come out as they do. */
  readonly identity: string;
  readonly ended: AbortController;
  loop: Promise<void>;
}

/** The sources of a running agent, as it is configured now. */
export class Sources {
  readonly #kept = new Map<string, Kept>();
  readonly #runners = new Map<string, SourceRunner>();
  /** Those that are no longer configured: one of their runs may still go on. */
  readonly #retired = new Map<string, Kept>();
  /** What outlives another configuration of a source: on disk or in memory, and by name. */
  readonly #records = new Map<string, { readonly store: StateStore; readonly planner: Planner }>();
  readonly #pauses = new Map<string, PauseWatch>();
  readonly #courier: Courier;
  readonly #startedAt: number;
  #setup: Setup;

  constructor(setup: Setup, private readonly means: SourcesMeans) {
    this.#setup = setup;
    this.#startedAt = means.host.clock.now();
    this.#courier = new Courier({
      log: means.log,
      clock: means.host.clock,
      exit: means.exit,
      count: (source, result) => means.metrics.recordEvent(source, result),
      receivers: (sender, event) => this.#receivers(sender, event),
    });
    this.#renew(setup);
    means.metrics.watchSources(() => [...this.#runners.values()].map(({ figures }) => figures));
  }

  /** What they go by now. */
  get config(): Config {
    return this.#setup.config;
  }

  /** By name. */
  get runners(): ReadonlyMap<string, SourceRunner> {
    return this.#runners;
  }

  /** Takes up and runs what is stored. Resolves with whether nothing failed. */
  async start(): Promise<boolean> {
    const loaded = await this.#each(({ runner }) => runner.load());
    const started = await this.#each(({ runner }) => runner.start());
    return ![...loaded, ...started].includes(false);
  }

  /** Looks once for new tokens. Resolves with whether nothing failed. */
  async pull(): Promise<boolean> {
    const pulled = await this.#each(({ runner }) => runner.pull(this.means.stop));
    await this.#courier.idle();
    return !pulled.includes(false);
  }

  /** Every source goes on by itself from now on: pulls, repairs drift, tries again. */
  keepGoing(): void {
    for (const [name, kept] of this.#kept) this.#keepGoing(this.#setup.config.sources.get(name)!, kept);
  }

  /**
   * Goes by another configuration from now on. Runs that go on end as they began; what a source has recorded stays, also of
   * one that is gone. A source that is new, or whose runs would come out otherwise, is run as at the start.
   */
  async reconfigure(setup: Setup): Promise<void> {
    const before = new Map(this.#kept);
    for (const [name, kept] of before) if (!setup.config.sources.has(name)) this.#retire(name, kept);
    this.#setup = setup;
    this.#renew(setup);
    const changed = [...this.#kept].filter(([name, kept]) => before.get(name) !== kept);
    await Promise.all(changed.map(([, { runner }]) => runner.load()));
    for (const [name, kept] of changed) {
      kept.loop = kept.loop.then(async () => void await kept.runner.start());
      this.#keepGoing(setup.config.sources.get(name)!, kept);
    }
  }

  /** Nothing further starts; what waits is told. */
  close(): void {
    this.#courier.close();
    for (const { runner } of [...this.#kept.values(), ...this.#retired.values()]) runner.close();
  }

  /** Resolves when what runs has ended and nothing is on its way any more. To be closed before. */
  async idle(): Promise<void> {
    const all = [...this.#kept.values(), ...this.#retired.values()];
    await Promise.all(all.flatMap(({ runner, loop }) => [loop, runner.idle()]));
    await this.#courier.idle();
  }

  #each<T>(act: (kept: Kept) => Promise<T>): Promise<T[]> {
    return Promise.all([...this.#kept.values()].map(act));
  }

  #keepGoing(source: Source, kept: Kept): void {
    const { host, stop } = this.means;
    const schedule = { pulls: source.pullPaths.length > 0, every: source.runFrequency };
    kept.loop = kept.loop.then(() =>
      keepRunning(kept.runner, schedule, {
        clock: host.clock,
        random: Math.random,
        stop: AbortSignal.any([stop, kept.ended.signal]),
      })
    );
  }

  #retire(name: string, kept: Kept): void {
    kept.ended.abort();
    kept.runner.retire();
    this.#kept.delete(name);
    this.#runners.delete(name);
    this.#retired.set(name, kept);
    this.#say(name, "it is no longer configured: its record is kept and nothing is undone");
  }

  /** Makes the runners that are missing and hands the others what they are to go by. */
  #renew(setup: Setup): void {
    for (const source of setup.config.sources.values()) {
      const { name } = source;
      const settings = this.#settings(setup, source);
      const identity = identityOf(setup, source);
      // One that comes back goes on with the queue that it had: no two runs ever share its record.
      const kept = this.#kept.get(name) ?? this.#retired.get(name);
      this.#retired.delete(name);
      kept?.runner.reconfigure(settings);
      if (this.#kept.has(name) && kept?.identity === identity) continue;
      kept?.ended.abort();
      const runner = kept?.runner ?? new SourceRunner(settings);
      this.#runners.set(name, runner);
      this.#kept.set(name, {
        runner,
        identity,
        ended: new AbortController(),
        loop: kept?.loop ?? Promise.resolve(),
      });
    }
  }

  #settings(setup: Setup, source: Source): SourceSettings {
    const { config, trusts, commands, ca } = setup;
    const { host, log, metrics, renderer, shell, stop, kill, exit } = this.means;
    const context: RunContext = {
      source,
      ...this.#recordOf(source),
      files: host.files,
      processes: host.processes,
      self: host.self,
      accounts: host.accounts,
      http: host.http,
      clock: host.clock,
      log,
      environment: host.environment,
      shell,
      textFolder: config.run.stateDir,
      stop,
      kill,
      render: renderOn(renderer, config, source),
      print: printer(host.terminal, log),
      timed: (step) => {
        const begin = host.clock.monotonic();
        return () => metrics.recordDuration(source.name, step, host.clock.monotonic() - begin);
      },
      isReceived: (event) => this.#receivers(source.name, event).length > 0,
    };
    return {
      context,
      trust: trusts.get(source.name)!,
      commands: commands.get(source.name),
      http: host.http,
      ca,
      timeouts: {
        pull: config.run.timeoutPull,
        push: config.run.timeoutPush,
        webhook: config.run.timeoutWebhook,
      },
      metrics,
      pause: this.#pauseOf(source),
      courier: this.#courier,
      exit,
      startedAt: this.#startedAt,
    };
  }

  #recordOf({ name, noRestore }: Source): Pick<RunContext, "store" | "planner" | "tokenPath"> {
    const kind = noRestore ? "memory" : "disk";
    let record = this.#records.get(`${kind} ${name}`);
    if (record === undefined) {
      const store = new CachedState(noRestore ? new MemoryState() : this.means.store);
      this.#records.set(`${kind} ${name}`, record = { store, planner: new Planner() });
    }
    return { ...record, ...(!noRestore && { tokenPath: join(this.#setup.config.run.stateDir, `${name}.jwt`) }) };
  }

  #pauseOf({ name }: Source): PauseWatch {
    let pause = this.#pauses.get(name);
    const { store, host, log } = this.means;
    if (pause === undefined) this.#pauses.set(name, pause = new PauseWatch(name, store, host.clock, log));
    return pause;
  }

  #receivers(sender: string, event: string): readonly (readonly [string, Receiver])[] {
    const { sources } = this.#setup.config;
    if (sources.get(sender)?.eventsSend?.test(event) !== true) return [];
    return [...sources.values()].filter(({ name, eventsReceive }) => name !== sender && eventsReceive.includes(event))
      .map(({ name }) => name).sort()
      .flatMap((name) => {
        const runner = this.#runners.get(name);
        return runner === undefined ? [] : [[name, runner] as const];
      });
  }

  #say(source: string, message: string): void {
    this.means.log.write({ level: "info", function: "run", status: 200, sourceName: source, message });
  }
}

/** Compiled expressions are written as their text. */
function identityOf({ config, trusts }: Setup, source: Source): string {
  const { keys, rules } = trusts.get(source.name)!;
  const { verifyCommands, verifyExec, jwtRule } = config.run;
  const trust = { keys: keys.map(({ text }) => text), rules: rules?.length, verifyCommands, verifyExec, jwtRule };
  return JSON.stringify({ source, exec: config.exec, vars: config.vars, jsonnet: config.jsonnet, trust });
}
