import { root } from "./steps.ts";

/** Of what a release is made: it goes into the executable and the packages. */
export interface Origin {
  /** Undefined outside a checkout. `…-changed` when files differ from it. */
  readonly commit: string | undefined;
  /** SOURCE_DATE_EPOCH (reproducible-builds.org), else when the commit was made, else when computers began to count. */
  readonly date: Date;
}

export async function findOrigin(): Promise<Origin> {
  const given = Deno.env.get("SOURCE_DATE_EPOCH");
  const commit = await git("rev-parse", "HEAD");
  const seconds = Number(given ?? await git("log", "-1", "--format=%ct") ?? 0);
  if (!Number.isSafeInteger(seconds)) throw new Error("SOURCE_DATE_EPOCH is no number of seconds");
  const isChanged = (await git("status", "--porcelain", "--untracked-files=no") ?? "") !== "";
  return {
    commit: commit === undefined ? undefined : `${commit}${isChanged ? "-changed" : ""}`,
    date: new Date(seconds * 1000),
  };
}

/** Standard output without the line break; undefined when it fails. */
async function git(...args: readonly string[]): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command("git", { args: [...args], cwd: root, stderr: "null" }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
