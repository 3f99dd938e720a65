import type { Json } from "../domain/json.ts";
import type { Mode } from "../engine/run.ts";
import { type HostOutcome, type HostResult, outcomeError, type Verdict, verdictOf } from "../workflows/push_outcome.ts";
import { summaryText } from "./summary_view.ts";
import { hanging, withoutControls } from "./text.ts";

const INDENT = "    ";
/** Hosts that are named behind a count of what is no success. */
const MOST_NAMES = 10;

/** How verdicts are called, in the order in which they are counted. */
const WORDS: Readonly<Record<Verdict, string>> = {
  changed: "changed",
  "would-change": "would change",
  unchanged: "unchanged",
  done: "done",
  failed: "failed",
  unreachable: "unreachable",
  unanswered: "may be running",
  "not-sent": "not sent",
};
const SUCCESSES: ReadonlySet<string> = new Set<Verdict>(["changed", "would-change", "unchanged", "done"]);

/** The result of every host below its name and, of several, how many there are of each kind. */
export function pushedText(results: readonly HostResult[], mode: Mode): string {
  const hosts = results.map((result) => `${withoutControls(result.parcel.target.name)}:\n${hostText(result, mode)}`);
  return [...hosts, ...countsOf(results).map((line) => `${line}\n`)].join("");
}

/** One line, when there are several hosts: `3 hosts: 1 changed, 2 unreachable (db1, db2)`. */
export function countsOf(results: readonly HostResult[]): readonly string[] {
  if (results.length < 2) return [];
  const names = Map.groupBy(results, verdictOf);
  const counts = Object.entries(WORDS).flatMap(([verdict, word]) => {
    const hosts = names.get(verdict as Verdict)?.map(({ parcel }) => parcel.target.name) ?? [];
    if (hosts.length === 0) return [];
    const more = hosts.length > MOST_NAMES ? [`${hosts.length - MOST_NAMES} more`] : [];
    const named = SUCCESSES.has(verdict) ? "" : ` (${[...hosts.slice(0, MOST_NAMES), ...more].join(", ")})`;
    return [`${hosts.length} ${word}${named}`];
  });
  return [withoutControls(`${results.length} hosts: ${counts.join(", ")}`)];
}

function hostText({ parcel, outcome }: HostResult, asked: Mode): string {
  const mode = modeOf(outcome, asked);
  const error = outcomeError(outcome);
  const errors = error === "" ? [] : [error];
  if (outcome.kind !== "answered") return summaryText({ mode, changed: [], removed: [], noneChosen: false, errors });
  const { changedIDs, changedOutputs, removedIDs, removedOutputs, noneChosen = false } = outcome.answer;
  const isOutput = parcel.kind === "command" && mode === "change" && error === "";
  if (!isOutput) {
    const done = (outputs: readonly string[]) => (id: string, i: number) => {
      // The first line says why, the others are what the check has printed.
      const [why = "", ...output] = mode === "check" ? outputs[i]?.split("\n") ?? [] : [];
      return { id, why, output: output.join("\n") };
    };
    const changed = changedIDs.map(done(changedOutputs));
    return summaryText({ mode, changed, removed: removedIDs.map(done(removedOutputs)), noneChosen, errors });
  }
  const output = changedOutputs.join("\n");
  return `${INDENT}${withoutControls(hanging(output === "" ? "(no output)" : output, INDENT.length))}\n`;
}

/** A host may have been set up to do no more than check (`checkOnly`). */
function modeOf(outcome: HostOutcome, asked: Mode): Mode {
  return outcome.kind === "answered" && outcome.answer.check === true ? "check" : asked;
}

/** The same for programs. */
export function pushedJson(results: readonly HostResult[], asked: Mode): Json {
  return results.map((result) => {
    const { parcel, outcome, duration } = result;
    const { name, hostname, port } = parcel.target;
    const answer = outcome.kind === "answered" ? outcome.answer : undefined;
    return {
      target: name,
      hostname,
      port,
      check: modeOf(outcome, asked) === "check",
      outcome: verdictOf(result),
      seconds: Math.round(duration) / 1000,
      status: answer !== undefined && answer.err !== "" ? "failed" : outcome.kind,
      changedIDs: answer?.changedIDs ?? [],
      changedOutputs: answer?.changedOutputs ?? [],
      removedIDs: answer?.removedIDs ?? [],
      removedOutputs: answer?.removedOutputs ?? [],
      exit: answer?.exit ?? false,
      noneChosen: answer?.noneChosen ?? false,
      err: outcomeError(outcome),
    };
  });
}
