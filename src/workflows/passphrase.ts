import { bad, ok, type Result } from "../domain/problem.ts";
import type { Terminal } from "../host/host.ts";

export interface PassphraseMeans {
  readonly environment: Readonly<Record<string, string>>;
  readonly terminal: Pick<Terminal, "readSecret">;
  readonly cancel: AbortSignal;
}

/** Where a passphrase is looked for before somebody is asked. Never configuration, never seen by commands. */
const VARIABLE = "ETCHA_SIGNING_PASSPHRASE";

/**
 * The passphrase of a signing key: of the environment, else of the terminal, where a `new` one is asked for twice. Problems
 * `passphrase-missing`, `passphrase-empty`, `passphrase-differs`. Rejects when `cancel` is aborted meanwhile.
 */
export async function readPassphrase(of: "existing" | "new", means: PassphraseMeans): Promise<Result<string>> {
  const attempted = of === "new" ? "encrypt the signing key" : "open the signing key";
  const given = means.environment[VARIABLE];
  const ask = async (prompt: string) => await means.terminal.readSecret(prompt, means.cancel);
  const typed = given ?? await ask("Passphrase of the signing key: ");
  if (typed === undefined) {
    const hint = `run it on a terminal, or set ${VARIABLE}`;
    return bad({
      code: "passphrase-missing",
      attempted,
      found: "there is no terminal to ask for the passphrase",
      hint,
    });
  }
  if (typed === "") return bad({ code: "passphrase-empty", attempted, found: "the passphrase is empty" });
  if (of === "new" && given === undefined && await ask("The same again: ") !== typed) {
    return bad({ code: "passphrase-differs", attempted, found: "the two passphrases are not the same" });
  }
  return ok(typed);
}
