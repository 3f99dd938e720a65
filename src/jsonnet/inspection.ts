import type { Problem } from "../domain/problem.ts";
import type { WasmInspection } from "./protocol.ts";

/** What parser, linter and formatter say of one file. */
export interface Inspection {
  /** Absolute path. */
  readonly file: string;
  readonly findings: readonly Remark[];
  /** The file as it should be written, where it is not. */
  readonly formatted?: string;
}

/** One place of a file where something is wrong. */
interface Remark {
  /** `jsonnet-syntax`, `-lint`, `-unused-variable`, `-crash`, or why a file can't be imported. */
  readonly code: string;
  readonly message: string;
  /** Both start at 1, the column in characters. */
  readonly line: number;
  readonly column: number;
}

const UNUSED = "Unused variable: ";

/** `failures`: imports that could not be answered, by the text that the Go side was given. */
export function inspectionOf(
  { file, findings, formatted }: WasmInspection,
  failures: ReadonlyMap<string, Problem>,
  files: ReadonlyMap<string, Uint8Array>,
): Inspection {
  const text = findings.length === 0 ? "" : new TextDecoder().decode(files.get(file));
  const lines = text.split("\n");
  return {
    file,
    findings: findings.map(({ kind, message, site }): Remark => ({
      code: codeOf(kind, message, failures),
      message,
      line: Math.max(1, site.line),
      column: site.line > 0 ? characterColumn(lines[site.line - 1] ?? "", site.column) : 1,
    })),
    ...(formatted !== undefined && { formatted }),
  };
}

/** `column` counts bytes. */
function characterColumn(line: string, column: number): number {
  return [...new TextDecoder().decode(new TextEncoder().encode(line).subarray(0, column - 1))].length + 1;
}

function codeOf(
  kind: WasmInspection["findings"][number]["kind"],
  message: string,
  failures: ReadonlyMap<string, Problem>,
): string {
  const failure = failures.get(message);
  if (failure !== undefined) return failure.code;
  if (message.startsWith(UNUSED)) return "jsonnet-unused-variable";
  return kind === "static" ? "jsonnet-syntax" : `jsonnet-${kind}`;
}
