/**
 * The body of a request, for which a handler waits only so long. Counted is the time in which the handler waits for the
 * client; how long it works on what it got does not matter.
 */
export class TimedBody {
  readonly stream: ReadableStream<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  /** `limit` in milliseconds; `onLate` must end the connection, and with it the wait. */
  constructor(body: ReadableStream<Uint8Array>, limit: number, onLate: () => void) {
    const reader = body.getReader();
    let left = limit;
    this.#reader = reader;
    this.stream = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const start = performance.now();
        const timer = setTimeout(onLate, left);
        try {
          const part = await reader.read();
          if (part.done) controller.close();
          else controller.enqueue(part.value);
        } finally {
          clearTimeout(timer);
          left -= performance.now() - start;
        }
      },
      cancel: (reason) => reader.cancel(reason),
    }, { highWaterMark: 0 });
  }

  /** What was not read is not wanted any more. */
  drop(): void {
    // It rejects only with the error that ended the body, which whoever read it has been told.
    void Promise.allSettled([this.#reader.cancel()]);
  }
}
