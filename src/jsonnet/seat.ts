import type { Milliseconds } from "../domain/duration.ts";
import type { Clock, Workers } from "../host/host.ts";
import { EvaluationThread } from "./thread.ts";

/** After so long without a request a thread is given back, with its memory. */
const IDLE: Milliseconds = 30_000;

/** Room for one thread: started when it is first needed, given back when idle, replaced after it was stopped. */
export class Seat implements Disposable {
  #thread: EvaluationThread | undefined;
  #idle: AbortController | undefined;

  constructor(private readonly workers: Workers, private readonly clock: Clock) {}

  /** Has a thread already. */
  get isWarm(): boolean {
    return this.#thread !== undefined;
  }

  /** Throws HostError where no thread can be started. */
  async thread(): Promise<EvaluationThread> {
    this.#idle?.abort();
    this.#thread ??= await EvaluationThread.start(this.workers);
    return this.#thread;
  }

  /** Nobody needs the thread for now. */
  rest(): void {
    if (this.#thread === undefined) return;
    const idle = new AbortController();
    this.#idle = idle;
    this.clock.sleep(IDLE, idle.signal).then(() => {
      if (!idle.signal.aborted) this.stop();
    });
  }

  /** Ends the thread, with what it does. */
  stop(): void {
    this.#thread?.[Symbol.dispose]();
    this.#thread = undefined;
  }

  [Symbol.dispose](): void {
    this.#idle?.abort();
    this.stop();
  }
}
