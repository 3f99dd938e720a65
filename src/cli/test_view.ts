import type { Json } from "../domain/json.ts";
import type { PatternResult } from "../workflows/test_patterns.ts";
import type { StepResult, TestFailure } from "../workflows/trial.ts";
import { hanging, withoutControls } from "./text.ts";

/** Lines of a command's output that are shown: the first difference, not all of them. */
const OUTPUT_LINES = 20;

/** A line for each pattern, what failed below it, and how many passed. */
export function testedText(results: readonly PatternResult[]): string {
  const lines = results.flatMap(({ pattern, status, duration, steps }) => [
    `${status === "failed" ? "FAILED" : status} ${pattern} (${seconds(duration)} s)`,
    ...steps.flatMap(({ step, failures }) =>
      failures.map((failure) => `    ${hanging(failureText(step, failure), 8)}`)
    ),
  ]);
  const count = (status: PatternResult["status"]) => results.filter((result) => result.status === status).length;
  const skipped = count("skipped") === 0 ? "" : `, ${count("skipped")} skipped`;
  return [...lines, `${count("passed")} passed, ${count("failed")} failed${skipped}`]
    .map((line) => `${withoutControls(line)}\n`).join("");
}

function failureText(step: string, { command, code, message, output }: TestFailure): string {
  // The message of a command that failed names it already.
  const who = command === "" || code === "failed" ? "" : ` ${command}`;
  return [`${step}:${who} ${message}`, ...beginning(output)].join("\n");
}

function beginning(output: string): readonly string[] {
  if (output === "") return [];
  const lines = output.split("\n");
  const more = lines.length - OUTPUT_LINES;
  return more > 0 ? [...lines.slice(0, OUTPUT_LINES), `(${more} more lines)`] : lines;
}

/** The same for programs: `[{pattern, status, seconds, steps: [{step, seconds, failures: […]}]}]`. */
export function testedJson(results: readonly PatternResult[]): Json {
  return results.map(({ pattern, status, duration, steps }) => ({
    pattern,
    status,
    seconds: Number(seconds(duration)),
    steps: steps.map(({ step, duration, failures }) => ({
      step,
      seconds: Number(seconds(duration)),
      failures: failures.map(({ code, command, message, output }) => ({ code, command, message, output })),
    })),
  }));
}

/** The same as XML in the form that JUnit has made common: a suite for each pattern, a case for each step. */
export function testedJunit(results: readonly PatternResult[]): string {
  const steps = results.flatMap((result) => result.status === "skipped" ? [] : result.steps);
  const skipped = results.filter(({ status }) => status === "skipped").length;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="etcha test" ${counts(steps, skipped)}>\n` +
    `${results.map(testsuite).join("")}</testsuites>\n`;
}

function testsuite({ pattern, status, duration, steps }: PatternResult): string {
  const isSkipped = status === "skipped";
  const cases = isSkipped
    ? [`    <testcase classname="${escaped(pattern)}" name="run"><skipped/></testcase>\n`]
    : steps.map((step) => testcase(pattern, step));
  const head = isSkipped ? counts([], 1) : counts(steps, 0);
  return `  <testsuite name="${escaped(pattern)}" ${head} time="${seconds(duration)}">\n${
    cases.join("")
  }  </testsuite>\n`;
}

function counts(steps: readonly StepResult[], skipped: number): string {
  const failures = steps.filter((step) => step.failures.length > 0).length;
  return `tests="${steps.length + skipped}" failures="${failures}" errors="0" skipped="${skipped}"`;
}

function testcase(pattern: string, { step, duration, failures }: StepResult): string {
  const head = `    <testcase classname="${escaped(pattern)}" name="${escaped(step)}" time="${seconds(duration)}"`;
  if (failures.length === 0) return `${head}/>\n`;
  const told = failures.map(({ code, command, message, output }) => {
    const text = [command, message].filter((part) => part !== "").join(": ");
    return `      <failure type="${escaped(code)}" message="${escaped(text)}">${escaped(output)}</failure>\n`;
  });
  return `${head}>\n${told.join("")}    </testcase>\n`;
}

/** XML 1.0 has no way to write most control characters. */
function escaped(text: string): string {
  return withoutControls(text.toWellFormed()).replace(/[\ufffe\uffff]/g, "\ufffd")
    .replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

function seconds(duration: number): string {
  return (duration / 1000).toFixed(2);
}
