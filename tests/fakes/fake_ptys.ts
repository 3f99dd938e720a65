import type { Pty, PtyEnd, PtyRequest, Ptys, WindowSize } from "../../src/host/programs.ts";

/** A terminal whose program does what a test says. */
export class FakePty implements Pty {
  readonly #ended = Promise.withResolvers<PtyEnd>();
  readonly #output: Uint8Array[] = [];
  #hasEnded = false;
  #wake = Promise.withResolvers<void>();
  /** How often it was asked for output. */
  reads = 0;
  typed = "";
  readonly sizes: WindowSize[] = [];
  isClosed = false;
  /** What is typed waits until this resolves. */
  takes: Promise<void> = Promise.resolve();

  constructor(readonly request: PtyRequest) {}

  get ended(): Promise<PtyEnd> {
    return this.#ended.promise;
  }

  print(text: string): void {
    this.#output.push(new TextEncoder().encode(text));
    this.#wake.resolve();
  }

  exit(end: PtyEnd): void {
    this.#hasEnded = true;
    this.#ended.resolve(end);
    this.#wake.resolve();
  }

  async read(): Promise<Uint8Array | undefined> {
    this.reads++;
    for (;;) {
      const next = this.#output.shift();
      if (next !== undefined) return next;
      if (this.#hasEnded || this.isClosed) return undefined;
      this.#wake = Promise.withResolvers();
      await this.#wake.promise;
    }
  }

  async write(data: Uint8Array): Promise<void> {
    await this.takes;
    this.typed += new TextDecoder().decode(data);
  }

  resize(size: WindowSize): void {
    this.sizes.push(size);
  }

  close(): Promise<void> {
    this.isClosed = true;
    this.#wake.resolve();
    return Promise.resolve();
  }
}

export class FakePtys implements Ptys {
  readonly opened: FakePty[] = [];
  /** Why nothing can be started. */
  refusal: string | undefined;

  open(request: PtyRequest): ReturnType<Ptys["open"]> {
    if (this.refusal !== undefined) return Promise.resolve({ ok: false, reason: this.refusal });
    const pty = new FakePty(request);
    this.opened.push(pty);
    return Promise.resolve({ ok: true, pty });
  }
}
