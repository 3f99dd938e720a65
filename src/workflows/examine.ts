import { type Bad, bad, ok, type Problem, type Result } from "../domain/problem.ts";
import type { Rendered, Renderer, RenderRequest, Reusable } from "./render.ts";
import { RUN_VAR } from "./run_vars.ts";

/** A pattern as far as it can be checked before its build commands have run. */
export interface Examined {
  readonly rendered: Rendered;
  /** Whether `run` is in it; else it is checked after the build commands, which may bring what it needs. */
  readonly isWhole: boolean;
  /** For the next examination; nothing where that would have to look at everything anew. */
  readonly reusable?: Reusable;
}

interface ExamineMeans {
  readonly renderer: Renderer;
  readonly cancel: AbortSignal;
}

/** Problems of an evaluation that may only be for want of a run var. What evaluates is checked as it is. */
const NEEDS_VALUES: ReadonlySet<string> = new Set(["jsonnet-runtime", "native-argument"]);

/**
 * Renders a pattern as it is built, and tells all that is wrong with it as far as that can be known. `like`: the same
 * pattern examined for another target; it is the result where nothing that was read is another for this one.
 */
export async function examine(
  request: Omit<RenderRequest, "runVars" | "missingInRun">,
  { renderer, cancel }: ExamineMeans,
  like?: Examined,
): Promise<Result<Examined>> {
  const ask = { ...request, runVars: "pattern", missingInRun: "warning" } as const;
  const whole = await renderer.renderReusable(ask, like?.reusable, cancel);
  if (whole.ok) {
    if (whole.value === like?.reusable) return ok(like!);
    const { rendered } = whole.value;
    // A list that is left out for want of a value was read in part, of which nobody knows what it was.
    return ok({ rendered, isWhole: true, ...(rendered.warnings.length === 0 && { reusable: whole.value }) });
  }
  const rest = await renderer.render({ ...ask, omit: "run" }, cancel);
  if (!rest.ok) return bad(...whole.problems, ...rest.problems.filter((problem) => !isAmong(whole, problem)));
  return mayBeMended(whole, rest.value) ? ok({ rendered: rest.value, isWhole: false }) : whole;
}

/** An error that ends the evaluation of `run` hides what is wrong beside it. */
function isAmong({ problems }: Bad, { code, found }: Problem): boolean {
  return problems.some((told) => told.code === code && told.found === found);
}

/** Whether the build commands may bring what `run` lacks: run vars, or files that it imports. */
function mayBeMended({ problems }: Bad, { build }: Rendered): boolean {
  const triggers = build.flatMap(({ onChange, onFail, onRemove }) => [onChange, onFail, onRemove]);
  const bringsVars = triggers.some(({ events }) => events.some((name) => name.startsWith(RUN_VAR)));
  return problems.every(({ code }) =>
    code === "jsonnet-import-not-found" ? build.length > 0 : NEEDS_VALUES.has(code) && bringsVars
  );
}
