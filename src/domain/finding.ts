import type { Problem } from "./problem.ts";

/** What lint has to say of one place of a file. */
export interface Finding {
  /** As it is shown: relative to the working directory where it lies below it. */
  readonly file: string;
  /** Both start at 1. */
  readonly line: number;
  readonly column: number;
  /** A warning is no reason to fail: it may be right on another machine, or is harmless. */
  readonly severity: "error" | "warning";
  /** Stable name of what was looked for: the code of a problem, `format`, or the name of an external linter. */
  readonly rule: string;
  readonly message: string;
  /** Further lines: source and caret, a trace, a diff. */
  readonly detail?: string;
}

/** A file as findings are placed in it. */
export interface FoundIn {
  /** As it is shown. */
  readonly file: string;
  readonly text: string;
}

/** Orders by place, and drops what was found in more than one way. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  const unique = new Map<string, Finding>();
  for (const finding of findings) {
    const key = JSON.stringify([finding.file, finding.line, finding.rule, finding.message]);
    if (!unique.has(key)) unique.set(key, finding);
  }
  return [...unique.values()].sort((a, b) =>
    compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.rule, b.rule) ||
    compare(a.message, b.message)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * A problem of a pattern at its place: the one that it names, else where the id of its command is written, else the
 * beginning of the pattern. `shown` makes the name of a file from its absolute path.
 */
export function problemFinding(
  problem: Problem,
  pattern: FoundIn,
  severity: Finding["severity"],
  shown: (path: string) => string,
): Finding {
  const { code, attempted, found, where = "", detail, hint } = problem;
  const more = [detail ?? "", hint === undefined ? "" : `hint: ${hint}`].filter((text) => text !== "").join("\n");
  const rest = { severity, rule: code, ...(more !== "" && { detail: more }) };
  const place = /^(\/.*):(\d+):(\d+)$/s.exec(where);
  if (place !== null) {
    return { file: shown(place[1]!), line: Number(place[2]), column: Number(place[3]), ...rest, message: found };
  }
  const within = where.startsWith(`${pattern.file}: `) ? where.slice(pattern.file.length + 2) : "";
  const why = attempted.startsWith("resolve on") ? attempted : "";
  const message = [within, why, found].filter((text) => text !== "").join(": ");
  return { file: pattern.file, ...placeOfCommand(pattern.text, within), ...rest, message };
}

/**
 * Where the id of a command is written as a text of its own. `path`: `run > group > id`, perhaps with `: property`. An id
 * that is put together is nowhere: line 1, column 1.
 */
export function placeOfCommand(text: string, path: string): Pick<Finding, "line" | "column"> {
  const id = path.slice(path.lastIndexOf(" > ") + 3);
  for (const name of path.includes(" > ") ? [id, id.replace(/: [\w.]+$/, "")] : []) {
    for (const before of ["id: ", ""]) {
      for (const literal of [`'${name}'`, JSON.stringify(name)]) {
        const at = text.indexOf(before + literal);
        if (at >= 0) return placeAt(text, at + before.length);
      }
    }
  }
  return { line: 1, column: 1 };
}

function placeAt(text: string, index: number): Pick<Finding, "line" | "column"> {
  const before = text.slice(0, index);
  return { line: before.split("\n").length, column: [...before.slice(before.lastIndexOf("\n") + 1)].length + 1 };
}
