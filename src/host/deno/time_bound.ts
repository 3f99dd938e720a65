import type { HostError } from "../host.ts";

/**
 * A signal that follows another one and is aborted with `late`, too, when its time is up, which counts from `start` on;
 * without milliseconds it never is. Disposing ends the wait.
 */
export class TimeBound implements Disposable {
  readonly #over = new AbortController();
  readonly signal: AbortSignal;
  readonly #milliseconds: number | undefined;
  readonly #late: HostError;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(milliseconds: number | undefined, late: HostError, outer: AbortSignal) {
    this.#milliseconds = milliseconds;
    this.#late = late;
    this.signal = AbortSignal.any([outer, this.#over.signal]);
  }

  /** The time counts from now on; so it does when it has begun already. */
  start(): this {
    this[Symbol.dispose]();
    if (this.#milliseconds !== undefined) {
      this.#timer = setTimeout(() => this.#over.abort(this.#late), this.#milliseconds);
    }
    return this;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
