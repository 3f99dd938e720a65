/** What went wrong, told so that the reader can act on it. Never holds a secret: values are described by type, not shown. */
export interface Problem {
  /** Stable, kebab-case; tests and programs compare this, never the text. */
  readonly code: string;
  /** What was being done: "read the configuration", "render the pattern". */
  readonly attempted: string;
  /** What was found, and where it matters what was expected instead. */
  readonly found: string;
  /** File:line:column, key path, flag, variable or the path of a command. */
  readonly where?: string;
  /** Further lines: the source line with a caret, a chain of imports, the output of a command. */
  readonly detail?: string;
  /** What to do about it. */
  readonly hint?: string;
}

export type Ok<T> = { readonly ok: true; readonly value: T };
export type Bad = { readonly ok: false; readonly problems: readonly Problem[] };
/** An expected outcome: a value, or at least one problem. Exceptions are for bugs and for cancellation only. */
export type Result<T> = Ok<T> | Bad;

export function ok<T>(value: T): Ok<T> {
  return { ok: true, value };
}

export function bad(...problems: readonly Problem[]): Bad {
  return { ok: false, problems };
}

/** One problem as text: `where: attempted: found`, then the details and the hint on lines of their own. */
export function problemText(problem: Problem): string {
  const head = [problem.where, problem.attempted, problem.found].filter((part) => part !== undefined && part !== "")
    .join(": ");
  const lines = [head];
  if (problem.detail !== undefined && problem.detail !== "") lines.push(indent(problem.detail));
  if (problem.hint !== undefined) lines.push(`  hint: ${problem.hint}`);
  return lines.join("\n");
}

export function problemsText(problems: readonly Problem[]): string {
  return problems.map(problemText).join("\n");
}

function indent(text: string): string {
  return text.replace(/\n$/, "").split("\n").map((line) => `  ${line}`).join("\n");
}
