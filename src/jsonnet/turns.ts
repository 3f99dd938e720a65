/** Hands out one turn at a time, in the order of asking, with a limit on those who wait. */
export class Turns {
  #taken = false;
  readonly #waiting: (() => void)[] = [];

  constructor(private readonly limit: number) {}

  /** Resolves with a turn, or at once with nothing when too many wait. Throws the signal's reason on abort. */
  async take(signal: AbortSignal): Promise<Disposable | undefined> {
    signal.throwIfAborted();
    if (this.#taken) {
      if (this.#waiting.length >= this.limit) return undefined;
      await this.#wait(signal);
    }
    this.#taken = true;
    return { [Symbol.dispose]: () => this.#pass() };
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = () => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1);
        reject(signal.reason);
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.push(go);
    });
  }

  #pass(): void {
    const next = this.#waiting.shift();
    // The turn stays taken while it changes hands, so that nobody slips in between.
    if (next === undefined) this.#taken = false;
    else next();
  }
}
