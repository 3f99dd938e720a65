import type { Problem } from "../domain/problem.ts";
import type { RunRecord } from "../domain/state.ts";
import type { RunReport } from "../engine/report.ts";
import type { HostError } from "../host/host.ts";
import { notRunText } from "./queue.ts";
import type { RunContext, RunRequest } from "./run_request.ts";

/** Characters of a failed command's output that its line of history keeps. */
const BRIEF = 300;

/** The line of history of a run; without a report it never began. */
export function runRecord(
  context: RunContext,
  request: Pick<RunRequest, "trigger" | "wanted" | "address">,
  startedAt: number,
  ended: { readonly report: RunReport } | { readonly error: string },
): RunRecord {
  const report = "report" in ended ? ended.report : undefined;
  return {
    source: context.source.name,
    startedAt,
    durationMs: context.clock.now() - startedAt,
    trigger: request.trigger,
    keyId: request.wanted.keyId,
    address: request.address,
    tokenHash: request.wanted.hash,
    changed: report?.changed.map(({ id }) => id) ?? [],
    removed: report?.removed.map(({ id }) => id) ?? [],
    error: "report" in ended ? failuresText(ended.report) : ended.error,
  };
}

/** What went wrong, in one line; "" when nothing did. */
export function failuresText({ failures }: RunReport): string {
  return failures.map(({ message, output }) => [message, brief(output)].filter(Boolean).join(": ")).join("; ");
}

/** The end of an output, where the reason of a failure usually stands, on one line. */
function brief(output: string): string {
  const line = output.replace(/\s+/g, " ");
  return line.length <= BRIEF ? line : `…${line.slice(-BRIEF)}`;
}

/** That a run has nothing to run any more when its turn comes. */
export function nothingWanted(source: string): Problem {
  return { code: "no-pattern", attempted: `run the pattern of ${source}`, found: notRunText("no-pattern") };
}

/** That a run could not be recorded. */
export function unrecorded(source: string, error: HostError): Problem {
  return {
    code: "state-unwritable",
    attempted: `record the run of ${source}`,
    found: error.message,
    hint: "nothing more was changed; the run is tried again",
  };
}

/** That a run ended before it could render; `limit` is aborted when its time was up. */
export function renderedTooLate(limit: AbortSignal): Problem {
  const found = limit.aborted ? String(limit.reason) : "etcha is stopping";
  return { code: "run-cancelled", attempted: "render the pattern", found };
}

/** What commands hand to the events `stdout` and `stderr`. */
export function printEvents({ print }: RunContext, { events }: RunReport): void {
  for (const { name, output } of events) {
    if (name === "stdout" || name === "stderr") print(name, `${output}\n`);
  }
}
