import { type Problem, problemsText } from "../domain/problem.ts";
import { type Acted, type RunReport, whyText } from "../engine/report.ts";
import type { Log, LogEntry } from "../host/host.ts";

/** What the log says of one run of a source, beside what its commands tell while they run. */
export class RunLog {
  constructor(private readonly log: Log, private readonly source: string, private readonly trigger: string) {}

  updates(): void {
    this.#write({ level: "info", function: "run", status: 200, message: `Updating config for ${this.source}...` });
  }

  warns(problem: Problem): void {
    this.#write({ level: "info", function: "run", status: 200, message: problemsText([problem]) });
  }

  failed({ failures }: RunReport): void {
    for (const { id, groups, step, message, output } of failures) {
      this.#write({
        level: "error",
        function: "commands",
        status: 500,
        ...command(id, groups, step),
        message: output === "" ? message : `${message}: ${output}`,
      });
    }
  }

  /** What would be done: of a source that only checks, this is where one finds it. */
  planned({ changed, removed }: RunReport): void {
    const tell = (what: string) => (acted: Acted) =>
      this.#write({
        level: "info",
        function: "commands",
        status: 200,
        ...command(acted.id, acted.groups, "check"),
        message: `Would ${what} ${acted.id}: ${whyText(acted)}`,
      });
    changed.forEach(tell("change"));
    removed.forEach(tell("remove"));
  }

  /** An event that goes nowhere: nobody receives it, or this source must not send it. */
  unheard(event: string): void {
    const message = `nobody receives the event ${event}: see eventsSend of this source and eventsReceive of the others`;
    this.#write({ level: "debug", function: "events", status: 404, message });
  }

  #write(entry: LogEntry): void {
    this.log.write({ ...entry, sourceTrigger: this.trigger, sourceName: this.source });
  }
}

function command(id: string, groups: readonly string[], mode: string) {
  return { commandId: id, commandMode: mode, ...(groups.length > 0 && { commandParentId: groups.join(" > ") }) };
}
