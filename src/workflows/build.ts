import type { Config } from "../domain/config.ts";
import type { JsonObject } from "../domain/json.ts";
import { type Bad, bad, ok, type Problem, type Result } from "../domain/problem.ts";
import type { Source } from "../domain/source.ts";
import { execute } from "../engine/execute.ts";
import { NOTHING_REMEMBERED, plan } from "../engine/plan.ts";
import type { DueEvent, RunReport } from "../engine/report.ts";
import type { Evaluator } from "../jsonnet/evaluator.ts";
import type { UnsignedClaims } from "../token/claims.ts";
import { driveDirectly } from "./drive.ts";
import { packFiles } from "./pack.ts";
import type { PatternSource } from "./pattern_source.ts";
import type { Rendered, Renderer, RenderRequest } from "./render.ts";
import { openSigner, type SignMeans } from "./sign.ts";

/** Events of build commands that become run vars, without their names. */
const RUN_VAR = "runVar_";
/** Problems of an evaluation that may only be for want of a run var. What evaluates is checked as it is. */
const NEEDS_VALUES: ReadonlySet<string> = new Set(["jsonnet-runtime", "native-argument"]);

export interface BuildRequest {
  readonly from: PatternSource;
  readonly config: Config;
  readonly source?: Source;
  /** Join the run vars of the token: those of a push target. */
  readonly targetVars?: JsonObject;
  /** What is fixed while rendering: `srcPath`, `target` … */
  readonly fixed: JsonObject;
  readonly version: string;
}

export interface BuildMeans extends SignMeans {
  readonly renderer: Renderer;
  readonly evaluator: Evaluator;
}

/** A pattern that was built: everything of its token but the signature. */
export interface Built {
  readonly rendered: Rendered;
  readonly claims: UnsignedClaims;
  readonly report: RunReport;
  readonly warnings: readonly Problem[];
}

/**
 * Builds a pattern: render, run its build commands, fold their events into manifest and run vars, check `run` with those,
 * pack the files.
 */
export async function buildPattern(request: BuildRequest, means: BuildMeans): Promise<Result<Built>> {
  const ask = { ...request, runVars: "pattern", missingInRun: "warning" } as const;
  const first = await means.renderer.render(ask, means.cancel);
  const before = first.ok ? first : await withoutRun(first, ask, means);
  if (!before.ok) return before;

  const report = await runBuild(before.value, means);
  if (report.failures.length > 0) return bad(...report.failures.map(buildFailure));
  const found = foldRunVars(report.events);
  const runVars = { ...before.value.pattern.runVars, ...found, ...request.targetVars };
  // What the build commands did may have changed what was found and is to be kept.
  const holds = Object.keys(before.value.found).length === 0 || report.changed.length === 0;
  const rendered = first.ok && holds && Object.keys(found).length === 0
    ? first
    : await means.renderer.render({ ...ask, runVars }, means.cancel);
  if (!rendered.ok) return rendered;

  const closure = await means.evaluator.closure(means.renderer.evaluation(ask, {}), means.cancel);
  if (!closure.ok) return closure;
  const { pattern } = rendered.value;
  const now = Math.floor(means.clock.now() / 1000);
  const claims: UnsignedClaims = {
    pattern: packFiles(request.from.entrypoint, closure.value.files, request.from.libraryPaths),
    buildManifest: report.events.filter(({ name }) => name === "buildManifest").map(({ output }) => `${output}\n`).join(
      "",
    ),
    runVars,
    cached: rendered.value.found,
    version: request.version,
    audience: pattern.audience,
    issuedAt: now,
    notBefore: now,
    ...(pattern.expiresIn > 0 && { expires: now + Math.ceil(pattern.expiresIn / 1000) }),
    ...(pattern.issuer !== undefined && { issuer: pattern.issuer }),
    ...(pattern.id !== undefined && { id: pattern.id }),
    ...(pattern.subject !== undefined && { subject: pattern.subject }),
  };
  const warnings = [...rendered.value.warnings, ...closure.value.warnings];
  return ok({ rendered: rendered.value, claims, report, warnings });
}

/** Build and sign in one. */
export async function buildToken(
  request: BuildRequest,
  means: BuildMeans,
): Promise<Result<Built & { readonly token: string }>> {
  // Before anything runs: a build is not to fail at its last step for want of a key.
  const signer = await openSigner(request.config, means);
  if (!signer.ok) return signer;
  const built = await buildPattern(request, means);
  if (!built.ok) return built;
  const token = await signer.value(built.value.claims);
  return token.ok ? ok({ ...built.value, token: token.value }) : token;
}

/**
 * The pattern without `run`, where that may need what only the build commands bring: then it is checked after them.
 * Otherwise what is wrong with it, before anything runs.
 */
async function withoutRun(whole: Bad, ask: RenderRequest, { renderer, cancel }: BuildMeans): Promise<Result<Rendered>> {
  const rest = await renderer.render({ ...ask, omit: "run" }, cancel);
  if (!rest.ok) {
    // An error that ends the evaluation of `run` hides what is wrong beside it.
    const isNew = ({ code, found }: Problem) =>
      !whole.problems.some((told) => told.code === code && told.found === found);
    return bad(...whole.problems, ...rest.problems.filter(isNew));
  }
  const { build } = rest.value;
  const events = build.flatMap(({ onChange, onFail, onRemove }) => [onChange, onFail, onRemove]).flatMap(
    (triggers) => triggers.events,
  );
  const bringsVars = events.some((name) => name.startsWith(RUN_VAR));
  const isBrought = ({ code }: Problem) =>
    code === "jsonnet-import-not-found" ? build.length > 0 : NEEDS_VALUES.has(code) && bringsVars;
  return whole.problems.every(isBrought) ? rest : whole;
}

async function runBuild(rendered: Rendered, means: BuildMeans): Promise<RunReport> {
  const planned = plan(NOTHING_REMEMBERED, rendered.build, true);
  return await driveDirectly(execute(planned, { mode: "change" }), means);
}

/** The run vars that build commands have fired as events `runVar_NAME`; of one name the last. */
export function foldRunVars(events: readonly DueEvent[]): JsonObject {
  const set = events.filter(({ name }) => name.startsWith(RUN_VAR));
  return Object.fromEntries(set.map(({ name, output }) => [name.slice(RUN_VAR.length), output]));
}

function buildFailure(failure: RunReport["failures"][number]): Problem {
  return {
    code: "build-command-failed",
    attempted: "run the build commands",
    found: failure.message,
    ...(failure.output !== "" && { detail: failure.output }),
  };
}
