import type { Json } from "../domain/json.ts";
import type { Mode } from "../engine/run.ts";
import { hanging, withoutControls } from "./text.ts";

/** What a run came to. */
export interface Summary {
  readonly mode: Mode;
  readonly changed: readonly Done[];
  readonly removed: readonly Done[];
  /** The filter (-f) has chosen no command at all. */
  readonly noneChosen: boolean;
  readonly errors: readonly string[];
}

/** A command that was, or would be, changed or removed. */
interface Done {
  readonly id: string;
  /** Why it would be; "" when it was, or when nobody says. */
  readonly why: string;
  /** What its check has printed, in check mode; may have many lines. */
  readonly output: string;
}

const INDENT = "    ";
/** Lines of what a check printed that are shown; a file may differ in thousands. */
const SHOWN_LINES = 20;

/** One line for what was changed, removed and went wrong each, indented below the name of the host. */
export function summaryText({ mode, changed, removed, noneChosen, errors }: Summary): string {
  const [change, remove] = mode === "check" ? ["Would change", "Would remove"] : ["Changed", "Removed"];
  const lines = [
    ...doneLines(change, changed),
    ...doneLines(remove, removed),
    ...errors.map((error) => `ERROR: ${hanging(error, INDENT.length + 2)}`),
  ];
  if (lines.length === 0) lines.push(noneChosen ? "No command matches the filter" : "No changes");
  return lines.map((line) => `${INDENT}${withoutControls(line)}\n`).join("");
}

/** The same for programs. */
export function summaryJson({ mode, changed, removed, noneChosen, errors }: Summary): Json {
  const told = (all: readonly Done[]) =>
    all.map(({ id, why, output }) => ({ id, ...(why !== "" && { why }), ...(output !== "" && { output }) }));
  return { check: mode === "check", changed: told(changed), removed: told(removed), noneChosen, errors };
}

function doneLines(what: string, done: readonly Done[]): readonly string[] {
  if (done.length === 0) return [];
  const reasons = done.filter(({ why }) => why !== "").map(({ id, why, output }) =>
    [`${INDENT}${id}: ${why}`, ...shownLines(output)].join(`\n${INDENT}${INDENT}  `)
  );
  return [`${what} ${done.length}: ${done.map(({ id }) => id).join(", ")}`, ...reasons];
}

function shownLines(output: string): readonly string[] {
  if (output === "") return [];
  const lines = output.split("\n");
  // One line more takes the place of the mark.
  if (lines.length <= SHOWN_LINES + 1) return lines;
  return [...lines.slice(0, SHOWN_LINES), `… ${lines.length - SHOWN_LINES} lines more, all of them with --json`];
}
