import { problemsText, type Result } from "../domain/problem.ts";
import { isStaticHash } from "../domain/state.ts";
import { type Files, HostError, type StateStore } from "../host/host.ts";
import type { VerifiedToken } from "../token/verify.ts";
import type { StaticCommands, Wanted } from "./wanted.ts";

/** Bytes of a token file: a token and white space around it. */
const FILE_LIMIT = 33 * 1024 * 1024;

interface StoredMeans {
  /** What is the pattern until a token replaces it. */
  readonly commands: StaticCommands | undefined;
  /** Absent: no token is kept. */
  readonly tokenPath: string | undefined;
  readonly files: Pick<Files, "readText">;
  readonly store: Pick<StateStore, "load">;
  readonly verify: (text: string) => Promise<Result<VerifiedToken>>;
  /** How often a run has taken up another one: what is taken up meanwhile is newer than what was read. */
  readonly acceptances: () => number;
}

/** What a source finds at its start. `unusable`: there is something, which can't be used now. */
export type Stored =
  | { readonly kind: "wanted"; readonly wanted: Wanted }
  | { readonly kind: "nothing"; readonly level: "info" | "error"; readonly message: string }
  | { readonly kind: "unusable"; readonly why: string };

/** The stored token, which is verified again; without one the static commands, unless a token had replaced them. */
export async function loadStored(source: string, means: StoredMeans): Promise<Stored> {
  for (;;) {
    const before = means.acceptances();
    const stored = await readStored(source, means);
    if (before === means.acceptances()) return stored;
  }
}

async function readStored(source: string, means: StoredMeans): Promise<Stored> {
  const { commands, tokenPath, files, store, verify } = means;
  try {
    const text = tokenPath === undefined ? undefined : await readIfThere(files, tokenPath);
    if (text !== undefined) {
      const verified = await verify(text);
      if (verified.ok) return { kind: "wanted", wanted: verified.value };
      return {
        kind: "unusable",
        why: `${tokenPath} is not run, nothing is removed: ${problemsText(verified.problems)}`,
      };
    }
    if (commands === undefined) {
      const where = tokenPath === undefined ? "none is kept" : `${tokenPath} is not there`;
      return { kind: "nothing", level: "info", message: `no pattern yet: ${where}` };
    }
    const { accepted } = await store.load(source);
    if (accepted === undefined || isStaticHash(accepted.tokenHash)) return { kind: "wanted", wanted: commands };
    const why = `the commands of the configuration were replaced by a token, and ${tokenPath} is not there`;
    return { kind: "nothing", level: "error", message: `nothing is run: ${why}; the next token goes on from it` };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return { kind: "unusable", why: error.message };
  }
}

async function readIfThere(files: Pick<Files, "readText">, path: string): Promise<string | undefined> {
  try {
    return await files.readText(path, FILE_LIMIT);
  } catch (error) {
    if (error instanceof HostError && error.kind === "not-found") return undefined;
    throw error;
  }
}
