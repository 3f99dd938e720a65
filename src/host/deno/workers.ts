import { HostError, type Workers } from "../host.ts";

/** Where the two parts of the Jsonnet evaluator lie: the worker's script and the WebAssembly module. */
interface JsonnetParts {
  readonly worker: URL;
  readonly module: URL;
}

/**
 * Where the parts lie as seen from the program's main module: in the source tree below it, in a bundle beside it. There
 * the module has an ending of its own, because the compiler takes an embedded `.wasm` for code to be linked.
 */
export function jsonnetParts(main: string): JsonnetParts {
  return main.endsWith(".ts")
    ? { worker: new URL("./jsonnet/worker.ts", main), module: new URL("./jsonnet/wasm/jsonnet.wasm", main) }
    : { worker: new URL("./jsonnet_worker.js", main), module: new URL("./jsonnet.wasm.bin", main) };
}

/** Starts threads. The module is compiled when it is first needed, and kept: a further worker is ready in a moment. */
export class DenoWorkers implements Workers {
  #module: Promise<WebAssembly.Module> | undefined;

  constructor(private readonly parts: JsonnetParts) {}

  async startJsonnet(): Promise<Worker> {
    const worker = new Worker(this.parts.worker, { type: "module", name: "jsonnet" });
    try {
      this.#module ??= compile(this.parts.module);
      worker.postMessage({ kind: "module", module: await this.#module });
      return worker;
    } catch (error) {
      worker.terminate();
      this.#module = undefined;
      throw error;
    }
  }
}

/** The thread in which jq runs; in the source tree its script lies below the main module, in a bundle beside it. */
export function startJq(main: string): Worker {
  const script = main.endsWith(".ts") ? new URL("./jq/worker.ts", main) : new URL("./jq_worker.js", main);
  return new Worker(script, { type: "module", name: "jq" });
}

async function compile(module: URL): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(await Deno.readFile(module));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new HostError("not-found", "the Jsonnet module is not there: run `deno task setup`", { cause: error });
  }
}
