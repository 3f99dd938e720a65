/** How a job ended that never ran. */
export type NotRun = "superseded" | "full" | Closed;

/** Why nothing is taken any more: the agent stops, or the source is not configured (any more). */
type Closed = "stopping" | "gone";

/** Why a source did not run for an event or a webhook. */
export type NotTriggered = NotRun | "no-pattern" | "expired";

export type Ran<T, Why = NotRun> = { readonly ran: true; readonly value: T } | {
  readonly ran: false;
  readonly why: Why;
};

/** What a caller is told whose job never ran. */
export function notRunText(why: NotTriggered): string {
  return {
    superseded: "superseded by a newer push",
    full: "too much is waiting, try again later",
    stopping: "the agent is stopping",
    gone: "it is no longer configured",
    "no-pattern": "it has no pattern yet",
    expired: "its pattern has expired",
  }[why];
}

/**
 * `single`: what stands for itself alone and displaces nothing: ad-hoc commands, checks, filtered runs. `trigger`: what an
 * event or a webhook asks for, likewise.
 */
export type Kind = "token" | "single" | "trigger" | "interval";

interface Waiting<T> {
  readonly rank: number;
  readonly job: () => Promise<T>;
  readonly settle: (ran: Ran<T>) => void;
  readonly fail: (error: unknown) => void;
}

/** Of those that stand for themselves, so many of a kind may wait, and so many may overlap. */
const SINGLES = 100;

/**
 * The runs of one source, one after the other. At most one token waits (the one of the highest rank, of equal ones the
 * last, wins; the others are told so) and one interval run (a second one would do the same); tokens go first. What may
 * overlap does not wait for any of them.
 */
export class SourceQueue<T> {
  #running = false;
  #closed: Closed | undefined;
  readonly #waiting: Record<Kind, Waiting<T>[]> = { token: [], single: [], trigger: [], interval: [] };
  /** What runs now; each ends when its job has. */
  readonly #jobs = new Set<Promise<void>>();
  #overlapping = 0;

  /** Resolves when the job has run, or will not. Rejects with what the job throws. */
  submit(kind: Kind, job: () => Promise<T>, rank = 0): Promise<Ran<T>> {
    if (this.#closed !== undefined) return Promise.resolve({ ran: false, why: this.#closed });
    const list = this.#waiting[kind];
    const isAlone = kind === "single" || kind === "trigger";
    if (isAlone && list.length >= SINGLES) return Promise.resolve({ ran: false, why: "full" });
    if (!isAlone) {
      if (list.some((other) => other.rank > rank)) return Promise.resolve({ ran: false, why: "superseded" });
      for (const other of list.splice(0)) other.settle({ ran: false, why: "superseded" });
    }
    const result = new Promise<Ran<T>>((settle, fail) => list.push({ rank, job, settle, fail }));
    this.#next();
    return result;
  }

  /** Runs the job at once, beside whatever runs. */
  overlap(job: () => Promise<T>): Promise<Ran<T>> {
    if (this.#closed !== undefined) return Promise.resolve({ ran: false, why: this.#closed });
    if (this.#overlapping >= SINGLES) return Promise.resolve({ ran: false, why: "full" });
    this.#overlapping++;
    return new Promise((settle, fail) => {
      this.#begin({ rank: 0, job, settle, fail }, () => this.#overlapping--);
    });
  }

  /** Nothing further starts; what waits is told. */
  close(why: Closed): void {
    this.#closed = why;
    for (const list of Object.values(this.#waiting)) {
      for (const waiting of list.splice(0)) waiting.settle({ ran: false, why });
    }
  }

  reopen(): void {
    this.#closed = undefined;
  }

  /** Resolves when nothing runs; what is submitted meanwhile is waited for, too. */
  async idle(): Promise<void> {
    while (this.#jobs.size > 0) await Promise.all(this.#jobs);
  }

  #next(): void {
    if (this.#running) return;
    const { token, single, trigger, interval } = this.#waiting;
    const waiting = token.shift() ?? single.shift() ?? trigger.shift() ?? interval.shift();
    if (waiting === undefined) return;
    this.#running = true;
    this.#begin(waiting, () => {
      this.#running = false;
      this.#next();
    });
  }

  #begin({ job, settle, fail }: Waiting<T>, ended: () => void): void {
    const done = job().then((value) => settle({ ran: true, value }), fail).finally(() => {
      this.#jobs.delete(done);
      ended();
    });
    this.#jobs.add(done);
  }
}
