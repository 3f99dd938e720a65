import type { Config } from "../domain/config.ts";
import type { JsonObject } from "../domain/json.ts";
import { ok, type Problem, type Result } from "../domain/problem.ts";
import { importPublicKey, type PublicKey } from "../token/keys.ts";
import { readToken } from "../token/read.ts";
import { verifyToken } from "../token/verify.ts";

/** What a token says, and what keeps it from being accepted by whoever has these keys. */
export interface InspectedToken {
  readonly header: JsonObject;
  readonly claims: JsonObject;
  /** Empty when one of the keys has signed it and it may be used now. */
  readonly faults: readonly Problem[];
}

/** Reads a token and tries to verify it. Problems only when there is nothing to show: those of `readToken`, `key-*`. */
export async function inspectToken(text: string, config: Config, now: number): Promise<Result<InspectedToken>> {
  const read = readToken(text);
  if (!read.ok) return read;
  const keys = await knownKeys(config);
  if (!keys.ok) return keys;
  const { header, payload: claims } = read.value;
  if (keys.value.length === 0) return ok({ header, claims, faults: [NO_KEYS] });
  const verified = await verifyToken(text, { keys: keys.value, now, accepts: ["pattern", "once"] });
  return ok({ header, claims, faults: verified.ok ? [] : verified.problems });
}

/** The global ones and those of the sources. */
async function knownKeys(config: Config): Promise<Result<readonly PublicKey[]>> {
  const texts = new Set([
    ...config.run.verifyKeys,
    ...[...config.sources.values()].flatMap((source) => source.verifyKeys),
  ]);
  const keys: PublicKey[] = [];
  for (const text of texts) {
    const key = await importPublicKey(text);
    if (!key.ok) return key;
    keys.push(key.value);
  }
  return ok(keys);
}

const NO_KEYS: Problem = {
  code: "no-verify-keys",
  attempted: "verify the token",
  found: "no key is configured to verify it with",
  hint: "set run.verifyKeys, or verifyKeys of a source, to the publicKey that etcha generate-keys printed",
};
