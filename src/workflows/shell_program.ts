import type { Exec } from "../domain/exec.ts";
import { splitWords } from "../domain/words.ts";
import type { Files, ProcessRequest } from "../host/host.ts";
import type { PtyRequest } from "../host/programs.ts";
import { containerCall } from "./container.ts";
import { commandEnvironment, identityOf } from "./invocation.ts";

/** How the program of a remote shell is started. */
type ShellProgram =
  | {
    readonly ok: true;
    readonly request: Omit<PtyRequest, "size" | "reader">;
    /** What removes the container in which it runs: that does not end with the program of its engine. */
    readonly remove?: Omit<ProcessRequest, "outputLimit">;
  }
  | { readonly ok: false; readonly reason: string };

/** What TERM says where the other side says nothing: the least that a terminal can do. */
const PLAIN_TERMINAL = "dumb";

/**
 * The program of a source's `shell`, as the exec of the source says: as another user, by sudo, in a container. `terminal` is
 * what TERM says on the other side; an exec that sets it knows better.
 */
export async function shellProgram(
  shell: string,
  exec: Exec,
  terminal: string | undefined,
  means: { readonly files: Pick<Files, "stat">; readonly environment: Readonly<Record<string, string>> },
): Promise<ShellProgram> {
  const split = splitWords(shell);
  if (!split.ok) return { ok: false, reason: `the source's shell can't be split into words: ${split.reason}` };
  const [program, ...rest] = split.words;
  if (program === undefined) return { ok: false, reason: "the source's shell names no program" };
  const identity = identityOf(exec);
  const variables = exec.env["TERM"] === undefined ? { TERM: terminal ?? PLAIN_TERMINAL } : {};
  if (exec.container === undefined) {
    const env = commandEnvironment(exec, means.environment, variables);
    return { ok: true, request: { ...identity, argv: [program, ...rest], env } };
  }
  const inside = { ...exec.env, ...variables };
  const call = await containerCall(exec.container, [program, ...rest], inside, means, "terminal");
  if (!call.ok) return call;
  const request = { ...identity, env: call.env };
  return { ok: true, request: { ...request, argv: call.argv }, remove: { ...request, argv: call.remove } };
}
