import { generateKeyPair } from "../token/keys.ts";
import type { KeyAlgorithm } from "../domain/key_string.ts";
import { misused, type Outcome } from "./subcommand.ts";

export interface GenerateKeys {
  readonly command: "generate-keys";
  readonly algorithm: KeyAlgorithm;
  readonly id?: string;
}

/** Prints a new pair; an id that can't stand in a key string is misuse. */
export async function generateKeys({ algorithm, id }: GenerateKeys): Promise<Outcome> {
  const pair = await generateKeyPair(algorithm, id);
  if (!pair.ok) return misused(pair.problems);
  const { privateKey, publicKey } = pair.value;
  return { status: "done", view: { kind: "json", value: { privateKey, publicKey } } };
}
