/** How a job ended that never ran. */
export type NotRun = "superseded" | "full" | "stopping";

export type Ran<T> = { readonly ran: true; readonly value: T } | { readonly ran: false; readonly why: NotRun };

/** What a caller is told whose job never ran. */
export function notRunText(why: NotRun): string {
  return {
    superseded: "superseded by a newer push",
    full: "too much is waiting, try again later",
    stopping: "the agent is stopping",
  }[why];
}

/** `single`: what stands for itself alone and displaces nothing: ad-hoc commands, checks, filtered runs. */
type Kind = "token" | "single" | "interval";

interface Waiting<T> {
  readonly rank: number;
  readonly job: () => Promise<T>;
  readonly settle: (ran: Ran<T>) => void;
  readonly fail: (error: unknown) => void;
}

/** Of those that stand for themselves, so many may wait. */
const SINGLES = 100;

/**
 * The runs of one source, one after the other. At most one token waits (the one of the highest rank, of equal ones the
 * last, wins; the others are told so) and one interval run (a second one would do the same); tokens go first.
 */
export class SourceQueue<T> {
  #running = false;
  #closed = false;
  readonly #waiting: Record<Kind, Waiting<T>[]> = { token: [], single: [], interval: [] };

  /** Resolves when the job has run, or will not. Rejects with what the job throws. */
  submit(kind: Kind, job: () => Promise<T>, rank = 0): Promise<Ran<T>> {
    if (this.#closed) return Promise.resolve({ ran: false, why: "stopping" });
    const list = this.#waiting[kind];
    if (kind === "single" && list.length >= SINGLES) return Promise.resolve({ ran: false, why: "full" });
    if (kind !== "single") {
      if (list.some((other) => other.rank > rank)) return Promise.resolve({ ran: false, why: "superseded" });
      for (const other of list.splice(0)) other.settle({ ran: false, why: "superseded" });
    }
    const result = new Promise<Ran<T>>((settle, fail) => list.push({ rank, job, settle, fail }));
    this.#next();
    return result;
  }

  /** Nothing further starts; what waits is told. */
  close(): void {
    this.#closed = true;
    for (const list of Object.values(this.#waiting)) {
      for (const waiting of list.splice(0)) waiting.settle({ ran: false, why: "stopping" });
    }
  }

  #next(): void {
    if (this.#running) return;
    const waiting = this.#waiting.token.shift() ?? this.#waiting.single.shift() ?? this.#waiting.interval.shift();
    if (waiting === undefined) return;
    this.#running = true;
    const done = () => {
      this.#running = false;
      this.#next();
    };
    waiting.job().then((value) => waiting.settle({ ran: true, value }), waiting.fail).finally(done);
  }
}
