import { generateKeyPair } from "../token/keys.ts";
import type { KeyAlgorithm } from "../domain/key_string.ts";
import { encryptKey } from "../token/encrypted_key.ts";
import { readPassphrase } from "../workflows/passphrase.ts";
import { type Context, misused, type Outcome } from "./subcommand.ts";

export interface GenerateKeys {
  readonly command: "generate-keys";
  readonly algorithm: KeyAlgorithm;
  readonly id?: string;
  readonly protection: "none" | "passphrase";
}

/** Prints a new pair; an id that can't stand in a key string is misuse. */
export async function generateKeys(invocation: GenerateKeys, { host, signal }: Context): Promise<Outcome> {
  const { algorithm, id, protection } = invocation;
  const pair = await generateKeyPair(algorithm, id);
  if (!pair.ok) return misused(pair.problems);
  const { privateKey, publicKey } = pair.value;
  if (protection === "none") return { status: "done", view: { kind: "json", value: { privateKey, publicKey } } };
  const passphrase = await readPassphrase("new", { ...host, cancel: signal });
  if (!passphrase.ok) return misused(passphrase.problems);
  const encrypted = await encryptKey(privateKey, passphrase.value);
  return { status: "done", view: { kind: "json", value: { privateKey: encrypted, publicKey } } };
}
