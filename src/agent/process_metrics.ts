import { Counter, Gauge, type Registry } from "prom-client";
import { type Files, HostError } from "../host/host.ts";

type ProcFiles = Pick<Files, "list" | "readText">;

/** proc(5) gives times in ticks of a fixed 1/100 s to programs, whatever the kernel's own are. */
const TICKS_PER_SECOND = 100;
/** Bytes: /proc/stat grows with the processors. */
const LIMIT = 1_048_576;

/**
 * Adds the usual process metrics (`process_cpu_seconds_total`, `process_resident_memory_bytes`, …), read from /proc when
 * they are asked for. The collection of the library is not used: it watches the event loop and the collector all the
 * time. Where there is no /proc the metrics are there without values.
 */
export function registerProcessMetrics(registry: Registry, files: ProcFiles): void {
  const gauge = (name: string, help: string, read: () => Promise<number | undefined>) => {
    new Gauge({
      name,
      help,
      labelNames: [],
      registers: [registry],
      async collect() {
        const value = await read();
        if (value === undefined) this.remove();
        else this.set(value);
      },
    });
  };
  new Counter({
    name: "process_cpu_seconds_total",
    help: "CPU time of the process in user and system mode.",
    registers: [registry],
    async collect() {
      const stat = await statFields(files);
      this.reset();
      if (stat !== undefined) this.inc((Number(stat[11]) + Number(stat[12])) / TICKS_PER_SECOND);
    },
  });
  gauge("process_resident_memory_bytes", "Memory of the process in RAM.", () => statusBytes(files, "VmRSS"));
  gauge("process_virtual_memory_bytes", "Address space of the process.", () => statusBytes(files, "VmSize"));
  gauge("process_open_fds", "Open file descriptors.", async () => (await listed(files, "/proc/self/fd"))?.length);
  gauge("process_max_fds", "File descriptors that the process may open.", async () => {
    const line = /^Max open files +(\d+)/m.exec(await contents(files, "/proc/self/limits") ?? "");
    return line === null ? undefined : Number(line[1]);
  });
  gauge("process_start_time_seconds", "When the process started, in seconds since the epoch.", async () => {
    const boot = /^btime (\d+)/m.exec(await contents(files, "/proc/stat") ?? "")?.[1];
    const stat = await statFields(files);
    if (boot === undefined || stat === undefined) return undefined;
    return Number(boot) + Number(stat[19]) / TICKS_PER_SECOND;
  });
}

/** Fields of /proc/self/stat from the third on: the second is a name in parentheses that may hold anything. */
async function statFields(files: ProcFiles): Promise<readonly string[] | undefined> {
  const text = await contents(files, "/proc/self/stat");
  return text?.slice(text.lastIndexOf(")") + 2).split(" ");
}

async function statusBytes(files: ProcFiles, field: string): Promise<number | undefined> {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(await contents(files, "/proc/self/status") ?? "");
  return line === null ? undefined : Number(line[1]) * 1024;
}

async function contents(files: ProcFiles, path: string): Promise<string | undefined> {
  return await orNothing(files.readText(path, LIMIT));
}

async function listed(files: ProcFiles, path: string): Promise<readonly string[] | undefined> {
  return await orNothing(files.list(path));
}

async function orNothing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof HostError) return undefined;
    throw error;
  }
}
