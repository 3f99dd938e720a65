import type { Config } from "../domain/config.ts";
import { ok } from "../domain/problem.ts";
import type { Source } from "../domain/source.ts";
import { jwtVar, tokenPattern } from "../workflows/pattern_source.ts";
import { type Renderer, renderOnce, type Reusable } from "../workflows/render.ts";
import { baseLinks, resolveCommands } from "../workflows/resolve_commands.ts";
import type { RenderedRun, RunContext } from "./run_request.ts";
import { isToken, type StaticCommands } from "./wanted.ts";

/** Renders what one source wants; the last result is used again while it would come out the same. */
export function renderOn(renderer: Renderer, config: Config, source: Source): RunContext["render"] {
  let last: { readonly hash: string; readonly reusable: Reusable } | undefined;
  let fixed: { readonly wanted: StaticCommands; readonly run: RenderedRun } | undefined;
  return async (wanted, signal) => {
    if (!isToken(wanted)) {
      if (fixed?.wanted !== wanted) {
        fixed = { wanted, run: resolveCommands(wanted.commands, baseLinks(config, source)) };
        return ok(fixed.run);
      }
      return ok({ ...fixed.run, warnings: [] });
    }
    const { pattern, once, runVars, cached } = wanted.claims;
    if (pattern === undefined) {
      return ok({ commands: renderOnce(once ?? "", config, source), warnings: [] });
    }
    const rendered = await renderer.renderReusable(
      {
        from: tokenPattern(pattern),
        config,
        source,
        runVars,
        ...(cached !== undefined && { cached }),
        fixed: { jwt: jwtVar(wanted.claims) },
        missingInRun: "error",
        omit: "build",
      },
      last?.hash === wanted.hash ? last.reusable : undefined,
      signal,
    );
    if (!rendered.ok) return rendered;
    const again = last?.reusable === rendered.value;
    last = { hash: wanted.hash, reusable: rendered.value };
    const { run, warnings } = rendered.value.rendered;
    return ok({ commands: run, warnings: again ? [] : warnings });
  };
}
