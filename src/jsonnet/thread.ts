import type { Workers } from "../host/host.ts";
import type { Death, FromWorker, Question, Reply, ToWorker, WasmRequest } from "./protocol.ts";

export type Outcome = { readonly kind: "done"; readonly response: Uint8Array } | {
  readonly kind: "died";
  readonly death: Death;
};

/** A worker that evaluates: at most one request at a time. */
export class EvaluationThread implements Disposable {
  #onMessage: ((message: FromWorker) => void) | undefined;
  readonly #crash = Promise.withResolvers<Outcome>();

  private constructor(private readonly worker: Worker) {
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#onMessage?.(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#crash.resolve({ kind: "died", death: { cause: "crash", message: event.message } });
    };
  }

  static async start(workers: Workers): Promise<EvaluationThread> {
    return new EvaluationThread(await workers.startJsonnet());
  }

  /** Runs a request. After abort or death the thread is of no use any more and must be disposed of. */
  async run(
    request: WasmRequest,
    answer: (question: Question) => Promise<Reply>,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    this.#onMessage = async (message) => {
      if (message.kind !== "ask") return resolve(message);
      const reply = await answer(message.question);
      if (!signal.aborted) this.#post({ kind: "reply", reply });
    };
    try {
      signal.throwIfAborted();
      this.#post({ kind: "run", request });
      return await Promise.race([promise, this.#crash.promise]);
    } finally {
      signal.removeEventListener("abort", abort);
      this.#onMessage = undefined;
    }
  }

  #post(message: ToWorker): void {
    this.worker.postMessage(message);
  }

  [Symbol.dispose](): void {
    this.worker.terminate();
  }
}
