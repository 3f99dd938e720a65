import type { Clock } from "../../src/host/host.ts";

/** A clock that stands still until it is told to move. */
export class FakeClock implements Clock {
  #time: number;
  #sleepers: { readonly until: number; readonly wake: () => void }[] = [];

  /** `start` in milliseconds since the epoch. */
  constructor(start = 1_700_000_000_000) {
    this.#time = start;
  }

  now(): number {
    return this.#time;
  }

  monotonic(): number {
    return this.#time;
  }

  /** How many sleep at the moment: a test waits for this before it moves the clock. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  sleep(duration: number, signal: AbortSignal): Promise<void> {
    if (duration <= 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.wake !== wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#sleepers.push({ until: this.#time + duration, wake });
      signal.addEventListener("abort", wake);
    });
  }

  /** Moves on and wakes, in order, everyone whose time has come; each gets to run before the next. */
  async advance(duration: number): Promise<void> {
    const end = this.#time + duration;
    for (;;) {
      const next = this.#sleepers.toSorted((a, b) => a.until - b.until)[0];
      if (next === undefined || next.until > end) break;
      this.#time = next.until;
      next.wake();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    this.#time = end;
  }
}
