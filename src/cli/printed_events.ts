import type { DueEvent } from "../engine/report.ts";
import type { Terminal } from "../host/host.ts";

/** Prints what commands asked for (`etcha:stdout`, `etcha:stderr`). Whoever reads JSON reads nothing else beside it. */
export function printEvents(events: readonly DueEvent[], output: "text" | "json", terminal: Terminal): void {
  for (const { name, output: text } of events) {
    if (name === "stderr" || (name === "stdout" && output === "json")) terminal.err(`${text}\n`);
    else if (name === "stdout") terminal.out(`${text}\n`);
  }
}
