import type { Exec } from "../domain/exec.ts";
import { type Files, HostError, type ProcessRequest } from "../host/host.ts";
import { splitWords } from "../domain/words.ts";

/** Bytes of a script that still travel as an argument; the kernel's limit for one is 128 KiB. */
export const ARGUMENT_LIMIT = 96 * 1024;

/** Where programs are looked for when the environment of a command has no PATH. */
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * The shell for texts whose exec names none: bash with `-e -o pipefail` where the PATH has one, else `sh -e`.
 */
export async function findShell(
  files: Pick<Files, "stat">,
  environment: Readonly<Record<string, string>>,
): Promise<readonly [string, ...string[]]> {
  const bash = await findProgram("bash", files, environment);
  return bash === undefined ? ["sh", "-e", "-c"] : [bash, "-e", "-o", "pipefail", "-c"];
}

/** Absolute path of a program that the PATH of an environment has; only absolute folders of it count. */
export async function findProgram(
  name: string,
  files: Pick<Files, "stat">,
  environment: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  for (const folder of (environment["PATH"] ?? DEFAULT_PATH).split(":")) {
    if (!folder.startsWith("/")) continue;
    const path = `${folder}/${name}`;
    if (await isProgram(path, files)) return path;
  }
  return undefined;
}

/** What can't be looked at can't be run either. */
async function isProgram(path: string, files: Pick<Files, "stat">): Promise<boolean> {
  try {
    const found = await files.stat(path);
    return found?.kind === "file" && (found.mode & 0o111) !== 0;
  } catch (error) {
    if (error instanceof HostError) return false;
    throw error;
  }
}

export type Invocation =
  | { readonly ok: true; readonly argv: readonly [string, ...string[]] }
  | { readonly ok: false; readonly reason: string };

/**
 * The environment of a command: the process environment when the exec inherits it (never what begins with `ETCHA_`), then
 * the exec's own, then what the program and earlier commands set.
 */
export function commandEnvironment(
  exec: Pick<Exec, "env" | "envInherit">,
  process: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, string>>,
): Record<string, string> {
  const environment: Record<string, string> = {};
  if (exec.envInherit) {
    for (const [name, value] of Object.entries(process)) if (!name.startsWith("ETCHA_")) environment[name] = value;
  }
  return { PATH: DEFAULT_PATH, ...environment, ...exec.env, ...variables };
}

/** As whom and where an exec runs processes. */
export function identityOf(exec: Exec): Pick<ProcessRequest, "cwd" | "user" | "group" | "privilege"> {
  return {
    ...(exec.workDir !== undefined && { cwd: exec.workDir }),
    ...(exec.user !== undefined && { user: exec.user }),
    ...(exec.group !== undefined && { group: exec.group }),
    ...(exec.privilege !== undefined && { privilege: exec.privilege }),
  };
}

/**
 * Program and arguments for a script. With a `command`, its words and then the script as one further argument, unchanged.
 * With an empty one, the script's own words, where `${NAME}` stands for a variable.
 */
export function invocation(
  exec: Pick<Exec, "command">,
  script: string,
  environment: Readonly<Record<string, string>>,
  defaultShell: readonly [string, ...string[]],
): Invocation {
  if (exec.command === undefined) return { ok: true, argv: [...defaultShell, script] };
  const shell = exec.command.trim() !== "";
  const split = shell ? splitWords(exec.command) : splitWords(script, (name) => environment[name]);
  if (!split.ok) {
    const what = shell ? `the exec's command ${JSON.stringify(exec.command)}` : "the text";
    return { ok: false, reason: `${what} can't be split into words: ${split.reason}` };
  }
  const [program, ...rest] = split.words;
  if (program === undefined) return { ok: false, reason: "there is nothing to run: the text is empty" };
  return { ok: true, argv: shell ? [program, ...rest, script] : [program, ...rest] };
}
