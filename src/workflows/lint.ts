import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import type { Config } from "../domain/config.ts";
import { type Finding, type FoundIn, problemFinding, sortFindings } from "../domain/finding.ts";
import { groupProperties } from "../domain/group_properties.ts";
import { neverRun } from "../domain/never_runs.ts";
import { withoutCredentials } from "../domain/location.ts";
import { bad, ok, type Problem, type Result } from "../domain/problem.ts";
import { type Files, HostError } from "../host/host.ts";
import type { Evaluator } from "../jsonnet/evaluator.ts";
import type { Inspection } from "../jsonnet/inspection.ts";
import { buildVars } from "./build_file.ts";
import { chooseLinters, type LinterMeans, runLinters, shellScripts } from "./external_linters.ts";
import { findJsonnetFiles, type JsonnetFile, shownPath } from "./jsonnet_files.ts";
import { diskPattern } from "./pattern_source.ts";
import type { Renderer } from "./render.ts";

export interface LintRequest {
  /** A file or a folder. */
  readonly path: string;
  /** What happens to files that are not formatted: nothing, a finding with a diff, or they are rewritten. */
  readonly formatting: "ignored" | "checked" | "fixed";
  readonly config: Config;
}

export interface LintMeans extends LinterMeans {
  readonly files: Pick<Files, "cwd" | "stat" | "list" | "read" | "readText" | "writeAtomic">;
  readonly evaluator: Evaluator;
  readonly renderer: Renderer;
}

export interface LintReport {
  /** How many were looked at. */
  readonly files: number;
  /** Sorted by place. */
  readonly findings: readonly Finding[];
  /** Files that were rewritten, as they are shown. */
  readonly fixed: readonly string[];
}

/** Files that are inspected at once: they share what they import, and the time limit of one request. */
const BATCH = 25;
/** Changed lines after which a diff is left out: the search for the least edits is quadratic. */
const MAX_EDITS = 2000;

/**
 * Looks at every Jsonnet file of a path: syntax, lint, format; renders every .jsonnet file as a pattern, as a build would,
 * and gives the texts of its commands to external linters. Nothing is run. Problems: those of finding the files, of the
 * interpreter as a whole, and `lint-unwritable`.
 */
export async function lint(request: LintRequest, means: LintMeans): Promise<Result<LintReport>> {
  const found = await findJsonnetFiles(request.path, request.config.lint.exclude, means.files);
  if (!found.ok) return found;
  const inspected = await inspectAll(found.value, request, means);
  if (!inspected.ok) return inspected;
  const fixed = request.formatting === "fixed" ? await fixFormat(found.value, inspected.value, means) : ok([]);
  if (!fixed.ok) return fixed;
  // What was rewritten has its findings elsewhere now.
  const again = fixed.value.length === 0 ? ok(new Map()) : await inspectAll(fixed.value, request, means);
  if (!again.ok) return again;
  const inspections = new Map([...inspected.value, ...again.value]);

  const findings = await inspectionFindings(found.value, inspections, request, means);
  const linters = await chooseLinters(request.config.lint.linters, means);
  const scripts = [];
  for (const file of found.value.filter(({ path }) => path.endsWith(".jsonnet"))) {
    if (inspections.get(file.path)?.findings.some(isFatal) === true) continue;
    const rendered = await renderFile(file, request.config, means);
    findings.push(...rendered.findings);
    if (linters.size > 0) scripts.push(...rendered.scripts);
  }
  findings.push(...await runLinters(linters, scripts, means));
  return ok({
    files: found.value.length,
    findings: sortFindings(findings),
    fixed: fixed.value.map(({ shown }) => shown),
  });
}

type Inspections = ReadonlyMap<string, Inspection>;

async function inspectAll(
  files: readonly JsonnetFile[],
  { config }: LintRequest,
  means: LintMeans,
): Promise<Result<Inspections>> {
  const { load, libraryPaths } = diskPattern(means.files, ".", config.jsonnet.libraryPaths);
  const inspections = new Map<string, Inspection>();
  const inspect = async (paths: readonly string[]): Promise<readonly Problem[]> => {
    const [first, ...rest] = paths;
    if (first === undefined) return [];
    const result = await means.evaluator.inspect([first, ...rest], { load, libraryPaths }, means.cancel);
    if (result.ok) {
      for (const inspection of result.value) inspections.set(inspection.file, inspection);
      return [];
    }
    if (rest.length === 0) {
      // One file that the interpreter can't bear is a finding, and no reason to see nothing of the others.
      const findings = result.problems.map(({ code, found }) => ({ code, message: found, line: 1, column: 1 }));
      inspections.set(first, { file: first, findings });
      return result.problems.filter(({ code }) => code === "jsonnet-unavailable" || code === "jsonnet-busy");
    }
    for (const path of paths) {
      const problems = await inspect([path]);
      if (problems.length > 0) return problems;
    }
    return [];
  };
  for (let at = 0; at < files.length; at += BATCH) {
    const problems = await inspect(files.slice(at, at + BATCH).map(({ path }) => path));
    if (problems.length > 0) return bad(...problems);
  }
  return ok(inspections);
}

