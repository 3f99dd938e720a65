import type { Config } from "../domain/config.ts";
import type { JsonObject } from "../domain/json.ts";
import { ok, type Problem, type Result } from "../domain/problem.ts";
import { readToken } from "../token/read.ts";
import { type Trust, verifyToken } from "../token/verify.ts";
import type { AskMeans } from "./ask_commands.ts";
import { isTrusting, openTrust } from "./trust.ts";

/** What a token says, and what keeps it from being accepted by whoever has these keys. */
export interface InspectedToken {
  readonly header: JsonObject;
  readonly claims: JsonObject;
  /** Empty when one of the keys has signed it and it may be used now. */
  readonly faults: readonly Problem[];
}

/**
 * Reads a token and tries to verify it as any of the sources would. Problems only when there is nothing to show: those of
 * `readToken`, and of `openTrust`.
 */
export async function inspectToken(text: string, config: Config, means: AskMeans): Promise<Result<InspectedToken>> {
  const read = readToken(text);
  if (!read.ok) return read;
  const { header, payload: claims } = read.value;
  const opened = await openTrusts(config, means);
  if (!opened.ok) return opened;
  const trusts = opened.value.filter(isTrusting);
  if (trusts.length === 0) return ok({ header, claims, faults: [NO_KEYS] });
  const faults = new Map<string, Problem>();
  for (const trust of trusts) {
    const verified = await verifyToken(text, { ...trust, now: means.clock.now(), accepts: ["pattern", "once"] });
    if (verified.ok) return ok({ header, claims, faults: [] });
    for (const problem of verified.problems) faults.set(JSON.stringify(problem), problem);
  }
  return ok({ header, claims, faults: [...faults.values()] });
}

/** Those of all sources, what is global where there is none. Keys under the same rule come together in one. */
async function openTrusts(config: Config, means: AskMeans): Promise<Result<readonly Trust[]>> {
  const trusts = new Map<string, Trust>();
  for (const source of config.sources.size === 0 ? [undefined] : config.sources.values()) {
    const opened = await openTrust(config, source, means);
    if (!opened.ok) return opened;
    const { keys, verify } = opened.value;
    const isOwn = source !== undefined && (source.verifyCommands.length > 0 || source.verifyExec !== undefined);
    const kind = verify === undefined ? "keys" : isOwn ? `commands of ${source.name}` : "commands";
    const name = `${kind}: ${source?.jwtRule ?? ""}`;
    const others = trusts.get(name)?.keys ?? [];
    const known = new Set(others.map(({ thumbprint }) => thumbprint));
    const more = keys.filter(({ thumbprint }) => !known.has(thumbprint));
    trusts.set(name, { ...opened.value, keys: [...others, ...more] });
  }
  return ok([...trusts.values()]);
}

const NO_KEYS: Problem = {
  code: "no-verify-keys",
  attempted: "verify the token",
  found: "no key and no command is configured to verify it with",
  hint: "set run.verifyKeys, or verifyKeys of a source, to the publicKey that etcha generate-keys printed",
};
