/** Reading and writing the sections of a WebAssembly module (core specification, chapter 5, binary format). */

export const SECTION = { global: 6, memory: 5, export: 7, data: 11, dataCount: 12 } as const;

const HEADER_BYTES = 8;
const GLOBAL_KIND = 3;
const TYPE = { i32: 0x7f, i64: 0x7e, f64: 0x7c } as const;
const OPCODE = { end: 0x0b, i32Const: 0x41, i64Const: 0x42, f64Const: 0x44 } as const;

export interface Section {
  readonly id: number;
  readonly content: Uint8Array;
}

interface GlobalType {
  readonly type: number;
  readonly mutable: number;
}

interface Export {
  readonly name: string;
  readonly kind: number;
  readonly index: number;
}

class Reader {
  #at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get done(): boolean {
    return this.#at >= this.bytes.length;
  }

  byte(): number {
    const byte = this.bytes[this.#at++];
    if (byte === undefined) throw new Error("the module ends too early");
    return byte;
  }

  take(count: number): Uint8Array {
    this.#at += count;
    return this.bytes.subarray(this.#at - count, this.#at);
  }

  /** An unsigned LEB128 number below 2^32; the value of a signed one is skipped with it, too. */
  number(): number {
    let value = 0;
    for (let factor = 1;; factor *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  }
}

export function readSections(module: Uint8Array): Section[] {
  const reader = new Reader(module);
  reader.take(HEADER_BYTES);
  const sections: Section[] = [];
  while (!reader.done) {
    const id = reader.byte();
    sections.push({ id, content: reader.take(reader.number()) });
  }
  return sections;
}

export function writeSections(header: Uint8Array, sections: readonly Section[]): Uint8Array<ArrayBuffer> {
  const parts = sections.flatMap(({ id, content }) => [[id, ...unsigned(content.length)], content]);
  return concatenate(header.subarray(0, HEADER_BYTES), ...parts);
}

export function readGlobals(content: Uint8Array): GlobalType[] {
  const reader = new Reader(content);
  return Array.from({ length: reader.number() }, () => {
    const global = { type: reader.byte(), mutable: reader.byte() };
    for (let opcode = reader.byte(); opcode !== OPCODE.end; opcode = reader.byte()) {
      if (opcode === OPCODE.f64Const) reader.take(8);
      else if (opcode === OPCODE.i32Const || opcode === OPCODE.i64Const) reader.number();
      else throw new Error(`a global is initialised by the unknown opcode ${opcode}`);
    }
    return global;
  });
}

export function writeGlobals(globals: readonly GlobalType[], values: readonly unknown[]): Uint8Array {
  const parts = globals.map((
    { type, mutable },
    index,
  ) => [type, mutable, ...constant(type, values[index]), OPCODE.end]);
  return concatenate(unsigned(globals.length), ...parts);
}

export function readExports(content: Uint8Array): Export[] {
  const reader = new Reader(content);
  return Array.from({ length: reader.number() }, () => {
    const name = new TextDecoder().decode(reader.take(reader.number()));
    return { name, kind: reader.byte(), index: reader.number() };
  });
}

export function writeExports(exports: readonly Export[]): Uint8Array {
  const parts = exports.map(({ name, kind, index }) => {
    const bytes = new TextEncoder().encode(name);
    return [...unsigned(bytes.length), ...bytes, kind, ...unsigned(index)];
  });
  return concatenate(unsigned(exports.length), ...parts);
}

export function globalExport(name: string, index: number): Export {
  return { name, kind: GLOBAL_KIND, index };
}

/** One memory of a fixed start size with an upper limit, both in pages of 64 KiB. */
export function writeMemory(pages: number, limit: number): Uint8Array {
  return concatenate([1, 1], unsigned(pages), unsigned(limit));
}

/** Active data segments of memory 0. */
export function writeData(segments: readonly { readonly address: number; readonly bytes: Uint8Array }[]): Uint8Array {
  const parts = segments.flatMap(({ address, bytes }) => [
    [0, OPCODE.i32Const, ...signed(BigInt(address | 0)), OPCODE.end, ...unsigned(bytes.length)],
    bytes,
  ]);
  return concatenate(unsigned(segments.length), ...parts);
}

function constant(type: number, value: unknown): number[] {
  switch (type) {
    case TYPE.i32:
      return [OPCODE.i32Const, ...signed(BigInt.asIntN(32, BigInt(value as number)))];
    case TYPE.i64:
      return [OPCODE.i64Const, ...signed(BigInt.asIntN(64, value as bigint))];
    case TYPE.f64:
      return [OPCODE.f64Const, ...new Uint8Array(new Float64Array([value as number]).buffer)];
    default:
      throw new Error(`a global has the unknown type ${type}`);
  }
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 128)) bytes.push(value % 128 | 0x80);
  return [...bytes, value];
}

function signed(value: bigint): number[] {
  const bytes: number[] = [];
  for (;;) {
    const byte = Number(value & 0x7fn);
    value >>= 7n;
    const last = value === 0n && (byte & 0x40) === 0 || value === -1n && (byte & 0x40) !== 0;
    bytes.push(last ? byte : byte | 0x80);
    if (last) return bytes;
  }
}

function concatenate(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
