import type { EffectiveConfig, Layer } from "../domain/config_layers.ts";
import type { Result } from "../domain/problem.ts";
import { type Host, HostError } from "../host/host.ts";
import type { Evaluator } from "../jsonnet/evaluator.ts";
import type { Globals } from "./argv.ts";
import type { Context } from "./subcommand.ts";

/** Threads that evaluate Jsonnet, each started only when the others are busy: one needs about 90 MB. */
const MOST_THREADS = 4;

/** What a context is made of. What must be closed when the program ends is put on `closing`. */
interface Surroundings
  extends Pick<Context, "host" | "version" | "built" | "libraryDir" | "signal" | "kill" | "onReload" | "warn"> {
  readonly closing: AsyncDisposableStack;
}

/** The context of one run of the program. What only some subcommands need is made when it is first asked for. */
export function createContext(globals: Globals, { closing, ...surroundings }: Surroundings): Context {
  const { host } = surroundings;
  let config: Promise<Result<EffectiveConfig>> | undefined;
  let evaluator: Promise<Evaluator> | undefined;
  const context: Context = {
    ...surroundings,
    outside: globals.allowsExternal ? host : NO_OUTSIDE,
    config: (path) =>
      path === undefined ? config ??= load(globals, context) : load({ ...globals, configPath: path }, context),
    freshConfig: () => load(globals, context),
    evaluator: () => evaluator ??= startEvaluator(host, closing),
  };
  return context;
}

async function startEvaluator(host: Host, closing: AsyncDisposableStack): Promise<Evaluator> {
  const { Evaluator } = await import("../jsonnet/evaluator.ts");
  return closing.use(new Evaluator(host.workers, host.clock, Math.min(host.system.cpus, MOST_THREADS)));
}

async function load(globals: Globals, context: Context): Promise<Result<EffectiveConfig>> {
  const { host, outside, signal } = context;
  const { loadConfig } = await import("../workflows/load_config.ts");
  const { configPath, assignments } = globals;
  return await loadConfig(
    { ...(configPath !== undefined && { path: configPath }), assignments, flags: flagLayers(globals) },
    {
      files: host.files,
      environment: host.environment,
      evaluate: async (source) => {
        const { evaluateConfig } = await import("../workflows/evaluate_config.ts");
        return await evaluateConfig(source, await context.evaluator(), { ...host, ...outside }, signal);
      },
    },
  );
}

/** The flags that say what a key of the configuration says. */
function flagLayers({ logFormat, logLevel, noColor }: Globals): readonly Layer[] {
  const layer = (flag: string, key: string, value: unknown): Layer => ({
    origin: `flag ${flag}`,
    place: "flags",
    value: { cli: { [key]: value } },
  });
  return [
    ...(logFormat === undefined ? [] : [layer("-f", "logFormat", logFormat)]),
    ...(logLevel === undefined ? [] : [layer("-l", "logLevel", logLevel)]),
    ...(noColor ? [layer("-n", "noColor", true)] : []),
  ];
}

const NO_OUTSIDE: Context["outside"] = {
  http: { request: () => Promise.reject(switchedOff()) },
  dns: { resolve: () => Promise.reject(switchedOff()) },
  processes: { run: () => Promise.reject(switchedOff()) },
};

function switchedOff(): HostError {
  return new HostError("disabled", "reaching outside is switched off (-d)");
}
