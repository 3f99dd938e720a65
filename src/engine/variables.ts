import type { Command } from "../domain/command.ts";
import type { Step } from "./requests.ts";

/** Bytes of one value: the kernel's limit for one string of the environment is 128 KiB, its name included. */
const VALUE_LIMIT = 96 * 1024;
const CUT_MARK = "\n[cut]";

/**
 * The environment variables that commands set for each other. A group sees what was set before it and around it; what is
 * set inside ends with it.
 */
export class Variables {
  readonly #scopes = new Map<number, Map<string, string | undefined>>();

  constructor(initial: Readonly<Record<string, string>> = {}) {
    this.#scopes.set(0, new Map(Object.entries(initial)));
  }

  /** What the texts of this command see. */
  of(command: Pick<Command, "scopes">): Record<string, string> {
    const seen: Record<string, string> = {};
    for (const number of command.scopes) {
      for (const [name, value] of this.#scopes.get(number) ?? []) {
        if (value === undefined) delete seen[name];
        else seen[name] = value;
      }
    }
    return seen;
  }

  /** Sets what a check, change or removal leaves behind; `failed` becomes 1 or 0. */
  set(command: Command, step: Step, failed: boolean, output: string | undefined): void {
    const base = `${command.envPrefix}_${step.toUpperCase()}`;
    this.#put(command, base, failed ? "1" : "0");
    if (command.envPrefix === "") return;
    const value = output === undefined ? undefined : clip(output.trim());
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

  #put(command: Command, name: string, value: string | undefined): void {
    const number = command.scopes.at(-1)!;
    let scope = this.#scopes.get(number);
    if (scope === undefined) this.#scopes.set(number, scope = new Map());
    scope.set(name, value);
  }
}

/** Drops NULs, which no variable can hold, and cuts at the limit with a mark, never inside a character. */
export function clip(text: string): string {
  const clean = text.includes("\0") ? text.replaceAll("\0", "") : text;
  if (clean.length * 3 <= VALUE_LIMIT) return clean;
  const bytes = new TextEncoder().encode(clean);
  if (bytes.length <= VALUE_LIMIT) return clean;
  let end = VALUE_LIMIT - CUT_MARK.length;
  while ((bytes[end]! & 0xc0) === 0x80) end--;
  return new TextDecoder().decode(bytes.subarray(0, end)) + CUT_MARK;
}
