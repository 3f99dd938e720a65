import type { Death, Question, Reply, WasmRequest } from "./protocol.ts";
import { Wasi, type WasiWorld } from "./wasi.ts";

/** Answers the questions of an evaluation. */
export type Ask = (question: Question) => Promise<Reply>;

/** JavaScript Promise Integration, which TypeScript's library does not know yet (WebAssembly/js-promise-integration). */
interface PromiseIntegration {
  /** The function suspends the WebAssembly stack until its promise is settled. */
  readonly Suspending: new (callee: (...args: number[]) => Promise<number>) => WebAssembly.ImportValue;
  readonly promising: (callee: WebAssembly.ExportValue) => () => Promise<bigint>;
}

const integration = WebAssembly as unknown as PromiseIntegration;

interface Exports {
  readonly memory: WebAssembly.Memory;
  /** Absent from a module that was frozen after its start. */
  readonly _initialize?: () => void;
  readonly allocate: (size: number) => number;
  readonly handle: () => bigint;
  readonly release: () => void;
}

/** Bytes: what the build writes into the module as the most its memory may grow to. */
export const MEMORY_LIMIT = 512 * 1024 * 1024;

/** The module's memory can't grow beyond what its build allows; a death close to that is for want of memory. */
const NEARLY_FULL = 0.9;

/** A running instance of the Jsonnet module. It serves one request at a time, and none after its death. */
export class Instance {
  readonly #exports: Exports;
  readonly #wasi: Wasi;
  readonly #handle: () => Promise<bigint>;
  #reply: Uint8Array = new Uint8Array();
  #importPath = "";

  private constructor(exports: Exports, wasi: Wasi) {
    this.#exports = exports;
    this.#wasi = wasi;
    this.#handle = integration.promising(exports.handle);
  }

  static async start(module: WebAssembly.Module, world: WasiWorld, ask: Ask): Promise<Instance> {
    const wasi = new Wasi(world);
    // The questions come when the instance runs, after the assignment below.
    const created: { instance?: Instance } = {};
    const question = (read: (text: (at: number, size: number) => string, args: number[]) => Question) =>
      new integration.Suspending((...args: number[]) =>
        created.instance!.#ask(ask, read((at, size) => created.instance!.#text(at, size), args))
      );
    const instantiated = await WebAssembly.instantiate(module, {
      wasi_snapshot_preview1: wasi.imports(module),
      jsonnet: {
        ask_import: question((text, [from, fromSize, path, pathSize]) => ({
          kind: "import",
          from: text(from!, fromSize!),
          path: text(path!, pathSize!),
        })),
        ask_native: question((text, [name, nameSize, args, argsSize]) => ({
          kind: "native",
          name: text(name!, nameSize!),
          args: text(args!, argsSize!),
        })),
        import_path: () => created.instance!.#keep(new TextEncoder().encode(created.instance!.#importPath)),
        take_reply: (target: number) =>
          created.instance!.#wasi.bytes(target, created.instance!.#reply.length).set(created.instance!.#reply),
      },
    });
    const exports = instantiated.exports as unknown as Exports;
    wasi.attach(exports.memory);
    exports._initialize?.();
    created.instance = new Instance(exports, wasi);
    return created.instance;
  }

  /** Bytes of memory; it never shrinks. */
  get memoryBytes(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  /** The response of the Go side, or how the instance died of the request. */
  async run(request: WasmRequest): Promise<Uint8Array<ArrayBuffer> | Death> {
    const message = new TextEncoder().encode(JSON.stringify(request));
    try {
      this.#wasi.bytes(this.#exports.allocate(message.length), message.length).set(message);
      const place = BigInt.asUintN(64, await this.#handle());
      const response = this.#wasi.bytes(Number(place >> 32n), Number(place & 0xffff_ffffn)).slice();
      this.#exports.release();
      return response;
    } catch (error) {
      return this.#death(error);
    }
  }

  #text(address: number, size: number): string {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.#wasi.bytes(address, size));
  }

  async #ask(ask: Ask, question: Question): Promise<number> {
    const reply = await ask(question);
    if (reply.kind === "error") return -1 - this.#keep(new TextEncoder().encode(reply.message));
    if (reply.kind === "value") return this.#keep(new TextEncoder().encode(reply.json));
    this.#importPath = reply.path;
    return this.#keep(reply.bytes);
  }

  #keep(reply: Uint8Array): number {
    this.#reply = reply;
    return reply.length;
  }

  #death(error: unknown): Death {
    const said = this.#wasi.output.trim();
    const text = error instanceof Error ? error.message : String(error);
    if (error instanceof RangeError || /stack (overflow|exceeds)/.test(said)) return { cause: "stack", message: text };
    if (/out of memory|cannot allocate/.test(said) || this.memoryBytes > NEARLY_FULL * MEMORY_LIMIT) {
      return { cause: "memory", message: text };
    }
    return { cause: "crash", message: said === "" ? text : `${text}\n${said}` };
  }
}
