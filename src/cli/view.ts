import type { Json } from "../domain/json.ts";
import { type Problem, problemText } from "../domain/problem.ts";
import type { RunRecord } from "../domain/state.ts";
import type { Mode } from "../engine/run.ts";
import type { HostResult } from "../workflows/push_outcome.ts";
import type { SourceStatus } from "../workflows/status.ts";
import type { LintReport } from "../workflows/lint.ts";
import type { PatternResult } from "../workflows/test_patterns.ts";
import { firstStepsJson, firstStepsText, type FirstStepsView } from "./first_steps_view.ts";
import { type FindingsFormat, findingsGithub, findingsJson, findingsText } from "./lint_view.ts";
import { pushedJson, pushedText } from "./push_view.ts";
import { historyJson, historyText, statusJson, statusText } from "./state_view.ts";
import { type Summary, summaryText } from "./summary_view.ts";
import { testedJson, testedText } from "./test_view.ts";
import { withoutControls } from "./text.ts";

/** What a handler has to say, as data; only the files of views make text of it. */
export type View =
  | { readonly kind: "json"; readonly value: Json }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "project"; readonly written: readonly string[]; readonly kept: readonly string[] }
  | { readonly kind: "first-steps"; readonly output: "text" | "json" } & FirstStepsView
  | { readonly kind: "summary" } & Summary
  | {
    readonly kind: "pushed";
    readonly mode: Mode;
    readonly output: "text" | "json";
    readonly results: readonly HostResult[];
  }
  | { readonly kind: "findings"; readonly format: FindingsFormat; readonly report: LintReport }
  | { readonly kind: "tested"; readonly output: "text" | "json"; readonly results: readonly PatternResult[] }
  | { readonly kind: "status"; readonly output: "text" | "json"; readonly sources: readonly SourceStatus[] }
  | { readonly kind: "history"; readonly output: "text" | "json"; readonly runs: readonly RunRecord[] };

/** The text for standard output, with a line break at its end. Tables are as wide as `columns` allow. */
export function viewText(view: View, columns: number): string {
  switch (view.kind) {
    case "json":
      return jsonText(view.value);
    case "text":
      return `${withoutControls(view.text)}\n`;
    case "project":
      return [...view.written.map((path) => `wrote ${path}`), ...view.kept.map((path) => `kept ${path}`)]
        .map((line) => `${line}\n`).join("");
    case "first-steps":
      return view.output === "json" ? jsonText(firstStepsJson(view)) : firstStepsText(view);
    case "summary":
      return summaryText(view);
    case "pushed":
      return view.output === "json"
        ? jsonText(pushedJson(view.results, view.mode))
        : pushedText(view.results, view.mode);
    case "findings":
      return findingsView(view.report, view.format);
    case "tested":
      return view.output === "json" ? jsonText(testedJson(view.results)) : testedText(view.results);
    case "status":
      return view.output === "json" ? jsonText(statusJson(view.sources)) : statusText(view.sources);
    case "history":
      return view.output === "json" ? jsonText(historyJson(view.runs)) : historyText(view.runs, columns);
  }
}

function findingsView(report: LintReport, format: FindingsFormat): string {
  if (format === "json") return jsonText(findingsJson(report));
  return format === "github" ? findingsGithub(report) : findingsText(report);
}

function jsonText(value: Json): string {
  // JSON escapes some of what steers terminals, and has the same escapes for the rest.
  return `${withoutControls(JSON.stringify(value, undefined, 2))}\n`;
}

/** Problems for standard error, one after the other, each marked as an error or a warning. */
export function problemsView(
  problems: readonly Problem[],
  colors: "colors" | "plain",
  weight: "ERROR" | "WARNING" = "ERROR",
): string {
  const mark = colors === "colors" ? `\x1b[${weight === "ERROR" ? 31 : 33}m${weight}\x1b[0m` : weight;
  return problems.map((problem) => `${mark} ${withoutControls(problemText(problem))}\n`).join("");
}
