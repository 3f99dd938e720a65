/** The beginning of what a program writes, up to a limit in bytes; the rest is counted. */
export class KeptOutput {
  #bytes = new Uint8Array(4096);
  #length = 0;
  #dropped = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Copies, because a small chunk may hold on to a large buffer. */
  add(chunk: Uint8Array): void {
    const kept = chunk.subarray(0, this.#limit - this.#length);
    this.#dropped += chunk.length - kept.length;
    this.#reserve(this.#length + kept.length);
    this.#bytes.set(kept, this.#length);
    this.#length += kept.length;
  }

  /** Bytes that have come so far, kept or not. */
  get received(): number {
    return this.#length + this.#dropped;
  }

  /** As UTF-8; bytes that are none become U+FFFD. A mark at the end says how much is missing. */
  text(): string {
    const cut = this.#dropped > 0;
    // As a stream, a character that the limit cut in two is left out.
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.#bytes.subarray(0, this.#length), {
      stream: cut,
    });
    return cut ? `${text}\n[${this.#dropped} more bytes of output were dropped]\n` : text;
  }

  #reserve(size: number): void {
    if (size <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(size, Math.min(this.#bytes.length * 2, this.#limit)));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
