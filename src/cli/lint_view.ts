import type { Finding } from "../domain/finding.ts";
import type { Json } from "../domain/json.ts";
import type { LintReport } from "../workflows/lint.ts";
import { hanging, withoutControls } from "./text.ts";

/** For people, for programs, or as annotations of GitHub's workflows. */
export type FindingsFormat = "text" | "json" | "github";

/** `file:line:col: message (rule)` for each finding, and how many there are. */
export function findingsText({ files, findings, fixed }: LintReport): string {
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const counts = findings.length === 0
    ? "no findings"
    : `${count(errors, "error")}, ${count(findings.length - errors, "warning")}`;
  return [
    ...fixed.map((path) => `formatted ${path}`),
    ...findings.map(findingText),
    `${count(files, "file")}: ${counts}`,
  ].map((line) => `${withoutControls(line)}\n`).join("");
}

function findingText({ file, line, column, severity, rule, message, detail }: Finding): string {
  const weight = severity === "warning" ? "warning: " : "";
  const more = detail === undefined ? "" : `\n    ${hanging(detail, 4)}`;
  return `${file}:${line}:${column}: ${weight}${message} (${rule})${more}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

/** The same for programs: `{files, findings: [{file, line, column, severity, rule, message, detail}], fixed}`. */
export function findingsJson({ files, findings, fixed }: LintReport): Json {
  return {
    files,
    findings: findings.map(({ detail = "", ...finding }) => ({ ...finding, detail })),
    fixed,
  };
}

/** One workflow command of GitHub Actions for each finding: `::error file=…,line=…,col=…,title=RULE::MESSAGE`. */
export function findingsGithub({ findings }: LintReport): string {
  return findings.map(({ file, line, column, severity, rule, message, detail }) => {
    const text = detail === undefined ? message : `${message}\n${detail}`;
    const properties = `file=${property(file)},line=${line},col=${column},title=${property(rule)}`;
    return `::${severity} ${properties}::${data(withoutControls(text))}\n`;
  }).join("");
}

/** What would end a workflow command or one of its properties is written as the runner decodes it. */
function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(withoutControls(text)).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
