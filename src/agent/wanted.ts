import type { ParsedCommand } from "../domain/command.ts";
import type { Source } from "../domain/source.ts";
import { staticHash } from "../domain/state.ts";
import type { VerifiedToken } from "../token/verify.ts";

/** What a source is to bring about: a verified token, or the commands of the configuration until a token replaces them. */
export type Wanted = VerifiedToken | StaticCommands;

export interface StaticCommands {
  readonly commands: readonly ParsedCommand[];
  /** Of the commands: other ones in the configuration are a decision of who administers the host, as a new token is. */
  readonly hash: string;
  /** Nobody has signed them. */
  readonly keyId: "";
}

export function isToken(wanted: Wanted): wanted is VerifiedToken {
  return "raw" in wanted;
}

/** The key string that has verified it; "" for static commands and what outside commands verified. */
export function publicKeyOf(wanted: Wanted): string {
  return isToken(wanted) ? wanted.publicKey : "";
}

/** The static commands of a source, if it has any. */
export async function staticCommands({ commands }: Source): Promise<StaticCommands | undefined> {
  if (commands.length === 0) return undefined;
  const text = new TextEncoder().encode(JSON.stringify(commands));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  return { commands, hash: staticHash(digest.toHex()), keyId: "" };
}
