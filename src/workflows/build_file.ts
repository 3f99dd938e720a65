import { dirname, join, resolve } from "node:path/posix";
import { bad, ok, type Result } from "../domain/problem.ts";
import { HostError } from "../host/host.ts";
import { type BuildMeans, type BuildRequest, buildToken, type Built } from "./build.ts";

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
    const there = await means.files.stat(absolute(path, means));
    if (there?.kind === "dir") return problem("it is a folder", "name the file as well");
    const folder = await means.files.stat(dirname(absolute(path, means)));
    if (folder?.kind !== "dir") return problem(`there is no folder ${dirname(path)}`, "make it, or name another one");
    const built = await buildToken({ ...request, fixed: fixedVars(request, path, means) }, means);
    if (!built.ok) return built;
    await means.files.writeAtomic(absolute(path, means), built.value.token);
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
    fixed: fixedVars(request, DEFAULT_OUTPUT, means),
    runVars: "pattern",
    missingInRun: "warning",
    withoutRun: true,
  }, means.cancel);
  return rendered.ok ? ok(rendered.value.pattern.buildOutput ?? DEFAULT_OUTPUT) : rendered;
}

function fixedVars({ from }: Pick<BuildRequest, "from">, path: string, means: BuildMeans) {
  const dstPath = absolute(path, means);
  return { srcPath: from.entrypoint, srcDir: dirname(from.entrypoint), dstPath, dstDir: dirname(dstPath) };
}

function absolute(path: string, { files }: Pick<BuildMeans, "files">): string {
  return join(resolve(files.cwd, path));
}
