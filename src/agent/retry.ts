import type { Milliseconds } from "../domain/duration.ts";
import type { Clock } from "../host/host.ts";
import type { RunRequest } from "./run_request.ts";

const FIRST: Milliseconds = 5_000;
const LAST: Milliseconds = 300_000;

/** The wait before the next try: 5 s, doubling to 5 min. */
export function nextDelay(delay: Milliseconds): Milliseconds {
  return delay === 0 ? FIRST : Math.min(delay * 2, LAST);
}

/** When what has failed is tried again. */
export class Retry {
  #delay: Milliseconds = 0;
  #at: Milliseconds | undefined;
  #again: Pick<RunRequest, "trigger" | "filter"> = { trigger: "init" };

  constructor(private readonly clock: Pick<Clock, "monotonic">) {}

  /** When the next try is due, as the monotonic clock has it; none while the last one succeeded. */
  get at(): Milliseconds | undefined {
    return this.#at;
  }

  /** The wait after one more failure. */
  get nextDelay(): Milliseconds {
    return nextDelay(this.#delay);
  }

  /** It is due at once. */
  due(): void {
    this.#at = this.clock.monotonic();
  }

  /** The last one failed. */
  get isFailing(): boolean {
    return this.#delay > 0;
  }

  get isOverdue(): boolean {
    return this.#at !== undefined && this.#at <= this.clock.monotonic();
  }

  ended(how: "succeeded" | "failed"): void {
    this.#delay = how === "succeeded" ? 0 : nextDelay(this.#delay);
    this.#at = how === "succeeded" ? undefined : this.clock.monotonic() + this.#delay;
  }

  /** As what it is tried again: as the run that has failed. */
  get again(): Pick<RunRequest, "trigger" | "filter"> {
    return this.#again;
  }

  /** A run of what is wanted has ended. */
  after({ trigger, filter, variables }: RunRequest, how: "succeeded" | "failed"): void {
    // A filtered run that succeeded says nothing of what an earlier whole one still owes.
    if (filter !== undefined && how === "succeeded" && this.#again.filter === undefined) return;
    // What an event or a webhook asked for was for that one time.
    if (variables !== undefined && how === "failed") return;
    this.#again = { trigger: variables === undefined ? trigger : "init", ...(filter !== undefined && { filter }) };
    this.ended(how);
  }
}
