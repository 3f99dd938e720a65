import type { Config } from "../domain/config.ts";
import { bad, ok, type Problem, type Result } from "../domain/problem.ts";
import type { Regexp } from "../domain/regexp.ts";
import { didYouMean } from "../domain/suggest.ts";
import { bareTarget, type Target } from "../domain/target.ts";

/** Who is to be pushed to, and what: as the command line says it. */
export interface TargetChoice {
  readonly source: string;
  /** Path of a pattern, or a command; without it, what the targets list. */
  readonly what?: string;
  /** One host instead of the configured targets: the name of a target, or `HOST[:PORT]`. */
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
  /** Narrows the configured targets by their names. */
  readonly names?: Regexp;
}

/** One host, as the command line says it. */
export interface HostChoice {
  /** The name of a target, or `HOST[:PORT]`. */
  readonly host: string;
  readonly port?: number;
  /** Of the endpoint. */
  readonly path?: string;
}

/** A host that will be pushed to. */
export interface PushTarget {
  readonly target: Target;
  readonly what: string;
}

export interface ChosenTargets {
  /** Sorted by name. */
  readonly targets: readonly PushTarget[];
  /** Targets that list the source and are left out, with why. */
  readonly warnings: readonly Problem[];
}

const ATTEMPTED = "choose the targets";

/**
 * The hosts that a push goes to. Problems `push-bad-host`, `push-no-pattern`, and `push-no-targets` when none is left;
 * nobody is to believe that something was pushed.
 */
export function chooseTargets(config: Config, choice: TargetChoice): Result<ChosenTargets> {
  return choice.host === undefined ? chooseConfigured(config, choice) : chooseHost(config, choice, choice.host);
}

/**
 * The configured target of that name, or a host of which nothing is configured; a port that is given counts. Problem
 * `push-bad-host`.
 */
export function hostTarget(config: Config, { host, port }: HostChoice): Result<Target> {
  const parsed = parseHost(host);
  if (parsed === undefined) {
    const hint = "a name or an address, perhaps with a port: web1, 10.0.0.7:4000, [fd00::7]:4000";
    const found = `${JSON.stringify(host)} is no host`;
    return bad({ code: "push-bad-host", attempted: ATTEMPTED, found, hint });
  }
  const base = config.targets.get(parsed.host) ?? bareTarget(parsed.host);
  const given = port ?? parsed.port;
  return ok(given === undefined ? base : { ...base, port: given });
}

function chooseHost(config: Config, choice: TargetChoice, host: string): Result<ChosenTargets> {
  const found = hostTarget(config, { ...choice, host });
  if (!found.ok) return found;
  const target = adjusted(found.value, choice);
  const listed = target.sourcePatterns[choice.source];
  const what = choice.what ?? (listed === "" ? undefined : listed);
  if (what === undefined) return bad(noPattern([target.name], choice.source));
  return ok({ targets: [{ target, what }], warnings: [] });
}

function chooseConfigured(config: Config, choice: TargetChoice): Result<ChosenTargets> {
  const { source, names, what } = choice;
  const listing = [...config.targets.values()].filter((target) => Object.hasOwn(target.sourcePatterns, source));
  const named = listing.filter((target) => names?.test(target.name) ?? true)
    .sort((a, b) => a.name < b.name ? -1 : 1);
  if (named.length === 0) return bad(noTargets(config, choice, listing));
  const targets: PushTarget[] = [];
  const unsaid: string[] = [];
  const warnings: Problem[] = [];
  for (const target of named) {
    const listed = target.sourcePatterns[source]!;
    const pushed = what ?? listed;
    if (pushed === "") {
      unsaid.push(target.name);
    } else if (listed !== "" && pathOf(listed) !== pathOf(pushed)) {
      const found = `${target.name} is left out: for ${source} it takes nothing but ${listed}`;
      warnings.push({ code: "push-other-pattern", attempted: "", found });
    } else {
      targets.push({ target: adjusted(target, choice), what: pushed });
    }
  }
  if (unsaid.length > 0) return bad(noPattern(unsaid, source));
  if (targets.length === 0) {
    return bad(otherPatterns(named.map((target) => target.sourcePatterns[source]!), choice));
  }
  return ok({ targets, warnings });
}

function noTargets(config: Config, { source, names }: TargetChoice, listing: readonly Target[]): Problem {
  const problem = (found: string, hint: string): Problem => ({
    code: "push-no-targets",
    attempted: ATTEMPTED,
    found,
    hint,
  });
  if (listing.length > 0) {
    return problem(
      `no target that lists the source ${source} is named like ${JSON.stringify(names?.source)}`,
      `these do: ${listing.map(({ name }) => name).sort().slice(0, 10).join(", ")}`,
    );
  }
  if (config.targets.size === 0) {
    return problem("no target is configured, and no host is given", "give a host with -h, or configure targets.NAME");
  }
  const sources = new Set([...config.targets.values()].flatMap(({ sourcePatterns }) => Object.keys(sourcePatterns)));
  return problem(
    `no target lists the source ${source}`,
    didYouMean(source, sources).hint ?? `add it to sourcePatterns of a target, or give a host with -h`,
  );
}

/** `listed`: what the targets take instead. */
function otherPatterns(listed: readonly string[], { source, what }: TargetChoice): Problem {
  const patterns = [...new Set(listed.map(pathOf))].slice(0, 10).join(", ");
  const kind = what?.endsWith(".jsonnet") ? "pattern" : "command";
  return {
    code: "push-no-targets",
    attempted: ATTEMPTED,
    found: `no target takes this ${kind}: for ${source} they take nothing but ${patterns}`,
    hint: `push it without a pattern; or write ${quotedKey(source)}: '' in sourcePatterns, which takes anything; ` +
      "or name one host with -h",
  };
}

/** As a key of Jsonnet. */
function quotedKey(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : `'${name}'`;
}

function noPattern(names: readonly string[], source: string): Problem {
  return {
    code: "push-no-pattern",
    attempted: ATTEMPTED,
    found: `nothing says what is to be pushed to ${names.slice(0, 10).join(", ")}`,
    hint: `name a pattern or a command, or set it in sourcePatterns.${source} of the target`,
  };
}

function adjusted(target: Target, { port, path }: TargetChoice): Target {
  return { ...target, ...(port !== undefined && { port }), ...(path !== undefined && { pathPush: path }) };
}

/** Spellings of a path that make no difference. */
function pathOf(what: string): string {
  return what.replace(/^(\.\/+)+/, "").replace(/\/{2,}/g, "/");
}

function parseHost(text: string): { readonly host: string; readonly port?: number } | undefined {
  const bracketed = /^\[([0-9a-fA-F:.]+)\](?::(\d{1,5}))?$/.exec(text);
  // More than one colon, and no brackets: an IPv6 address without a port.
  const plain = /^([^\s:/@[\]#?]+)(?::(\d{1,5}))?$/.exec(text) ?? /^([0-9a-fA-F:]*:[0-9a-fA-F:.]*)()$/.exec(text);
  const [, host, port] = bracketed ?? plain ?? [];
  if (host === undefined) return undefined;
  if (port === undefined || port === "") return { host };
  return Number(port) >= 1 && Number(port) <= 65_535 ? { host, port: Number(port) } : undefined;
}
