import type { Command } from "../domain/command.ts";
import type { Step } from "./requests.ts";

/** Bytes of one value: the kernel's limit for one string of the environment is 128 KiB, its name included. */
const VALUE_LIMIT = 96 * 1024;
/**
 * Bytes of all variables that one command is handed, names included. The kernel takes 2 MiB for arguments and environment
 * together (execve(2): a quarter of the usual stack); half is left to the text and what the process environment has.
 */
const SUM_LIMIT = 1024 * 1024;
/** Bytes that a variable needs besides name and value: `=`, the NUL at the end, and the pointer to it. */
const OVERHEAD = 10;
const CUT_MARK = "\n[cut]";

interface Value {
  readonly text: string;
  /** In bytes. */
  readonly size: number;
  /** Counts up; absent where it is no output and must not be cut. */
  readonly age?: number;
}

/**
 * The environment variables that commands set for each other. A group sees what was set before it and around it; what is
 * set inside ends with it.
 */
export class Variables {
  readonly #scopes = new Map<number, Map<string, Value | undefined>>();
  #age = 0;

  constructor(initial: Readonly<Record<string, string>> = {}) {
    this.#scopes.set(0, new Map(Object.entries(initial).map(([name, text]) => [name, plain(clip(text))])));
  }

  /** What the texts of this command see. Where it is too much for the kernel, the oldest outputs are cut, with a mark. */
  of(command: Pick<Command, "scopes">): Record<string, string> {
    const seen = new Map<string, Value>();
    for (const number of command.scopes) {
      for (const [name, value] of this.#scopes.get(number) ?? []) {
        if (value === undefined) seen.delete(name);
        else seen.set(name, value);
      }
    }
    let sum = 0;
    for (const [name, { size }] of seen) sum += name.length + size + OVERHEAD;
    if (sum > SUM_LIMIT) shorten(seen, sum - SUM_LIMIT);
    return Object.fromEntries([...seen].map(([name, { text }]) => [name, text]));
  }

  /** Sets what a check, change or removal leaves behind; `failed` becomes 1 or 0. */
  set(command: Command, step: Step, failed: boolean, output: string | undefined): void {
    const base = `${command.envPrefix}_${step.toUpperCase()}`;
    this.#put(command, base, { text: failed ? "1" : "0", size: 1 });
    if (command.envPrefix === "") return;
    const value = output === undefined ? undefined : this.#output(clip(output.trim()));
    this.#put(command, `${base}_OUT`, value);
    if (step === "check") this.#put(command, command.envPrefix, value);
  }

  /** A command begins: what an earlier one of the same prefix left is gone, whether or not this one runs anything. */
  clear(command: Command): void {
    for (const suffix of ["_CHECK", "_CHANGE", "_REMOVE"]) {
      this.#put(command, command.envPrefix + suffix, undefined);
      if (command.envPrefix !== "") this.#put(command, `${command.envPrefix}${suffix}_OUT`, undefined);
    }
    if (command.envPrefix !== "") this.#put(command, command.envPrefix, undefined);
  }

  #output(text: string): Value {
    return { text, size: sizeOf(text), age: this.#age++ };
  }

  #put(command: Command, name: string, value: Value | undefined): void {
    const number = command.scopes.at(-1)!;
    let scope = this.#scopes.get(number);
    if (scope === undefined) this.#scopes.set(number, scope = new Map());
    scope.set(name, value);
  }
}

/** Cuts outputs, the oldest first, until they need so many bytes less, as far as that goes. */
function shorten(values: Map<string, Value>, excess: number): void {
  const oldest = [...values].filter(([, { age }]) => age !== undefined).sort(([, a], [, b]) => a.age! - b.age!);
  let left = excess;
  for (const [name, { text, size }] of oldest) {
    if (left <= 0) return;
    const cut = clip(text, Math.max(size - left, CUT_MARK.length));
    const value = { text: cut, size: sizeOf(cut) };
    values.set(name, value);
    left -= size - value.size;
  }
}

function plain(text: string): Value {
  return { text, size: sizeOf(text) };
}

function sizeOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Drops NULs, which no variable can hold, and cuts at the limit (bytes) with a mark, never inside a character. */
function clip(text: string, limit = VALUE_LIMIT): string {
  const clean = text.includes("\0") ? text.replaceAll("\0", "") : text;
  if (clean.length * 3 <= limit) return clean;
  const bytes = new TextEncoder().encode(clean);
  if (bytes.length <= limit) return clean;
  let end = limit - CUT_MARK.length;
  while ((bytes[end]! & 0xc0) === 0x80) end--;
  return new TextDecoder().decode(bytes.subarray(0, end)) + CUT_MARK;
}
