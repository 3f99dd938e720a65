import type { Config } from "../domain/config.ts";
import { bad, ok, type Result } from "../domain/problem.ts";
import { parseClaims } from "../token/claims.ts";
import { readToken } from "../token/read.ts";
import { buildVars } from "../workflows/build_file.ts";
import { inspectToken } from "../workflows/inspect_token.ts";
import { diskPattern, jwtVar, tokenPattern } from "../workflows/pattern_source.ts";
import type { Rendered, RenderRequest } from "../workflows/render.ts";
import { readTokenText } from "../workflows/token_text.ts";
import { createRenderer, runMeans } from "./build_means.ts";
import { maskedPattern } from "./masked_pattern.ts";
import { type Context, failed, misused, type Outcome } from "./subcommand.ts";
import { withoutControls } from "./text.ts";

export interface Render {
  readonly command: "render";
  /** Path of a pattern, or path or URL of a token; absent: the JSON Schema of all patterns is asked for. */
  readonly pattern?: string;
}

/** Shows what a pattern comes to on this machine. */
export async function render({ pattern }: Render, context: Context): Promise<Outcome> {
  if (pattern === undefined) {
    const { patternJsonSchema } = await import("../domain/json_schema.ts");
    return { status: "done", view: { kind: "json", value: patternJsonSchema() } };
  }
  const loaded = await context.config();
  if (!loaded.ok) return misused(loaded.problems);
  const { config } = loaded.value;
  const from = pattern.endsWith("sonnet")
    ? ok(fromDisk(pattern, config, context))
    : await fromToken(pattern, config, context);
  if (!from.ok) return failed(from.problems);
  const renderer = await createRenderer(context);
  const rendered = await renderer.render({ ...from.value, config, missingInRun: "error" }, context.signal);
  return rendered.ok ? shown(rendered.value, context) : failed(rendered.problems);
}

/** What to render, and how. */
type Source = Pick<RenderRequest, "from" | "runVars" | "cached" | "fixed" | "omit">;

/** A pattern as it would be built. */
function fromDisk(path: string, config: Config, { host: { files } }: Context): Source {
  const from = diskPattern(files, path, config.jsonnet.libraryPaths);
  return { from, runVars: "pattern", fixed: buildVars(from, undefined, files) };
}

/** A token that some key should have signed is rendered only if one has: its pattern may ask this machine for anything. */
async function fromToken(
  path: string,
  config: Config,
  context: Context,
): Promise<Result<Source>> {
  const { host, signal } = context;
  const text = await readTokenText(path, host, signal);
  if (!text.ok) return text;
  const inspected = await inspectToken(text.value, config, runMeans(context, config));
  if (!inspected.ok) return bad(...inspected.problems.map((problem) => ({ ...problem, where: path, hint: HINT })));
  const { faults } = inspected.value;
  if (faults.some(({ code }) => code !== "no-verify-keys")) return bad(...faults);
  context.warn(faults.map((fault) => ({ ...fault, found: `it is shown unverified: ${fault.found}` })));
  const read = readToken(text.value);
  const claims = read.ok ? parseClaims(read.value.payload) : read;
  if (!claims.ok) return claims;
  const { pattern, runVars, cached } = claims.value;
  if (pattern === undefined) {
    return bad({ code: "token-kind", attempted: "render the token", found: "it holds no pattern", where: path });
  }
  return ok({
    from: tokenPattern(pattern),
    runVars,
    ...(cached !== undefined && { cached }),
    fixed: { jwt: jwtVar(claims.value) },
    omit: "build",
  });
}

const HINT = "a pattern's name ends with .jsonnet; everything else is taken for a token";

function shown({ value, trace, warnings }: Rendered, context: Context): Outcome {
  context.host.terminal.err(withoutControls(trace));
  context.warn(warnings);
  return { status: "done", view: { kind: "json", value: maskedPattern(value) } };
}
