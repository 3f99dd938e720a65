import type { Config } from "../domain/config.ts";
import type { JsonObject } from "../domain/json.ts";
import { bad, ok, type Problem, type Result } from "../domain/problem.ts";
import type { Source } from "../domain/source.ts";
import { execute } from "../engine/execute.ts";
import { NOTHING_REMEMBERED, plan } from "../engine/plan.ts";
import type { RunReport } from "../engine/report.ts";
import type { Evaluator } from "../jsonnet/evaluator.ts";
import type { UnsignedClaims } from "../token/claims.ts";
import { driveDirectly } from "./drive.ts";
import { examine, type Examined } from "./examine.ts";
import { packFiles } from "./pack.ts";
import type { PatternSource } from "./pattern_source.ts";
import type { Rendered, Renderer } from "./render.ts";
import { foldRunVars } from "./run_vars.ts";
import { openSigner, type SignMeans } from "./sign.ts";

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
 * Builds a pattern: check it, run its build commands, fold their events into manifest and run vars, check `run` with those,
 * pack the files. `examined`: the check, where it was done already.
 */
export async function buildPattern(
  request: BuildRequest,
  means: BuildMeans,
  examined?: Examined,
): Promise<Result<Built>> {
  const before = examined === undefined ? await examine(request, means) : ok(examined);
  if (!before.ok) return before;
  const { pattern: asked, build, found } = before.value.rendered;

  const report = await runBuild(build, means);
  if (report.failures.length > 0) return bad(...report.failures.map(buildFailure));
  const brought = foldRunVars(report.events);
  const runVars = { ...asked.runVars, ...brought, ...request.targetVars };
  // What the build commands did may have changed what was found and is to be kept.
  const holds = Object.keys(found).length === 0 || report.changed.length === 0;
  const rendered = before.value.isWhole && holds && Object.keys(brought).length === 0
    ? ok(before.value.rendered)
    : await renderBuilt(request, runVars, means);
  if (!rendered.ok) return rendered;

  const evaluation = means.renderer.evaluation({ ...request, runVars, missingInRun: "warning" }, runVars);
  const closure = await means.evaluator.closure(evaluation, means.cancel);
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

/** What a pattern comes to with the run vars that its token is to carry. */
export async function renderBuilt(
  request: BuildRequest,
  runVars: JsonObject,
  { renderer, cancel }: BuildMeans,
): Promise<Result<Rendered>> {
  return await renderer.render({ ...request, runVars, missingInRun: "warning" }, cancel);
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

async function runBuild(commands: Rendered["build"], means: BuildMeans): Promise<RunReport> {
  const planned = plan(NOTHING_REMEMBERED, commands, true);
  return await driveDirectly(execute(planned, { mode: "change" }), means);
}

function buildFailure(failure: RunReport["failures"][number]): Problem {
  return {
    code: "build-command-failed",
    attempted: "run the build commands",
    found: failure.message,
    ...(failure.output !== "" && { detail: failure.output }),
  };
}
