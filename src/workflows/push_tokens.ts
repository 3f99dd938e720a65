import type { Config } from "../domain/config.ts";
import type { JsonObject } from "../domain/json.ts";
import { bad, ok, type Problem, type Result } from "../domain/problem.ts";
import type { Source } from "../domain/source.ts";
import { ONCE_LIFETIME } from "../domain/token_limits.ts";
import type { Clock } from "../host/host.ts";
import { type BuildMeans, buildPattern, type BuildRequest, type Built, renderBuilt } from "./build.ts";
import { examine, type Examined } from "./examine.ts";
import { diskPattern, sourceVars } from "./pattern_source.ts";
import type { PushTarget } from "./push_targets.ts";
import type { Rendered } from "./render.ts";
import { sideBySide } from "./side_by_side.ts";
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

/** Targets for which a pattern comes to the same, as far as that is known before its build commands have run. */
interface Group {
  readonly examined: Examined;
  readonly targets: PushTarget[];
}

/** A pattern is named by its file; any other text is a command. */
function isPatternPath(what: string): boolean {
  return what.endsWith(".jsonnet");
}

/**
 * Builds and signs what the targets get. A pattern is examined for each target, because its vars differ and it may ask for
 * `target`; it is built anew only where that made a difference. All mistakes of all patterns are told before the first
 * build command runs. Any problem stops all of it: nothing was sent yet.
 */
export async function prepareParcels(
  targets: readonly PushTarget[],
  request: TokenRequest,
  sign: Signer,
  means: BuildMeans,
): Promise<Result<Prepared>> {
  const groups = await groupTargets(targets.filter(({ what }) => isPatternPath(what)), request, means);
  if (!groups.ok) return groups;
  const builder = new Builder(request, sign, means);
  for (const group of groups.value) {
    const problems = await builder.build(group);
    if (problems.length > 0) return bad(...problems);
  }
  const parcels = targets.map(({ target, what }): Parcel => {
    const token = builder.tokens.get(target.name);
    return token === undefined
      ? { target, what, kind: "command", token: () => signCommand(what, request, sign, means.clock) }
      : { target, what, kind: "pattern", token: () => Promise.resolve(ok(token)) };
  });
  return ok({ parcels, warnings: distinct(builder.warnings), printed: builder.printed });
}

/** In the order of the first target of each. */
async function groupTargets(
  targets: readonly PushTarget[],
  request: TokenRequest,
  means: BuildMeans,
): Promise<Result<readonly Group[]>> {
  const groups = new Map<string, Group>();
  const problems: Problem[] = [];
  for (const [what, same] of Map.groupBy(targets, (one) => one.what)) {
    const [first, ...others] = same;
    const examined = await examine(askFor(first!, request, means), means);
    const examineLike = async (target: PushTarget) => {
      const like = examined.ok ? examined.value : undefined;
      const found = target === first ? examined : await examine(askFor(target, request, means), means, like);
      if (!found.ok) return problems.push(...found.problems);
      const key = JSON.stringify([what, target.target.vars, found.value.isWhole, comesTo(found.value.rendered)]);
      const known = groups.get(key);
      if (known === undefined) groups.set(key, { examined: found.value, targets: [target] });
      else known.targets.push(target);
    };
    await examineLike(first!);
    // What does not render for one of them says it once.
    if (examined.ok) await sideBySide(others, means.evaluator.threads, examineLike);
  }
  if (problems.length > 0) return bad(...distinct(problems));
  const order = new Map(targets.map((target, at) => [target, at]));
  const place = (group: Group) => order.get(group.targets[0]!)!;
  for (const group of groups.values()) group.targets.sort((a, b) => order.get(a)! - order.get(b)!);
  return ok([...groups.values()].sort((a, b) => place(a) - place(b)));
}

/** All that a rendering has a part of in the token. */
function comesTo({ value, found }: Rendered): unknown {
  return [value, found];
}

/** Builds group after group: the build commands of two never run at once. */
class Builder {
  /** By the name of the target. */
  readonly tokens = new Map<string, string>();
  readonly warnings: Problem[] = [];
  readonly printed: { stream: "stdout" | "stderr"; text: string }[] = [];
  /** A build command has changed something, which may be what a pattern reads. */
  #isStale = false;

  constructor(
    private readonly request: TokenRequest,
    private readonly sign: Signer,
    private readonly means: BuildMeans,
  ) {}

  async build({ examined, targets }: Group): Promise<readonly Problem[]> {
    const [first, ...others] = targets;
    const built = await this.#buildFor(first!, this.#isStale ? undefined : examined);
    if (!built.ok) return built.problems;
    // Only what build commands bring can make a difference now.
    const isFinal = built.value.rendered === examined.rendered;
    for (const other of others) {
      const isSame = isFinal ? ok(true) : await this.#comesToTheSame(other, built.value);
      if (!isSame.ok) return isSame.problems;
      if (isSame.value) {
        this.tokens.set(other.target.name, this.tokens.get(first!.target.name)!);
        continue;
      }
      const own = await this.#buildFor(other);
      if (!own.ok) return own.problems;
    }
    return [];
  }

  async #buildFor(target: PushTarget, examined?: Examined): Promise<Result<Built>> {
    const built = await buildPattern(askFor(target, this.request, this.means), this.means, examined);
    if (!built.ok) return built;
    const { claims, report, warnings } = built.value;
    const token = await this.sign({ ...claims, source: this.request.source.name });
    if (!token.ok) return token;
    this.tokens.set(target.target.name, token.value);
    this.warnings.push(...warnings);
    for (const { name, output } of report.events) {
      if (name === "stdout" || name === "stderr") this.printed.push({ stream: name, text: `${output}\n` });
    }
    this.#isStale ||= report.changed.length > 0;
    return built;
  }

  async #comesToTheSame(target: PushTarget, { claims, rendered }: Built): Promise<Result<boolean>> {
    const again = await renderBuilt(askFor(target, this.request, this.means), claims.runVars, this.means);
    return again.ok ? ok(JSON.stringify(comesTo(again.value)) === JSON.stringify(comesTo(rendered))) : again;
  }
}

function askFor(
  { target, what }: PushTarget,
  { config, source, version }: TokenRequest,
  means: BuildMeans,
): BuildRequest {
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

/** The same problem for every host helps nobody. */
function distinct(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}
