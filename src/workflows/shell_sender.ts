import { ok, type Result } from "../domain/problem.ts";
import type { WindowSize } from "../host/programs.ts";
import type { ShellLink } from "./shell_link.ts";

/** Bytes of what was typed that travel at once. */
const PARCEL = 32 * 1024;
/** Bytes that may wait; then nothing further is read from standard input. */
const MOST_WAITING = 256 * 1024;

/** Sends what is typed in its order, one parcel after the other: what is typed meanwhile travels together. */
export class ShellSender {
  readonly #waiting: Uint8Array[] = [];
  #size = 0;
  #hasNewWindow = false;
  #wake = Promise.withResolvers<void>();
  #room = Promise.withResolvers<void>();

  constructor(
    private readonly link: Pick<ShellLink, "send">,
    /** The size of the window now. */
    private readonly window: () => WindowSize,
  ) {}

  /** Resolves when there is room for more. */
  async type(data: Uint8Array): Promise<void> {
    if (data.length === 0) return;
    this.#waiting.push(data);
    this.#size += data.length;
    this.#wake.resolve();
    while (this.#size > MOST_WAITING) await this.#room.promise;
  }

  resized(): void {
    this.#hasNewWindow = true;
    this.#wake.resolve();
  }

  /** Until the signal is aborted, or the host does not take more: then nothing, or why. */
  async run(signal: AbortSignal): Promise<Result<void>> {
    const stop = () => this.#wake.resolve();
    signal.addEventListener("abort", stop, { once: true });
    try {
      while (!signal.aborted) {
        if (this.#size === 0 && !this.#hasNewWindow) {
          await this.#wake.promise;
          this.#wake = Promise.withResolvers();
          continue;
        }
        this.#hasNewWindow = false;
        const sent = await this.link.send(this.#take(), this.window(), signal);
        if (!sent.ok) return sent;
        if (sent.value === "gone") return ok(undefined);
      }
      return ok(undefined);
    } catch (error) {
      if (signal.aborted) return ok(undefined);
      throw error;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  #take(): Uint8Array {
    const parcel = new Uint8Array(Math.min(this.#size, PARCEL));
    for (let at = 0; at < parcel.length;) {
      const first = this.#waiting[0]!;
      const part = first.subarray(0, parcel.length - at);
      parcel.set(part, at);
      at += part.length;
      if (part.length === first.length) this.#waiting.shift();
      else this.#waiting[0] = first.subarray(part.length);
    }
    this.#size -= parcel.length;
    this.#room.resolve();
    this.#room = Promise.withResolvers();
    return parcel;
  }
}
