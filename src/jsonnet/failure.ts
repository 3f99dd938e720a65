import { withoutCredentials } from "../domain/location.ts";
import type { Problem } from "../domain/problem.ts";
import type { Death, WasmFailure, WasmLocation, WasmWarning } from "./protocol.ts";

/** Characters of a source line that are shown around the place of an error. */
const WINDOW = 160;
/** Characters of a message: a pattern may put anything into its errors. */
const MESSAGE_LIMIT = 4000;
/** Hints of the problems that are named by what stopped the evaluation. */
const HINTS: Readonly<Record<string, string>> = {
  "jsonnet-stack": "look for a recursion that does not end",
  "jsonnet-memory": "look for a list or text that grows",
  "jsonnet-timeout": "look for a loop that does not end",
  "jsonnet-crash": "this is a defect of the Jsonnet interpreter; another way to write it may help",
};

type FileBytes = ReadonlyMap<string, Uint8Array>;

/**
 * What the Go side reported, as a problem: place, the line with a caret, the trace, the chain of imports. `cause` is the
 * question that could not be answered, when that is what ended the evaluation.
 */
export function failureProblem(
  failure: WasmFailure,
  cause: Problem | undefined,
  { files, entrypoint }: { readonly files: FileBytes; readonly entrypoint: string },
): Problem {
  const at = cause === undefined ? failure.location : callerOf(failure);
  const detail = [
    ...sourceLines(at, files),
    ...traceLines(failure, files),
    ...importLines(failure, files),
  ].join("\n");
  return {
    ...(cause ??
      { code: codeOf(failure), attempted: attemptOf(failure), found: foundText(failure), ...hintOf(codeOf(failure)) }),
    where: at === undefined ? entrypoint : placeText(at, files),
    ...(detail !== "" && { detail }),
  };
}

/** Where a native was asked for: of interest is the pattern's own line, not that of the library's wrapper. */
function callerOf(failure: WasmFailure): WasmLocation | undefined {
  const isOwn = ({ file }: WasmLocation) => !file.startsWith("<") && !file.endsWith("/native.libsonnet");
  return failure.frames?.find(isOwn) ?? failure.location;
}

/** A file of the closure that can't be had, told as a warning. */
export function closureProblem(warning: WasmWarning, cause: Problem | undefined, files: FileBytes): Problem {
  const isImport = warning.kind === "import";
  return {
    ...(isImport && cause !== undefined
      ? cause
      : { code: "jsonnet-syntax", attempted: "read the Jsonnet files", found: warning.message }),
    ...(warning.site.line > 0 && { where: placeText(warning.site, files) }),
    detail: sourceLines(warning.site, files).join("\n"),
  };
}

export function deathProblem(death: Death, entrypoint: string): Problem {
  const found = {
    stack: "it is nested too deeply",
    memory: "it needs more memory than an evaluation may have",
    crash: `the interpreter crashed: ${death.message}`,
  };
  const code = `jsonnet-${death.cause}`;
  return { code, attempted: "evaluate Jsonnet", found: found[death.cause], where: entrypoint, ...hintOf(code) };
}

function hintOf(code: string): { hint?: string } {
  const hint = HINTS[code];
  return hint === undefined ? {} : { hint };
}

function codeOf(failure: WasmFailure): string {
  if (failure.kind === "static") return "jsonnet-syntax";
  if (isStackLimit(failure)) return "jsonnet-stack";
  return `jsonnet-${failure.kind}`;
}

function isStackLimit(failure: WasmFailure): boolean {
  return failure.kind === "runtime" && failure.message === "max stack frames exceeded.";
}

function attemptOf(failure: WasmFailure): string {
  return failure.kind === "static" ? "parse Jsonnet" : "evaluate Jsonnet";
}

function foundText(failure: WasmFailure): string {
  if (failure.kind === "timeout") return "it took too long";
  if (failure.kind === "crash") return `the interpreter crashed: ${failure.message}`;
  if (isStackLimit(failure)) return "too many calls are open at once";
  const { message } = failure;
  return message.length <= MESSAGE_LIMIT
    ? message
    : `${message.slice(0, MESSAGE_LIMIT)}… (${message.length} characters)`;
}

/** `file:line:column`, the column in characters. */
function placeText(at: WasmLocation, files: FileBytes): string {
  return `${at.file}:${at.line}:${characterColumn(at, files)}`;
}

function characterColumn(at: WasmLocation, files: FileBytes): number {
  const line = lineBytes(at, files);
  if (line === undefined) return at.column;
  return [...new TextDecoder().decode(line.subarray(0, at.column - 1))].length + 1;
}

function lineBytes(at: WasmLocation, files: FileBytes): Uint8Array | undefined {
  const bytes = files.get(at.file);
  if (bytes === undefined) return undefined;
  let start = 0;
  for (let line = 1; line < at.line; line++) {
    const end = bytes.indexOf(0x0a, start);
    if (end < 0) return undefined;
    start = end + 1;
  }
  const end = bytes.indexOf(0x0a, start);
  return bytes.subarray(start, end < 0 ? bytes.length : end);
}

/** The line itself and a caret below the column; of a long line only the part around it. */
function sourceLines(at: WasmLocation | undefined, files: FileBytes): string[] {
  const bytes = at && lineBytes(at, files);
  if (at === undefined || bytes === undefined) return [];
  const characters = [...withoutCredentials(new TextDecoder().decode(bytes).trimEnd())];
  const column = characterColumn(at, files) - 1;
  const start = characters.length <= WINDOW ? 0 : Math.max(0, column - WINDOW / 2);
  const shown = characters.slice(start, start + WINDOW);
  const before = shown.slice(0, column - start).map((character) => character === "\t" ? "\t" : " ");
  return [shown.join(""), `${before.join("")}^`];
}

function traceLines(failure: WasmFailure, files: FileBytes): string[] {
  const frames = failure.frames ?? [];
  const lines: { readonly text: string; times: number }[] = [];
  frames.forEach((frame, index) => {
    const skipped = failure.skipped ?? 0;
    if (skipped > 0 && index === frames.length / 2) lines.push({ text: `… ${skipped} more calls …`, times: 1 });
    // Frames of the standard library and of generated wrappers lead nowhere.
    if (frame.file.startsWith("<")) return;
    const name = frame.name === undefined || frame.name === "" ? "" : ` (${frame.name})`;
    const text = `at ${placeText(frame, files)}${name}`;
    const last = lines.at(-1);
    if (last?.text === text) last.times++;
    else lines.push({ text, times: 1 });
  });
  return lines.map(({ text, times }) => times === 1 ? text : `${text}, ${times} times`);
}

/** How the file of the error came in, up to the entrypoint. */
function importLines(failure: WasmFailure, files: FileBytes): string[] {
  const sites = new Map((failure.imports ?? []).map(({ foundAt, site }) => [foundAt, site]));
  const lines: string[] = [];
  const seen = new Set<string>();
  let file = failure.location?.file;
  while (file !== undefined && !seen.has(file)) {
    seen.add(file);
    const site = sites.get(file);
    if (site === undefined || site.file.startsWith("<")) break;
    lines.push(`imported at ${placeText(site, files)}`);
    file = site.file;
  }
  return lines;
}
