import type { Config } from "../domain/config.ts";
import type { JsonObject } from "../domain/json.ts";
import { ok, type Problem, type Result } from "../domain/problem.ts";
import type { Source } from "../domain/source.ts";
import { ONCE_LIFETIME } from "../domain/token_limits.ts";
import type { Clock } from "../host/host.ts";
import { type BuildMeans, buildPattern } from "./build.ts";
import { diskPattern, sourceVars } from "./pattern_source.ts";
import type { PushTarget } from "./push_targets.ts";
import type { Signer } from "./sign.ts";

/** What is sent to one target. */
export interface Parcel extends PushTarget {
  readonly kind: "pattern" | "command";
  /** The token, signed when it is asked for: an ad-hoc command must not have expired when its turn comes. */
  readonly token: () => Promise<Result<string>>;
}

export interface TokenRequest {
  readonly config: Config;
  readonly source: Source;
  readonly version: string;
}

interface Prepared {
  readonly parcels: readonly Parcel[];
  readonly warnings: readonly Problem[];
  /** What build commands handed to the events `stdout` and `stderr`, in order. */
  readonly printed: readonly { readonly stream: "stdout" | "stderr"; readonly text: string }[];
}

/** A pattern is named by its file; any other text is a command. */
function isPatternPath(what: string): boolean {
  return what.endsWith(".jsonnet");
}

/**
 * Builds and signs what the targets get. A pattern is rendered for each target, because its vars differ and it may ask for
 * `target`; it is built anew only where that made a difference. Any problem stops all of it: nothing was sent yet.
 */
export async function prepareParcels(
  targets: readonly PushTarget[],
  request: TokenRequest,
  sign: Signer,
  means: BuildMeans,
): Promise<Result<Prepared>> {
  const parcels: Parcel[] = [];
  const warnings: Problem[] = [];
  const printed: { stream: "stdout" | "stderr"; text: string }[] = [];
  const tokens = new Map<string, string>();
  for (const { target, what } of targets) {
    if (!isPatternPath(what)) {
      parcels.push({ target, what, kind: "command", token: () => signCommand(what, request, sign, means.clock) });
      continue;
    }
    const ask = askFor({ target, what }, request, means);
    const rendered = await means.renderer.render({ ...ask, runVars: "pattern", missingInRun: "warning" }, means.cancel);
    // What does not render before its build commands have run is a build of its own.
    const outcome = rendered.ok ? [rendered.value.value, rendered.value.found] : target.name;
    const same = JSON.stringify([what, target.vars, outcome]);
    let token = tokens.get(same);
    if (token === undefined) {
      const built = await buildPattern(ask, means);
      if (!built.ok) return built;
      const signed = await sign({ ...built.value.claims, source: request.source.name });
      if (!signed.ok) return signed;
      token = signed.value;
      tokens.set(same, token);
      warnings.push(...built.value.warnings);
      for (const { name, output } of built.value.report.events) {
        if (name === "stdout" || name === "stderr") printed.push({ stream: name, text: `${output}\n` });
      }
    }
    const ready = ok(token);
    parcels.push({ target, what, kind: "pattern", token: () => Promise.resolve(ready) });
  }
  return ok({ parcels, warnings: distinct(warnings), printed });
}

function askFor({ target, what }: PushTarget, { config, source, version }: TokenRequest, means: BuildMeans) {
  const from = diskPattern(means.files, what, config.jsonnet.libraryPaths);
  return {
    from,
    config,
    source,
    version,
    // What the configuration says is JSON throughout.
    targetVars: target.vars as JsonObject,
    fixed: { ...sourceVars(from), target: target.name },
  };
}

async function signCommand(
  command: string,
  { source, version }: TokenRequest,
  sign: Signer,
  clock: Clock,
): Promise<Result<string>> {
  const now = Math.floor(clock.now() / 1000);
  return await sign({
    once: command,
    buildManifest: "",
    runVars: {},
    version,
    source: source.name,
    audience: [],
    issuedAt: now,
    expires: now + ONCE_LIFETIME / 1000,
    id: crypto.randomUUID(),
  });
}

/** The same warning for every host helps nobody. */
function distinct(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}
