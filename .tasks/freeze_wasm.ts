/**
 * Starts the Jsonnet module once, lets it evaluate a little, and writes what its memory and globals then hold into a new
 * module. That one needs no start: an instance is ready in a sixth of the time. It is also given its memory limit here.
 */
import { MEMORY_LIMIT } from "../src/jsonnet/instance.ts";
import { Wasi } from "../src/jsonnet/wasi.ts";
import * as wasm from "./wasm_module.ts";

const PAGE = 65_536;
/** Zeros between two data segments that are worth a segment of their own. */
const GAP = 64;

/** Makes the parts ready that most patterns use. */
const WARM_UP = `local f(x) = x + 1;
{ a: f(1), b: [x for x in std.range(0, 3)], c: '%s-%05d' % ['a', 3], d: std.map(function(x) x, [1]), e: std.join(',', ['a']) }`;

/** What Go's runtime exports; the last three serve requests. */
interface Started {
  readonly memory: WebAssembly.Memory;
  readonly _initialize: () => void;
  readonly allocate: (size: number) => number;
  readonly handle: () => bigint;
  readonly release: () => void;
  readonly collect: () => void;
}

/** The same bytes for the same module: clocks and random numbers are fixed while it runs. */
export function freeze(module: Uint8Array): Uint8Array<ArrayBuffer> {
  const sections = wasm.readSections(module);
  const globals = wasm.readGlobals(contentOf(sections, wasm.SECTION.global));
  const exports = wasm.readExports(contentOf(sections, wasm.SECTION.export));
  const names = globals.map((_, index) => `global ${index}`);
  const exposing = wasm.writeExports([...exports, ...names.map((name, index) => wasm.globalExport(name, index))]);
  const started = start(wasm.writeSections(module, replace(sections, { [wasm.SECTION.export]: exposing })));
  const values = names.map((name) => (started[name as keyof Started] as unknown as WebAssembly.Global).value);
  const memory = new Uint8Array(started.memory.buffer);
  const frozen = replace(sections, {
    [wasm.SECTION.memory]: wasm.writeMemory(memory.length / PAGE, MEMORY_LIMIT / PAGE),
    [wasm.SECTION.global]: wasm.writeGlobals(globals, values),
    [wasm.SECTION.export]: wasm.writeExports(exports.filter(({ name }) => name !== "_initialize")),
    [wasm.SECTION.data]: wasm.writeData(segmentsOf(memory)),
  });
  return wasm.writeSections(module, frozen.filter(({ id }) => id !== wasm.SECTION.dataCount));
}

function start(module: Uint8Array<ArrayBuffer>): Started {
  const compiled = new WebAssembly.Module(module);
  const wasi = new Wasi(fixedWorld());
  const entrypoint = new TextEncoder().encode("warm-up");
  let reply = new TextEncoder().encode(WARM_UP);
  const instance = new WebAssembly.Instance(compiled, {
    wasi_snapshot_preview1: wasi.imports(compiled),
    jsonnet: {
      ask_import: () => reply.length,
      ask_native: () => -1,
      import_path: () => {
        reply = entrypoint;
        return reply.length;
      },
      take_reply: (target: number) => wasi.bytes(target, reply.length).set(reply),
    },
  });
  const started = instance.exports as unknown as Started;
  wasi.attach(started.memory);
  started._initialize();
  const request = { operation: "evaluate", entrypoint: "warm-up", maxStack: 100, deadlineMillis: 60_000, natives: [] };
  const message = new TextEncoder().encode(JSON.stringify(request));
  wasi.bytes(started.allocate(message.length), message.length).set(message);
  const place = BigInt.asUintN(64, started.handle());
  const response = new TextDecoder().decode(wasi.bytes(Number(place >> 32n), Number(place & 0xffff_ffffn)));
  if (!response.includes(`"value":`)) throw new Error(`the warm-up failed: ${response}`);
  started.release();
  started.collect();
  return started;
}

/** A world without time and chance. */
function fixedWorld() {
  let state = 1;
  return {
    wall: () => 1_700_000_000_000,
    monotonic: () => 1000,
    random(bytes: Uint8Array) {
      for (let i = 0; i < bytes.length; i++) {
        state = Math.imul(state, 1_103_515_245) + 12_345 >>> 0;
        bytes[i] = state >>> 16;
      }
    },
  };
}

function contentOf(sections: readonly wasm.Section[], id: number): Uint8Array {
  const section = sections.find((candidate) => candidate.id === id);
  if (section === undefined) throw new Error(`the module has no section ${id}`);
  return section.content;
}

function replace(sections: readonly wasm.Section[], contents: Readonly<Record<number, Uint8Array>>): wasm.Section[] {
  return sections.map((section) => ({ id: section.id, content: contents[section.id] ?? section.content }));
}

function segmentsOf(memory: Uint8Array): { address: number; bytes: Uint8Array }[] {
  const segments: { address: number; bytes: Uint8Array }[] = [];
  let at = 0;
  while (at < memory.length) {
    if (memory[at] === 0) {
      at++;
      continue;
    }
    const address = at;
    let end = at + 1;
    for (let next = end; next < memory.length && next - end < GAP; next++) {
      if (memory[next] !== 0) end = next + 1;
    }
    segments.push({ address, bytes: memory.subarray(address, end) });
    at = end;
  }
  return segments;
}
