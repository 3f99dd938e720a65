import { dirname, resolve } from "node:path/posix";
import type { JsonObject } from "../domain/json.ts";
import { bad, ok, type Result } from "../domain/problem.ts";
import { type Files, HostError } from "../host/host.ts";
import { type BuildMeans, type BuildRequest, buildToken, type Built } from "./build.ts";
import { type PatternSource, sourceVars } from "./pattern_source.ts";

const DEFAULT_OUTPUT = "etcha.jwt";

export interface BuiltFile extends Built {
  /** Where the token was written, as it was asked for. */
  readonly path: string;
}

/**
 * Builds a pattern into a token file, in one step and with the mode that the umask leaves. Without a destination the
 * pattern's `buildOutput` says where, else it is etcha.jwt. Problems: those of building, and `build-unwritable`.
 */
export async function buildFile(
  request: Omit<BuildRequest, "fixed">,
  destination: string | undefined,
  means: BuildMeans,
): Promise<Result<BuiltFile>> {
  const chosen = destination === undefined ? await chooseOutput(request, means) : ok(destination);
  if (!chosen.ok) return chosen;
  const path = chosen.value;
  const problem = (found: string, hint: string) =>
    bad({ code: "build-unwritable", attempted: `write ${path}`, found, hint });
  try {
    // Before anything runs: a build is not to fail at its last step.
    const there = await means.files.stat(resolve(means.files.cwd, path));
    if (there?.kind === "dir") return problem("it is a folder", "name the file as well");
    const folder = await means.files.stat(dirname(resolve(means.files.cwd, path)));
    if (folder?.kind !== "dir") return problem(`there is no folder ${dirname(path)}`, "make it, or name another one");
    const built = await buildToken({ ...request, fixed: buildVars(request.from, path, means.files) }, means);
    if (!built.ok) return built;
    await means.files.writeAtomic(resolve(means.files.cwd, path), built.value.token);
    return ok({ ...built.value, path });
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return problem(error.message, "name a file that can be written");
  }
}

/** What the pattern itself says. The path that it is told of meanwhile is the one that it has if it says nothing. */
async function chooseOutput(request: Omit<BuildRequest, "fixed">, means: BuildMeans): Promise<Result<string>> {
  const rendered = await means.renderer.render({
    ...request,
    fixed: buildVars(request.from, undefined, means.files),
    runVars: "pattern",
    missingInRun: "warning",
    omit: "run",
  }, means.cancel);
  return rendered.ok ? ok(rendered.value.pattern.buildOutput ?? DEFAULT_OUTPUT) : rendered;
}

/** What a pattern is told of where it comes from and where its token goes, without a path to the default; absolute. */
export function buildVars(from: PatternSource, path: string | undefined, files: Pick<Files, "cwd">): JsonObject {
  const dstPath = resolve(files.cwd, path ?? DEFAULT_OUTPUT);
  return { ...sourceVars(from), dstPath, dstDir: dirname(dstPath) };
}
