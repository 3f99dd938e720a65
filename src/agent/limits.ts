import { networkOf } from "../domain/address.ts";
import type { Rate } from "../domain/config_values.ts";
import type { Milliseconds } from "../domain/duration.ts";

/** What an address may still do on a route. */
interface Allowance {
  /** Over the rate: to be answered with 429. */
  readonly limited: boolean;
  /** `x-rate-limit-limit`, `-remaining` and `-reset` (seconds until it is full again); with `retry-after` when limited. */
  readonly headers: { readonly [name: string]: string };
}

interface Window {
  failures: number;
  readonly endsAt: Milliseconds;
}

/** Addresses and routes that are remembered: about 2 MB. */
const CAPACITY = 10_000;

/**
 * Counts refusals before authentication, per network and route, in windows that begin with the first of them. The table
 * is bounded: where it is full the oldest window goes, and as all are equally long that is the one that ends next. Needs
 * no timer. (Own code, because the well-known libraries keep every address until a timer of its own ends.)
 *
 * Times are those of a monotonic clock.
 */
export class RefusalLimiter {
  readonly #windows = new Map<string, Window>();

  constructor(readonly rate: Rate, private readonly capacity = CAPACITY) {}

  /**
   * To be asked before a request is looked at. `route` is the name of the route, never the path as it came: that would
   * let a client have as many as it likes.
   */
  allowance(address: string, route: string, now: Milliseconds): Allowance {
    return this.#allowance(this.#window(key(address, route), now), now);
  }

  /** Counts a refusal; gives what is left after it. */
  refuse(address: string, route: string, now: Milliseconds): Allowance {
    const name = key(address, route);
    let window = this.#window(name, now);
    if (window === undefined) {
      window = { failures: 0, endsAt: now + this.rate.period };
      this.#windows.set(name, window);
      if (this.#windows.size > this.capacity) this.#windows.delete(this.#windows.keys().next().value!);
    }
    window.failures++;
    return this.#allowance(window, now);
  }

  #window(name: string, now: Milliseconds): Window | undefined {
    const window = this.#windows.get(name);
    if (window === undefined || window.endsAt > now) return window;
    this.#windows.delete(name);
    return undefined;
  }

  #allowance(window: Window | undefined, now: Milliseconds): Allowance {
    const remaining = Math.max(0, this.rate.count - (window?.failures ?? 0));
    const reset = String(window === undefined ? 0 : Math.ceil((window.endsAt - now) / 1000));
    const limited = remaining === 0;
    return {
      limited,
      headers: {
        "x-rate-limit-limit": String(this.rate.count),
        "x-rate-limit-remaining": String(remaining),
        "x-rate-limit-reset": reset,
        ...(limited && { "retry-after": reset }),
      },
    };
  }
}

function key(address: string, route: string): string {
  return `${networkOf(address)} ${route}`;
}
