/** What the module may ask of the world. */
export interface WasiWorld {
  /** Milliseconds since the epoch. */
  wall(): number;
  /** Milliseconds that never run backwards. */
  monotonic(): number;
  /** Fills the bytes. */
  random(bytes: Uint8Array<ArrayBuffer>): void;
}

/** Thrown out of WebAssembly when Go ends itself: what it printed before says why. */
class ExitError extends Error {
  constructor(readonly code: number) {
    super(`exit code ${code}`);
  }
}

const SUCCESS = 0;
const BAD_DESCRIPTOR = 8;
const NOT_SUPPORTED = 52;
const REALTIME_CLOCK = 0;
const CHARACTER_DEVICE = 2;
const OUTPUT_LIMIT = 16_384;

/**
 * The few functions of wasi_snapshot_preview1 that Go's runtime calls when a program opens no files: clocks, random
 * numbers, output of its own messages. There are no arguments, no environment and no descriptors but the standard ones.
 */
export class Wasi {
  /** What Go printed: the reason of a fatal error. */
  output = "";
  #memory: WebAssembly.Memory | undefined;

  constructor(private readonly world: WasiWorld) {}

  attach(memory: WebAssembly.Memory): void {
    this.#memory = memory;
  }

  /** What the module imports of WASI; functions that are not listed here answer "not supported". */
  imports(module: WebAssembly.Module): Record<string, (...args: never[]) => number> {
    const served: Record<string, (...args: never[]) => number> = {
      args_sizes_get: (count: number, size: number) => this.#writeZeros(count, size),
      args_get: () => SUCCESS,
      environ_sizes_get: (count: number, size: number) => this.#writeZeros(count, size),
      environ_get: () => SUCCESS,
      clock_time_get: (id: number, _precision: bigint, target: number) => this.#time(id, target),
      random_get: (target: number, size: number) => {
        this.world.random(this.bytes(target, size));
        return SUCCESS;
      },
      fd_write: (_descriptor: number, vectors: number, count: number, written: number) =>
        this.#write(vectors, count, written),
      fd_fdstat_get: (_descriptor: number, target: number) => {
        this.bytes(target, 24).fill(0);
        this.#view().setUint8(target, CHARACTER_DEVICE);
        return SUCCESS;
      },
      fd_prestat_get: () => BAD_DESCRIPTOR,
      sched_yield: () => SUCCESS,
      // Go waits here when all goroutines sleep; nothing in this program sleeps, so there is never an event.
      poll_oneoff: (_subscriptions: number, _events: number, _count: number, stored: number) => {
        this.#view().setUint32(stored, 0, true);
        return SUCCESS;
      },
      proc_exit: (code: number) => {
        throw new ExitError(code);
      },
    };
    return Object.fromEntries(
      WebAssembly.Module.imports(module).map(({ name }) => [name, served[name] ?? (() => NOT_SUPPORTED)]),
    );
  }

  bytes(address: number, size: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#view().buffer as ArrayBuffer, address >>> 0, size >>> 0);
  }

  #view(): DataView {
    if (this.#memory === undefined) throw new Error("a system call before the instance has memory");
    return new DataView(this.#memory.buffer);
  }

  #writeZeros(count: number, size: number): number {
    this.#view().setUint32(count, 0, true);
    this.#view().setUint32(size, 0, true);
    return SUCCESS;
  }

  #time(id: number, target: number): number {
    const milliseconds = id === REALTIME_CLOCK ? this.world.wall() : this.world.monotonic();
    this.#view().setBigUint64(target, BigInt(Math.round(milliseconds * 1000)) * 1000n, true);
    return SUCCESS;
  }

  #write(vectors: number, count: number, written: number): number {
    let total = 0;
    for (let i = 0; i < count; i++) {
      const address = this.#view().getUint32(vectors + i * 8, true);
      const size = this.#view().getUint32(vectors + i * 8 + 4, true);
      if (this.output.length < OUTPUT_LIMIT) this.output += new TextDecoder().decode(this.bytes(address, size));
      total += size;
    }
    this.#view().setUint32(written, total, true);
    return SUCCESS;
  }
}
