import type { Config } from "../domain/config.ts";
import type { Milliseconds } from "../domain/duration.ts";
import { bad, ok, type Problem, type Result } from "../domain/problem.ts";
import type { Source } from "../domain/source.ts";
import { type ClaimRule, compileRule } from "../token/claim_rule.ts";
import { importPublicKey, type PublicKey } from "../token/keys.ts";
import type { Trust } from "../token/verify.ts";
import { askCommands, type AskMeans, type TokenCommands } from "./ask_commands.ts";

/** A stranger's token is worth so much time, and no more. */
const TIMEOUT: Milliseconds = 30_000;
/** Tokens that wait for the commands of one source. */
const MAX_WAITING = 16;

/**
 * What the tokens of a source are verified with: its own commands, else the global ones, else its own keys and the global
 * ones; without a source, what is global. There may be neither (`isTrusting`). And the rules for claims, of the source and
 * the global one. Problems `key-*` and `rule-malformed`.
 */
export async function openTrust(config: Config, source: Source | undefined, means: AskMeans): Promise<Result<Trust>> {
  const keys: PublicKey[] = [];
  const problems: Problem[] = [];
  for (const text of new Set([...config.run.verifyKeys, ...source?.verifyKeys ?? []])) {
    const key = await importPublicKey(text);
    if (key.ok) keys.push(key.value);
    else problems.push(...key.problems.map((problem) => ({ ...problem, where: "verifyKeys" })));
  }
  const rules: ClaimRule[] = [];
  for (
    const [text, where] of [[config.run.jwtRule, "run.jwtRule"], [source?.jwtRule, `sources.${source?.name}.jwtRule`]]
  ) {
    if (text === undefined || text === "") continue;
    const rule = await compileRule(text, where ?? "");
    if (rule.ok) rules.push(rule.value);
    else problems.push(...rule.problems);
  }
  if (problems.length > 0) return bad(...problems);
  const commands = verifyCommands(config, source);
  return ok({ keys, rules, ...(commands !== undefined && { verify: oneByOne(commands, config, means) }) });
}

/** Whether there is anything that could find a token good. */
export function isTrusting({ keys, verify }: Trust): boolean {
  return keys.length > 0 || verify !== undefined;
}

function verifyCommands({ run }: Config, source: Source | undefined): TokenCommands | undefined {
  const isOwn = source !== undefined && source.verifyCommands.length > 0;
  const commands = isOwn ? source.verifyCommands : run.verifyCommands;
  if (commands.length === 0) return undefined;
  return {
    commands,
    name: isOwn ? `sources.${source.name}.verifyCommands` : "run.verifyCommands",
    exec: source?.verifyExec ?? run.verifyExec,
    variable: "ETCHA_JWT",
    timeout: TIMEOUT,
  };
}

/** Anybody can send tokens: they are looked at one after the other, and only so many wait. */
function oneByOne(commands: TokenCommands, config: Config, means: AskMeans): NonNullable<Trust["verify"]> {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async (token) => {
    if (waiting >= MAX_WAITING) {
      const found = "too many tokens wait to be verified";
      return bad({ code: "commands-busy", attempted: `run ${commands.name}`, found });
    }
    waiting++;
    const before = last;
    const turn = (async () => {
      // Whether the one before failed is for who asked about it.
      await Promise.allSettled([before]);
      return await askCommands(commands, token, config, means);
    })();
    last = turn;
    try {
      return await turn;
    } finally {
      waiting--;
    }
  };
}
