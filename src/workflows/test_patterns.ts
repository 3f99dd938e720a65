import type { Config } from "../domain/config.ts";
import type { Milliseconds } from "../domain/duration.ts";
import { bad, ok, type Problem, type Result } from "../domain/problem.ts";
import type { Regexp } from "../domain/regexp.ts";
import type { Files } from "../host/host.ts";
import { buildVars } from "./build_file.ts";
import { findJsonnetFiles, type JsonnetFile } from "./jsonnet_files.ts";
import { diskPattern } from "./pattern_source.ts";
import type { Renderer, RenderRequest } from "./render.ts";
import { foldRunVars } from "./run_vars.ts";
import { type StepResult, Trial, type TrialMeans } from "./trial.ts";

export interface TestRequest {
  /** A pattern, or a folder of them. */
  readonly path: string;
  readonly config: Config;
  /** Whether the build commands are tried as well, around those of `run`. */
  readonly lists: "run" | "build-and-run";
  readonly filter?: Regexp;
}

export interface TestMeans extends TrialMeans {
  readonly files: TrialMeans["files"] & Pick<Files, "cwd" | "stat" | "list" | "read">;
  readonly renderer: Renderer;
  /** Told of warnings before anything of a pattern runs. */
  readonly warn: (warnings: readonly Problem[]) => void;
}

/** What became of one pattern. */
export interface PatternResult {
  /** Its path as it is shown. */
  readonly pattern: string;
  /** `skipped`: it has no command that the filter chooses. */
  readonly status: "passed" | "failed" | "skipped";
  readonly duration: Milliseconds;
  /** Those that were taken: what follows a failure is not. */
  readonly steps: readonly StepResult[];
}

/**
 * Brings every pattern of a path about on this machine and undoes it again: change, check, remove, check. One after the
 * other, because they share the machine; `vars.test` is true. Problems: those of finding the files, `test-nothing` when
 * there is no command to try.
 */
export async function testPatterns(request: TestRequest, means: TestMeans): Promise<Result<readonly PatternResult[]>> {
  const found = await findJsonnetFiles(request.path, request.config.lint.exclude, means.files);
  if (!found.ok) return found;
  const results: PatternResult[] = [];
  for (const file of found.value.filter(({ path }) => path.endsWith(".jsonnet"))) {
    const begin = means.clock.monotonic();
    const steps = await testPattern(file, request, means);
    const isFailed = steps.some(({ failures }) => failures.length > 0);
    const isEmpty = steps.every(({ step }) => step === RENDER);
    results.push({
      pattern: file.shown,
      status: isFailed ? "failed" : isEmpty ? "skipped" : "passed",
      duration: means.clock.monotonic() - begin,
      steps,
    });
  }
  if (results.some(({ status }) => status !== "skipped")) return ok(results);
  const nothing = request.filter === undefined
    ? "no pattern has a command"
    : "no command of any pattern matches the filter";
  return bad({ code: "test-nothing", attempted: "test", found: nothing, where: request.path });
}

const RENDER = "render";

async function testPattern(file: JsonnetFile, request: TestRequest, means: TestMeans): Promise<readonly StepResult[]> {
  const { config, filter } = request;
  const from = { ...diskPattern(means.files, file.path, config.jsonnet.libraryPaths), shown: file.shown };
  const ask = { from, config, runVars: "pattern", fixed: { test: true }, missingInRun: "error" } as const;
  if (request.lists === "run") return await tryRun(ask, filter, means);
  const steps: StepResult[] = [];
  const fixed = { ...buildVars(from, undefined, means.files), ...ask.fixed };
  const rendered = await render({ ...ask, fixed, omit: "run" }, means, steps);
  if (rendered === undefined) return steps;
  const build = new Trial("build", rendered.build, filter, means);
  if (build.isEmpty) return [...steps, ...await tryRun(ask, filter, means)];
  await build.bringAbout();
  const runVars = { ...rendered.pattern.runVars, ...foldRunVars(build.events) };
  const run = build.hasPassed ? await tryRun({ ...ask, runVars }, filter, means) : [];
  const brought = build.steps.length;
  await build.undo();
  return [...steps, ...build.steps.slice(0, brought), ...run, ...build.steps.slice(brought)];
}

async function tryRun(
  ask: RenderRequest,
  filter: Regexp | undefined,
  means: TestMeans,
): Promise<readonly StepResult[]> {
  const steps: StepResult[] = [];
  const rendered = await render({ ...ask, omit: "build" }, means, steps);
  if (rendered === undefined) return steps;
  const trial = new Trial("run", rendered.run, filter, means);
  if (!trial.isEmpty) {
    await trial.bringAbout();
    await trial.undo();
  }
  return [...steps, ...trial.steps];
}

/** Adds the step of rendering; nothing when it failed. */
async function render(ask: RenderRequest, means: TestMeans, steps: StepResult[]) {
  const begin = means.clock.monotonic();
  const rendered = await means.renderer.render(ask, means.cancel);
  const duration = means.clock.monotonic() - begin;
  const failures = rendered.ok ? [] : rendered.problems.map(({ code, attempted, found, where, detail = "" }) => ({
    code,
    command: "",
    message: [where, attempted, found].filter((text) => text !== undefined && text !== "").join(": "),
    output: detail,
  }));
  steps.push({ step: RENDER, duration, failures });
  if (!rendered.ok) return undefined;
  means.warn(rendered.value.warnings);
  return rendered.value;
}
