import { firstDifference } from "./bytes.ts";

/** Compares what comes in parts with a file that is read along with it; nothing of both is kept but a beginning. */
export class Comparison {
  readonly #old: AsyncIterator<Uint8Array>;
  readonly #keep: number;
  #rest: Uint8Array = new Uint8Array();
  #kept: Uint8Array[] = [];
  /** Bytes that came. */
  size = 0;
  /** The first byte that differs. */
  difference: number | undefined;

  /** `keep`: so many bytes of what comes are kept for a diff. */
  constructor(old: AsyncIterable<Uint8Array>, keep: number) {
    this.#old = old[Symbol.asyncIterator]();
    this.#keep = keep;
  }

  async take(part: Uint8Array): Promise<void> {
    const begin = this.size;
    this.size += part.length;
    if (this.size <= this.#keep) this.#kept.push(part.slice());
    let rest = part;
    while (this.difference === undefined && rest.length > 0) {
      if (this.#rest.length === 0) this.#rest = await this.#next();
      const length = Math.min(rest.length, this.#rest.length);
      const found = length === 0 ? 0 : firstDifference(rest.subarray(0, length), this.#rest.subarray(0, length));
      if (found !== undefined) this.difference = begin + part.length - rest.length + found;
      rest = rest.subarray(length);
      this.#rest = this.#rest.subarray(length);
    }
  }

  /** To be called when all has come: the old file may be longer. */
  async end(): Promise<void> {
    if (this.difference !== undefined) return;
    if (this.#rest.length > 0 || (await this.#next()).length > 0) this.difference = this.size;
  }

  /** All that came, when it is no more than what was to be kept. */
  get whole(): Uint8Array | undefined {
    return this.size > this.#keep ? undefined : new Uint8Array(this.#kept.flatMap((part) => [...part]));
  }

  /** Lets go of the old file. */
  async close(): Promise<void> {
    await this.#old.return?.();
  }

  async #next(): Promise<Uint8Array> {
    const { value, done } = await this.#old.next();
    return done === true ? new Uint8Array() : value;
  }
}
