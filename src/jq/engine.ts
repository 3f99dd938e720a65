import createJq from "jq-wasm/dist/build/jq.js";

/** Where jq reads and writes. */
export interface JqWorld {
  readonly input: Uint8Array;
  readonly environment: { readonly [name: string]: string };
  /** `bytes` may be kept. */
  write(stream: "output" | "errors", bytes: Uint8Array): void;
}

/** The functions of WASI that are replaced, by the names that Emscripten gives them. Numbers are addresses and lengths. */
type Import = (...args: number[]) => number;

interface Glue {
  callMain(args: string[]): number;
}

interface Exports {
  readonly memory: WebAssembly.Memory;
}

const FDS = { 1: "output", 2: "errors" } as const;
/** errno of WASI. */
const EBADF = 8;

/**
 * Runs jq 1.8 (WebAssembly) once and returns its exit code. The package would move every byte of input and output by
 * copying all of them; so its own reading and writing is replaced, which Emscripten provides for (`instantiateWasm`).
 */
export async function runJq(args: readonly string[], world: JqWorld): Promise<number> {
  const glue = await createJq({
    instantiateWasm(info: { readonly a: Readonly<Record<string, Import>> }, receive: (instance: unknown) => void) {
      const memory: { current?: WebAssembly.Memory } = {};
      const own = replacements(world, () => new DataView(memory.current!.buffer));
      const imports = Object.fromEntries(
        Object.entries(info.a).map(([name, original]) => [name, own[original.name] ?? original]),
      );
      const missing = Object.keys(own).filter((name) => !Object.values(info.a).some((one) => one.name === name));
      if (missing.length > 0) throw new Error(`jq-wasm does not import ${missing.join(", ")}`);
      const instance = new WebAssembly.Instance(new WebAssembly.Module(wasmBytes()), { a: imports });
      memory.current = memoryOf(instance.exports).memory;
      receive(instance);
      return {};
    },
  }) as Glue;
  return glue.callMain(["-M", ...args]);
}

/** The module lies in the package's script as a data URI. */
function wasmBytes(): Uint8Array<ArrayBuffer> {
  const base64 = /data:application\/octet-stream;base64,([A-Za-z0-9+/=]+)/.exec(createJq.toString())?.[1];
  if (base64 === undefined) throw new Error("jq-wasm holds no module");
  return Uint8Array.fromBase64(base64);
}

function memoryOf(exports: WebAssembly.Exports): Exports {
  const memory = Object.values(exports).find((one) => one instanceof WebAssembly.Memory);
  if (memory === undefined) throw new Error("jq-wasm exports no memory");
  return { memory };
}

function replacements(world: JqWorld, view: () => DataView): Readonly<Record<string, Import>> {
  let at = 0;
  const variables = Object.entries(world.environment).map(([name, value]) =>
    new TextEncoder().encode(`${name}=${value}\0`)
  );
  return {
    _fd_read(fd = 0, list = 0, count = 0, total = 0) {
      if (fd !== 0) return EBADF;
      let sum = 0;
      for (const room of vectors(view(), list, count)) {
        const part = world.input.subarray(at, at + room.length);
        room.set(part);
        at += part.length;
        sum += part.length;
      }
      view().setUint32(total, sum, true);
      return 0;
    },
    _fd_write(fd = 0, list = 0, count = 0, total = 0) {
      if (fd !== 1 && fd !== 2) return EBADF;
      let sum = 0;
      for (const bytes of vectors(view(), list, count)) {
        if (bytes.length > 0) world.write(FDS[fd], bytes.slice());
        sum += bytes.length;
      }
      view().setUint32(total, sum, true);
      return 0;
    },
    __abort_js() {
      throw new WebAssembly.RuntimeError("it needs more memory than there is");
    },
    _environ_sizes_get(count = 0, size = 0) {
      view().setUint32(count, variables.length, true);
      view().setUint32(size, variables.reduce((sum, one) => sum + one.length, 0), true);
      return 0;
    },
    _environ_get(pointers = 0, text = 0) {
      variables.forEach((one, i) => {
        view().setUint32(pointers + 4 * i, text, true);
        new Uint8Array(view().buffer, text).set(one);
        text += one.length;
      });
      return 0;
    },
  };
}

/** The parts of memory that a list of `iovec` names. */
function vectors(view: DataView, list: number, count: number): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, i) => {
    const [start, length] = [view.getUint32(list + 8 * i, true), view.getUint32(list + 8 * i + 4, true)];
    return new Uint8Array(view.buffer, start, length);
  });
}