/** Rewrites what is not formatted, each file in one step and with the mode that it has. */
async function fixFormat(
  files: readonly JsonnetFile[],
  inspections: Inspections,
  means: LintMeans,
): Promise<Result<readonly JsonnetFile[]>> {
  const fixed: JsonnetFile[] = [];
  for (const file of files) {
    const formatted = inspections.get(file.path)?.formatted;
    if (formatted === undefined) continue;
    try {
      const mode = (await means.files.stat(file.path))?.mode;
      await means.files.writeAtomic(file.path, formatted, mode === undefined ? {} : { mode });
      fixed.push(file);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      return bad({ code: "lint-unwritable", attempted: "format", found: error.message, where: file.shown });
    }
  }
  return ok(fixed);
}

/** Nothing that such a file says can be evaluated. */
function isFatal({ code }: { readonly code: string }): boolean {
  return code === "jsonnet-syntax" || code === "jsonnet-import-unreadable";
}

async function inspectionFindings(
  files: readonly JsonnetFile[],
  inspections: Inspections,
  request: LintRequest,
  means: LintMeans,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { path, shown } of files) {
    const inspection = inspections.get(path);
    for (const { code, message, line, column } of inspection?.findings ?? []) {
      // A mistake of a file that is imported is told of that file.
      const [, other] = /^(\/.*?):\d+:\d+/.exec(message) ?? [];
      if (other !== undefined && other !== path && inspections.has(other)) continue;
      findings.push({ file: shown, line, column, severity: "error", rule: code, message });
    }
    if (inspection?.formatted === undefined || request.formatting !== "checked") continue;
    const text = new TextDecoder().decode(await means.files.read(path));
    findings.push(formatFinding({ file: shown, text }, inspection.formatted));
  }
  return findings;
}

function formatFinding({ file, text }: FoundIn, formatted: string): Finding {
  const [is, shouldBe] = [text.split("\n"), formatted.split("\n")];
  const differing = is.findIndex((line, i) => line !== shouldBe[i]);
  const options = { context: 3, maxEditLength: MAX_EDITS, headerOptions: FILE_HEADERS_ONLY };
  const diff = createTwoFilesPatch(file, `${file} (formatted)`, text, formatted, undefined, undefined, options);
  return {
    file,
    line: (differing < 0 ? is.length : differing) + 1,
    column: 1,
    severity: "error",
    rule: "format",
    message: "not formatted; lint --fix rewrites it",
    detail: (diff ?? `(more than ${MAX_EDITS} changed lines)`).trimEnd().split("\n").map(withoutCredentials).join("\n"),
  };
}

/** Renders a pattern as a build would; a value that is missing here is a warning, wherever it is asked for. */
async function renderFile(file: JsonnetFile, config: Config, means: LintMeans) {
  const { files } = means;
  const from = { ...diskPattern(files, file.path, config.jsonnet.libraryPaths), shown: file.shown };
  const rendered = await means.renderer.render(
    { from, config, runVars: "pattern", fixed: buildVars(from, undefined, files), missingInRun: "warning" },
    means.cancel,
  );
  const pattern: FoundIn = { file: file.shown, text: new TextDecoder().decode(await files.read(file.path)) };
  const asFindings = (problems: readonly Problem[], severity: Finding["severity"]) =>
    problems.map((problem) =>
      problemFinding(
        problem,
        pattern,
        problem.code === "missing-value" ? "warning" : severity,
        (path) => shownPath(files.cwd, path),
      )
    );
  if (!rendered.ok) return { findings: asFindings(rendered.problems, "error"), scripts: [] };
  const { value, warnings, run, build } = rendered.value;
  const ineffective = [...groupProperties(value), ...neverRun(build, "build"), ...neverRun(run, "run")]
    .map((problem) => ({ ...problem, where: `${file.shown}: ${problem.where}` }));
  return {
    findings: asFindings([...warnings, ...ineffective], "warning"),
    scripts: await shellScripts(pattern, rendered.value, means),
  };
}
