import { dirname, join } from "node:path/posix";
import { chosenBy } from "../domain/command.ts";
import type { Config } from "../domain/config.ts";
import { ok, type Problem, type Result } from "../domain/problem.ts";
import type { Regexp } from "../domain/regexp.ts";
import type { Source } from "../domain/source.ts";
import { execute } from "../engine/execute.ts";
import { NOTHING_REMEMBERED, plan, planRemoval } from "../engine/plan.ts";
import type { RunReport } from "../engine/report.ts";
import type { Mode } from "../engine/run.ts";
import { buildVars } from "./build_file.ts";
import { type DirectMeans, driveDirectly } from "./drive.ts";
import type { PatternSource } from "./pattern_source.ts";
import type { Renderer } from "./render.ts";

export interface LocalRequest {
  readonly from: PatternSource;
  readonly config: Config;
  readonly source?: Source;
  /** Bring the commands about, or undo them. */
  readonly aim: "apply" | "remove";
  readonly mode: Mode;
  readonly filter?: Regexp;
}

export interface LocalMeans extends DirectMeans {
  readonly renderer: Renderer;
  /** Told of warnings before anything runs. */
  readonly warn: (warnings: readonly Problem[]) => void;
}

/**
 * Runs the `run` list of a pattern on this machine, without a record: nothing is known of earlier runs, nothing is
 * remembered. Problems are those of rendering; failed commands are in the report.
 */
export async function runLocally(request: LocalRequest, means: LocalMeans): Promise<Result<RunReport>> {
  const { from, config, source, filter } = request;
  const rendered = await means.renderer.render({
    from,
    config,
    ...(source !== undefined && { source }),
    runVars: "pattern",
    // Run vars may need them, as they do where the pattern is built.
    fixed: buildVars(from, undefined, means.files),
    missingInRun: "error",
    omit: "build",
  }, means.cancel);
  if (!rendered.ok) return rendered;
  means.warn(rendered.value.warnings);
  const list = rendered.value.run;
  const planned = request.aim === "apply" ? plan(NOTHING_REMEMBERED, list, true) : planRemoval(list);
  const engine = execute(planned, {
    mode: request.mode,
    ...(filter !== undefined && { only: chosenBy(filter, source?.name ?? "") }),
  });
  return ok(await driveDirectly(engine, means));
}

/** A pattern of the commands that a Jsonnet text describes: one, a list of them, or a whole pattern. */
export function inlinePattern(text: string, disk: PatternSource): PatternSource {
  // The text is a file of its own beside the program that makes a pattern of it, so that its errors have its own lines.
  const inline = join(dirname(disk.entrypoint), "(argument)");
  return {
    ...disk,
    entrypoint: join(dirname(disk.entrypoint), "(pattern)"),
    code: `local value = import '(argument)';
if std.isObject(value) && (std.objectHas(value, 'run') || std.objectHas(value, 'build')) then value
else { run: if std.isArray(value) then value else [value] }`,
    shown: "(argument)",
    load: (path) => path === inline ? Promise.resolve(new TextEncoder().encode(text)) : disk.load(path),
  };
}
