import { isPausedAt, type Pause } from "../domain/state.ts";
import { type Clock, HostError, type Log, type StateStore } from "../host/host.ts";

/** Whether a source is paused, which people say by `etcha pause` and `resume` beside the agent. */
export class PauseWatch {
  #pause: Pause | undefined;
  #told: "paused" | "runs" = "runs";

  constructor(
    private readonly source: string,
    /** That of the state directory, also of a source whose own record is not kept there. */
    private readonly store: Pick<StateStore, "wishes">,
    private readonly clock: Pick<Clock, "now">,
    private readonly log: Log,
  ) {}

  /** Whether it was paused when it was last looked at, seconds ago. */
  get wasPaused(): boolean {
    return this.#told === "paused";
  }

  /** Looks anew, and tells the log when it has changed. While the state can't be read it stays as it was. */
  async isPaused(): Promise<boolean> {
    try {
      this.#pause = (await this.store.wishes(this.source)).pause;
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
    }
    const isPaused = isPausedAt(this.clock.now(), this.#pause);
    const now = isPaused ? "paused" : "runs";
    if (now !== this.#told) this.#tell(isPaused ? pausedText(this.#pause!) : "The pause is over");
    this.#told = now;
    return isPaused;
  }

  #tell(message: string): void {
    this.log.write({ level: "info", function: "run", status: 200, sourceName: this.source, message });
  }
}

function pausedText({ until }: Pause): string {
  const end = until === undefined ? "it is resumed" : new Date(until).toISOString();
  return `Paused until ${end}: no interval runs, no retries, no pulls`;
}
