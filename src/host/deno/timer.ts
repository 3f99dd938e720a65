/** A wait that leaves nothing behind when it is not needed any more. */
export class Timer implements Disposable {
  readonly promise: Promise<void>;
  readonly #stop: () => void;

  constructor(duration: number) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, duration);
    this.promise = promise;
    this.#stop = () => clearTimeout(timer);
  }

  [Symbol.dispose](): void {
    this.#stop();
  }
}
