import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Milliseconds } from "../domain/duration.ts";
import type { Files } from "../host/host.ts";
import type { ConnectionEvent } from "../host/network.ts";
import { registerProcessMetrics } from "./process_metrics.ts";
import { registerSourceMetrics, type SourceFigures } from "./source_metrics.ts";

interface CountedCommand {
  readonly source: string;
  readonly id: string;
  /** The groups around it, joined; "" for none, which leaves the label out. */
  readonly parentId: string;
  readonly mode: "check" | "change" | "remove";
  /** Of a check: that there was something to change. */
  readonly error: boolean;
}

interface CountedRun {
  readonly source: string;
  readonly trigger: string;
  readonly error: boolean;
  /** Commands that were changed, removed. */
  readonly changed: number;
  readonly removed: number;
  /** Of those that were changed: what had been as it should be, and was not any more. */
  readonly drifted: number;
  readonly duration: Milliseconds;
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
}

/**
 * `delivered`: to one source at least, whatever came of it there; `undelivered`: none could take it; `dropped`: too many
 * others were on their way; `given-up`: its delivery was interrupted too often.
 */
export type EventResult = "delivered" | "undelivered" | "dropped" | "given-up";

/**
 * Series of `etcha_commands_total`. Ids come from patterns and may be others with every token, so the series that was
 * counted longest ago goes when there are more. Everything else is bounded by the sources of the configuration.
 */
const MAX_COMMAND_SERIES = 20_000;
/** Characters of a label; a longer id is cut. */
const MAX_LABEL = 200;
const DURATION_BUCKETS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 600, 1800];

type CommandLabels = Partial<Record<"error" | "id" | "mode" | "parent_id" | "source", string>>;

/** What the agent counts, in a registry of its own. Has no timers: the process is looked at when `text` is asked for. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #commandSeries = new Map<string, CommandLabels>();
  readonly #commands = new Counter({
    name: "etcha_commands_total",
    help: "Commands that ran. The error of a check means that there was something to change.",
    labelNames: ["error", "id", "mode", "parent_id", "source"],
    registers: [this.#registry],
  });
  readonly #runs = new Counter({
    name: "etcha_sources_total",
    help: "Runs of a source, by what started them.",
    labelNames: ["error", "name", "trigger"],
    registers: [this.#registry],
  });
  readonly #runCommands = new Gauge({
    name: "etcha_sources_commands",
    help: "Commands that the last run of a source changed or removed, by what started it.",
    labelNames: ["mode", "name", "trigger"],
    registers: [this.#registry],
  });
  readonly #shells = new Gauge({
    name: "etcha_sources_shells",
    help: "Remote shells that are open now.",
    labelNames: ["name"],
    registers: [this.#registry],
  });
  readonly #durations = new Histogram({
    name: "etcha_sources_duration_seconds",
    help: "How long runs of a source took.",
    labelNames: ["name", "trigger"],
    buckets: DURATION_BUCKETS,
    registers: [this.#registry],
  });
  readonly #commandDurations = new Histogram({
    name: "etcha_commands_duration_seconds",
    help: "How long checks, changes and removals of a source took.",
    labelNames: ["mode", "source"],
    buckets: DURATION_BUCKETS,
    registers: [this.#registry],
  });
  readonly #lastSuccess = new Gauge({
    name: "etcha_sources_last_success_timestamp_seconds",
    help: "When a run of a source last ended without an error, in seconds since the epoch.",
    labelNames: ["name"],
    registers: [this.#registry],
  });
  readonly #drift = new Counter({
    name: "etcha_sources_drift_total",
    help: "Commands that had been as they should be, and whose check failed in a later run of the same token.",
    labelNames: ["name"],
    registers: [this.#registry],
  });

  readonly #events = new Counter({
    name: "etcha_events_total",
    help: "Events of a source for other sources, by what became of them.",
    labelNames: ["result", "source"],
    registers: [this.#registry],
  });
  readonly #requests = new Counter({
    name: "etcha_listener_requests_total",
    help: "Requests that were answered, by route and HTTP status; 429: limited after too many refusals.",
    labelNames: ["code", "route"],
    registers: [this.#registry],
  });
  readonly #connections = new Counter({
    name: "etcha_listener_connections_total",
    help: "Connections that were taken, refused for want of room, or closed while they were waiting to make room.",
    labelNames: ["result"],
    registers: [this.#registry],
  });
  readonly #openConnections = new Gauge({
    name: "etcha_listener_connections",
    help: "Connections that are open.",
    registers: [this.#registry],
  });

  constructor(version: string, files: Pick<Files, "list" | "readText">) {
    const build = new Gauge({
      name: "etcha_build_info",
      help: "Always 1; the label tells the version.",
      labelNames: ["version"],
      registers: [this.#registry],
    });
    build.set({ version }, 1);
    registerProcessMetrics(this.#registry, files);
    for (const result of ["accepted", "refused", "displaced"] as const) this.#connections.inc({ result }, 0);
  }

  recordCommand(command: CountedCommand): void {
    const parent = command.parentId === "" ? {} : { parent_id: label(command.parentId) };
    const labels: CommandLabels = {
      error: flag(command.error),
      id: label(command.id),
      mode: command.mode,
      ...parent,
      source: command.source,
    };
    this.#commands.inc(labels);
    const series = JSON.stringify(labels);
    this.#commandSeries.delete(series);
    this.#commandSeries.set(series, labels);
    if (this.#commandSeries.size <= MAX_COMMAND_SERIES) return;
    const [oldest, oldestLabels] = this.#commandSeries.entries().next().value!;
    this.#commandSeries.delete(oldest);
    this.#commands.remove(oldestLabels);
  }

  recordRun(run: CountedRun): void {
    const { source: name, trigger } = run;
    this.#runs.inc({ error: flag(run.error), name, trigger });
    this.#runCommands.set({ mode: "change", name, trigger }, run.changed);
    this.#runCommands.set({ mode: "remove", name, trigger }, run.removed);
    this.#durations.observe({ name, trigger }, run.duration / 1000);
    if (!run.error) this.#lastSuccess.set({ name }, run.endedAt / 1000);
    this.#drift.inc({ name }, run.drifted);
  }

  /** How long one text of a command took. */
  recordDuration(source: string, mode: CountedCommand["mode"], duration: Milliseconds): void {
    this.#commandDurations.observe({ mode, source }, duration / 1000);
  }

  recordEvent(source: string, result: EventResult): void {
    this.#events.inc({ result, source });
  }

  /** `route`: its name, never a path as it came. */
  recordRequest(route: string, status: number): void {
    this.#requests.inc({ code: String(status), route });
  }

  recordConnection(event: ConnectionEvent): void {
    if (event === "ended") this.#openConnections.dec();
    else this.#connections.inc({ result: event });
    if (event === "accepted") this.#openConnections.inc();
  }

  /** From now on these are the sources that there are. To be called once. */
  watchSources(sources: () => readonly SourceFigures[]): void {
    registerSourceMetrics(this.#registry, sources);
  }

  /** `open`: how many there are now. */
  countShells(name: string, open: number): void {
    this.#shells.set({ name }, open);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The text exposition format of Prometheus, version 0.0.4. */
  async text(): Promise<string> {
    return await this.#registry.metrics();
  }
}

function flag(error: boolean): string {
  return error ? "1" : "0";
}

function label(text: string): string {
  return text.length > MAX_LABEL ? `${text.slice(0, MAX_LABEL)}…` : text;
}
