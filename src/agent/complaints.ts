import type { Log } from "../host/host.ts";
import type { Trigger } from "./run_request.ts";

type About = "expired" | "pull" | "restore";

/** What one source says in the log of what it does of itself. The same complaint every five seconds helps nobody. */
export class Complaints {
  /** What was complained about last: the same again is not said again. */
  readonly #last = new Map<About, string>();

  constructor(private readonly log: Log, private readonly source: string) {}

  /** `identity`: what makes it the same again, where the text itself is another one every time. Gives false. */
  once(about: About, trigger: Trigger, complaint: string, identity: string = complaint): false {
    if (this.#last.get(about) === identity) return false;
    this.#last.set(about, identity);
    this.say("error", trigger, 500, complaint);
    return false;
  }

  /** What was complained about is over: the next complaint is a new one. */
  over(about: About): void {
    this.#last.delete(about);
  }

  say(level: "info" | "error", trigger: Trigger | "shell", status: number, message: string): void {
    this.log.write({
      level,
      function: trigger,
      status,
      sourceTrigger: trigger,
      sourceName: this.source,
      message,
    });
  }
}
