/** Hands out seats, each to one at a time, in the order of asking, with a limit on those who wait. */
export class Turns<Seat extends { readonly isWarm: boolean }> {
  readonly #free: Seat[];
  readonly #waiting: ((seat: Seat) => void)[] = [];

  constructor(seats: readonly Seat[], private readonly limit: number) {
    this.#free = [...seats];
  }

  /** Resolves with a turn, or at once with nothing when too many wait. Throws the signal's reason on abort. */
  async take(signal: AbortSignal): Promise<Turn<Seat> | undefined> {
    signal.throwIfAborted();
    const free = this.#next();
    if (free === undefined && this.#waiting.length >= this.limit) return undefined;
    const seat = free ?? await this.#wait(signal);
    return { seat, [Symbol.dispose]: () => this.#pass(seat) };
  }

  /** A warm seat, if there is one; that which was used last, so that the others may grow cold. */
  #next(): Seat | undefined {
    const warm = this.#free.findLastIndex(({ isWarm }) => isWarm);
    // Without one (-1) it is the last of all.
    return this.#free.splice(warm, 1)[0];
  }

  #wait(signal: AbortSignal): Promise<Seat> {
    return new Promise((resolve, reject) => {
      const go = (seat: Seat) => {
        signal.removeEventListener("abort", leave);
        resolve(seat);
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1);
        reject(signal.reason);
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.push(go);
    });
  }

  /** Straight to who has waited longest, so that nobody slips in between. */
  #pass(seat: Seat): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(seat);
    else next(seat);
  }
}

/** Ends when it is disposed of. */
interface Turn<Seat> extends Disposable {
  readonly seat: Seat;
}
