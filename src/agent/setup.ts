import type { Config } from "../domain/config.ts";
import { bad, ok, type Problem, type Result } from "../domain/problem.ts";
import { type Host, HostError, type Log } from "../host/host.ts";
import type { Trust } from "../token/verify.ts";
import type { AskMeans } from "../workflows/ask_commands.ts";
import { isTrusting, openTrust } from "../workflows/trust.ts";
import { type StaticCommands, staticCommands } from "./wanted.ts";

/** A configuration of the agent with everything that had to be read and checked for it. */
export interface Setup {
  readonly config: Config;
  /** By the name of the source. */
  readonly trusts: ReadonlyMap<string, Trust>;
  readonly commands: ReadonlyMap<string, StaticCommands>;
  /** PEM of private authorities for pulls. */
  readonly ca: string | undefined;
}

export interface SetupMeans {
  readonly host: Host;
  readonly log: Log;
  readonly kill: AbortSignal;
}

/** Reads and checks what a configuration names. Problems `key-*`, `rule-malformed`, `no-verify-keys`, `ca-unreadable`. */
export async function prepareSetup(config: Config, means: SetupMeans): Promise<Result<Setup>> {
  const trusts = await openTrusts(config, means);
  if (!trusts.ok) return trusts;
  const ca = config.build.pushTLSCA === undefined
    ? ok(undefined)
    : await readAuthority(means.host, config.build.pushTLSCA);
  if (!ca.ok) return ca;
  const commands = new Map<string, StaticCommands>();
  for (const source of config.sources.values()) {
    const own = await staticCommands(source);
    if (own !== undefined) commands.set(source.name, own);
  }
  return ok({ config, trusts: trusts.value, commands, ca: ca.value });
}

/** What every source trusts. */
async function openTrusts(
  config: Config,
  { host, log, kill }: SetupMeans,
): Promise<Result<ReadonlyMap<string, Trust>>> {
  const means: AskMeans = {
    files: host.files,
    processes: host.processes,
    self: host.self,
    accounts: host.accounts,
    http: host.http,
    clock: host.clock,
    environment: host.environment,
    textFolder: config.run.stateDir,
    tell: ({ message }) => log.write({ level: "debug", function: "verify", status: 200, message }),
    cancel: kill,
  };
  const trusts = new Map<string, Trust>();
  const problems = new Map<string, Problem>();
  for (const source of config.sources.values()) {
    const trust = await openTrust(config, source, means);
    if (trust.ok) trusts.set(source.name, refusingWhenKilled(trust.value, kill));
    else trust.problems.forEach((problem) => problems.set(JSON.stringify(problem), problem));
  }
  if (problems.size > 0) return bad(...problems.values());
  if ([...trusts.values()].some(isTrusting) || isStatic(config)) return ok(trusts);
  return bad({
    code: "no-verify-keys",
    attempted: "start the agent",
    found: trusts.size === 0 ? "no source is configured" : "no source has a key or command to verify tokens with",
    hint: trusts.size === 0
      ? "configure sources.NAME with allowPush or pullPaths, and verifyKeys"
      : "set run.verifyKeys, or verifyKeys of a source, to the publicKey that etcha generate-keys printed",
  });
}

/** That the agent is ended while somebody asks about a token is no bug: the token is not found good. */
function refusingWhenKilled({ verify, ...trust }: Trust, kill: AbortSignal): Trust {
  if (verify === undefined) return trust;
  return {
    ...trust,
    verify: async (token) => {
      try {
        return await verify(token);
      } catch (error) {
        if (!kill.aborted) throw error;
        return bad({ code: "commands-cancelled", attempted: "verify the token", found: "the agent is stopping" });
      }
    },
  };
}

/** Whether no source is ever to take a token. */
function isStatic({ sources }: Config): boolean {
  return sources.size > 0 &&
    [...sources.values()].every((source) =>
      source.commands.length > 0 && !source.allowPush && source.pullPaths.length === 0
    );
}

async function readAuthority(host: Host, path: string): Promise<Result<string>> {
  try {
    return ok(await host.files.readText(path, 1024 * 1024));
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return bad({ code: "ca-unreadable", attempted: "read build.pushTLSCA", found: error.message });
  }
}
