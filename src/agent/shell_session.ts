import type { Milliseconds } from "../domain/duration.ts";
import { type ShellLine, shellLine } from "../domain/shell_lines.ts";
import type { Clock } from "../host/host.ts";
import type { Pty, PtyEnd, WindowSize } from "../host/programs.ts";

/** Bytes that were typed and that the program has not taken yet: more is to be sent again later. */
const INPUT_LIMIT = 128 * 1024;
/** How long what was typed may wait for the program before its sender is told that it was taken. */
const INPUT_WAIT: Milliseconds = 5_000;
/** The longest and shortest time between two signs of life. */
const ALIVE: { readonly shortest: Milliseconds; readonly longest: Milliseconds } = { shortest: 1_000, longest: 10_000 };
/** Bytes of noise in a sign of life, at most. */
const PADDING = 48;

/** How a session came to its end: by its program, or for another reason, in words for the log and the history. */
export type SessionEnd = { readonly by: "program"; readonly end: PtyEnd } | {
  readonly by: "agent" | "client";
  readonly why: string;
};

export interface SessionMeans {
  readonly clock: Pick<Clock, "sleep">;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** One open shell: its terminal, the number that was used last, and what is still to be typed. */
export class ShellSession {
  readonly #ended = Promise.withResolvers<SessionEnd>();
  #end: SessionEnd | undefined;
  /** Waits that the end cuts short. They are no races with its promise: that would keep whatever has won them. */
  readonly #waits = new Set<AbortController>();
  #last: number;
  #typing: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #reading: Promise<Uint8Array | undefined> | undefined;

  constructor(
    readonly id: string,
    /** Whose key has opened it: nobody else drives it. */
    readonly signer: string,
    number: number,
    private readonly pty: Pty,
    private readonly means: SessionMeans,
  ) {
    this.#last = number;
  }

  /** Settles when nothing further is read or written; the terminal is then to be closed. */
  get ended(): Promise<SessionEnd> {
    return this.#ended.promise;
  }

  /** The first end counts. */
  end(end: SessionEnd): void {
    this.#end ??= end;
    this.#ended.resolve(this.#end);
    for (const wait of this.#waits) wait.abort();
  }

  /** Whether a number is new. Each is accepted once, as are all those before it. */
  accept(number: number): boolean {
    if (number <= this.#last) return false;
    this.#last = number;
    return true;
  }

  resize(size: WindowSize): void {
    if (this.#end === undefined) this.pty.resize(size);
  }

  /** `full`: none of it was taken. */
  async type(data: Uint8Array): Promise<"taken" | "full"> {
    if (data.length === 0 || this.#end !== undefined) return "taken";
    if (this.#waiting + data.length > INPUT_LIMIT) return "full";
    this.#waiting += data.length;
    const before = this.#typing;
    const typing = (async () => {
      await before;
      await this.pty.write(data);
      this.#waiting -= data.length;
    })();
    this.#typing = typing;
    await this.#within(INPUT_WAIT, typing);
    return "taken";
  }

  /**
   * The lines of the answer. One is made when somebody reads it: so the program waits for its reader, and nothing is kept
   * here.
   */
  lines(): ReadableStream<Uint8Array> {
    const encoder = new TextEncoder();
    return new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(encoder.encode(`${this.id}\n`)),
      pull: async (controller) => {
        const line = await this.#nextLine();
        controller.enqueue(encoder.encode(shellLine(line)));
        if (line.kind === "exited" || line.kind === "ended") controller.close();
      },
      cancel: () => this.end({ by: "client", why: "the client went away" }),
    }, { highWaterMark: 0 });
  }

  async #nextLine(): Promise<ShellLine> {
    this.#reading ??= this.pty.read();
    const { shortest, longest } = ALIVE;
    const patience = shortest + this.means.random() * (longest - shortest);
    const next = await this.#within(patience, this.#reading.then((data) => ({ data })));
    if (this.#end !== undefined && this.#end.by !== "program") return { kind: "ended", why: this.#end.why };
    if (next === undefined) return { kind: "alive", padding: this.#padding() };
    this.#reading = undefined;
    if (next.data !== undefined) return { kind: "output", data: next.data };
    const end = await Promise.race([this.pty.ended, this.ended]);
    if ("by" in end) return end.by === "program" ? exitLine(end.end) : { kind: "ended", why: end.why };
    this.end({ by: "program", end });
    return exitLine(end);
  }

  /** Nothing when the time is over, or the session. */
  async #within<T>(patience: Milliseconds, work: Promise<T>): Promise<T | undefined> {
    const wait = new AbortController();
    this.#waits.add(wait);
    const done = await Promise.race([work, this.means.clock.sleep(patience, wait.signal).then(() => undefined)]);
    this.#waits.delete(wait);
    wait.abort();
    return done;
  }

  /** Of any length, so that lines that say nothing don't look like that. */
  #padding(): Uint8Array {
    return crypto.getRandomValues(new Uint8Array(1 + Math.floor(this.means.random() * PADDING)));
  }
}

function exitLine(end: PtyEnd): ShellLine {
  return { kind: "exited", code: exitCode(end) };
}

/** As shells count: a signal is told as 128 and its number. */
export function exitCode(end: PtyEnd): number {
  return (end.kind === "exited" ? end.code : 128 + end.number) & 0xff;
}
