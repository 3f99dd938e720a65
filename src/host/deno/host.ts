import { fileURLToPath } from "node:url";
import type {
  Dns,
  Host,
  Http,
  HttpStreams,
  Log,
  LogSettings,
  NetworkInterface,
  Profiler,
  Self,
  States,
  SystemInfo,
  Terminal,
} from "../host.ts";
import type { Network } from "../network.ts";
import type { Ptys } from "../programs.ts";
import { accounts } from "./accounts.ts";
import { clock } from "./clock.ts";
import { files } from "./files.ts";
import { createLog } from "./log.ts";
import { processes } from "./processes.ts";
import { createTerminal } from "./terminal.ts";
import { DenoWorkers, jsonnetParts, startJq } from "./workers.ts";

/** Go's words for what Deno calls by the names of the compiler. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: "amd64", aarch64: "arm64" };

/**
 * The real machine. `main` is the address of the program's main module, beside which the parts lie that are loaded
 * later. What only some subcommands need is loaded when they first ask for it, for the sake of a quick start.
 */
export function createHost(main: string): Host {
  const terminal = createTerminal();
  // The shell of `deno task` exports the status of its last command under a name that no other shell can hand on, and
  // with such a name the two streams of a command could not be joined.
  const { "?": _status, ...environment } = Deno.env.toObject();
  const http = lazyHttp(environment);
  return {
    files,
    accounts,
    processes,
    ptys,
    clock,
    terminal,
    http,
    httpStreams: http,
    dns,
    network,
    profiler,
    states,
    workers: new DenoWorkers(jsonnetParts(main)),
    startJq: () => startJq(main),
    system: systemInfo(),
    self: { program: ownProgram(main), isRoot: Deno.uid() === 0 },
    environment,
    openLog: (settings) => openLog(settings, terminal, environment),
  };
}

/** A compiled program is its own runtime. From source, another user needs the packages in a cache that it may read. */
function ownProgram(main: string): Self["program"] {
  if (Deno.build.standalone) return [Deno.execPath()];
  return [Deno.execPath(), "run", "--quiet", "--cached-only", "-A", fileURLToPath(main)];
}

const dns: Dns = {
  resolve: async (...question) => await (await import("./dns.ts")).createDns().resolve(...question),
};

const network: Network = {
  listen: async (...listening) => await (await import("./listener.ts")).network.listen(...listening),
  knock: async (...knocking) => await (await import("./knock.ts")).knock(...knocking),
};

const profiler: Profiler = {
  profile: async (...asked) => await (await import("./profiler.ts")).profiler.profile(...asked),
};

const ptys: Ptys = {
  open: async (request) => await (await import("./ptys.ts")).ptys.open(request),
};

const states: States = {
  open: async (...opening) => await (await import("./state/store.ts")).states.open(...opening),
  visit: async (dir) => await (await import("./state/store.ts")).states.visit(dir),
};

function lazyHttp(environment: Host["environment"]): Http & HttpStreams {
  let http: Promise<Http & HttpStreams> | undefined;
  const open = () => http ??= import("./http.ts").then((module) => module.createHttp(environment));
  return {
    async request(...request) {
      return await (await open()).request(...request);
    },
    async stream(...request) {
      return await (await open()).stream(...request);
    },
  };
}

function openLog(settings: LogSettings, terminal: Terminal, environment: Host["environment"]): Log {
  // https://no-color.org: any value but the empty one.
  const color = terminal.stderrIsTerminal && !settings.noColor && (environment["NO_COLOR"] ?? "") === "";
  return createLog(settings, { write: (text) => terminal.err(text), now: () => clock.now(), color });
}

/** None where the kernel does not tell: a service may be kept from asking (RestrictAddressFamilies of systemd). */
function interfaces(): readonly NetworkInterface[] {
  try {
    return Deno.networkInterfaces().map(({ name, family, address, mac }) => ({ name, family, address, mac }));
  } catch {
    return [];
  }
}

function systemInfo(): SystemInfo {
  return {
    arch: ARCHITECTURES[Deno.build.arch] ?? Deno.build.arch,
    os: Deno.build.os,
    cpus: navigator.hardwareConcurrency,
    hostname: Deno.hostname(),
    machine: Deno.build.arch,
    interfaces,
  };
}
