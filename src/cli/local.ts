import type { Regexp } from "../domain/regexp.ts";
import { type Acted, type RunReport, whyText } from "../engine/report.ts";
import { inlinePattern, type LocalRequest, runLocally } from "../workflows/local.ts";
import { diskPattern } from "../workflows/pattern_source.ts";
import { createRenderer, runMeans } from "./build_means.ts";
import { meantPattern } from "./meant_pattern.ts";
import { chooseSource } from "./chosen_source.ts";
import { printEvents } from "./printed_events.ts";
import { summaryJson } from "./summary_view.ts";
import type { View } from "./view.ts";
import { type Context, failed, misused, type Outcome } from "./subcommand.ts";

export interface Local extends Pick<LocalRequest, "aim" | "mode"> {
  readonly command: "local";
  /** Path of a pattern, or Jsonnet. */
  readonly pattern: string;
  readonly filter?: Regexp;
  readonly source?: string;
  readonly output: "text" | "json";
}

/** Runs a pattern, or commands from the command line, on this machine. */
export async function local(invocation: Local, context: Context): Promise<Outcome> {
  const loaded = await context.config();
  if (!loaded.ok) return misused(loaded.problems);
  const { config } = loaded.value;
  const { pattern, aim, mode, filter, source: name, output } = invocation;
  const chosen = name === undefined ? undefined : chooseSource(config, name);
  if (chosen?.ok === false) return misused(chosen.problems);
  if (chosen !== undefined) context.warn(chosen.value.warnings);
  const { files, terminal } = context.host;
  const disk = diskPattern(files, pattern.endsWith(".jsonnet") ? pattern : "argument", config.jsonnet.libraryPaths);
  const ran = await runLocally({
    from: pattern.endsWith(".jsonnet") ? disk : inlinePattern(pattern, disk),
    config,
    ...(chosen !== undefined && { source: chosen.value.source }),
    aim,
    mode,
    ...(filter !== undefined && { filter }),
  }, {
    ...runMeans(context, config),
    renderer: await createRenderer(context),
    warn: (warnings) => context.warn(warnings),
  });
  if (!ran.ok) {
    const meant = await meantPattern(pattern, files);
    return { ...failed(ran.problems), ...(meant !== undefined && { notes: [readAsJsonnet(pattern, meant)] }) };
  }
  const report = ran.value;
  printEvents(report.events, output, terminal);
  const summary = { mode, ...summaryOf(report, invocation) };
  const view: View = output === "json"
    ? { kind: "json", value: summaryJson(summary) }
    : { kind: "summary", ...summary };
  return { status: statusOf(report), view };
}

function readAsJsonnet(given: string, meant: string): string {
  return `hint: ${given} does not end with .jsonnet, so that it was read as Jsonnet; did you mean ${meant}?`;
}

function statusOf({ failures, interrupted }: RunReport): Outcome["status"] {
  return interrupted ? "interrupted" : failures.length > 0 ? "failed" : "done";
}

function summaryOf({ changed, removed, failures, noneChosen }: RunReport, { mode, aim }: Pick<Local, "mode" | "aim">) {
  const done = ({ id, output, departure, ...reason }: Acted) => ({
    id,
    // Of a list that is undone as a whole nothing has left.
    why: mode === "check"
      ? whyText({ ...reason, ...(aim === "apply" && departure !== undefined && { departure }) })
      : "",
    output: mode === "check" ? output : "",
  });
  return {
    changed: changed.map(done),
    removed: removed.map(done),
    noneChosen,
    errors: failures.map(({ message, output }) => output === "" ? message : `${message}: ${output}`),
  };
}
