import { basename } from "node:path/posix";
import type { Container, Exec } from "../domain/exec.ts";
import type { Files, Processes, ProcessRequest, ProcessResult, TemporaryFile } from "../host/host.ts";
import { containerCall, endContainer } from "./container.ts";
import { ARGUMENT_LIMIT, commandEnvironment, invocation } from "./invocation.ts";

export interface TextMeans {
  readonly processes: Processes;
  readonly files: Pick<Files, "stat" | "temporary">;
  /** The process environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Runs what has no `command` of its own; the text is added as the last argument. */
  readonly shell: readonly [string, ...string[]];
}

/** A text, and what its run is given besides its exec. */
export interface TextRequest extends Pick<ProcessRequest, "stdin" | "timeout" | "outputLimit"> {
  readonly text: string;
  /** It must not be seen in the list of processes, where everybody reads the arguments. */
  readonly sensitive?: boolean;
  /** What the program and earlier commands set. */
  readonly variables: Readonly<Record<string, string>>;
}

/** In a container, of which nothing is known before: bash where there is one, as outside. */
const CONTAINER_SHELL = [
  "sh",
  "-c",
  'command -v bash >/dev/null 2>&1 && exec bash -e -o pipefail -c "$1"; exec sh -e -c "$1"',
  "sh",
] as const;

/** Runs a text as an exec says: by a shell or without, as another user, by sudo, in a container. */
export async function runText(
  exec: Exec,
  { text, sensitive = false, variables, ...request }: TextRequest,
  means: TextMeans,
  signal: AbortSignal,
): Promise<ProcessResult> {
  await using file = await textFile({ text, sensitive }, means, exec);
  const script = file === undefined ? text : `. ${quote(file.path)}`;
  const identity: Pick<ProcessRequest, "cwd" | "user" | "group" | "privilege"> = {
    ...(exec.workDir !== undefined && { cwd: exec.workDir }),
    ...(exec.user !== undefined && { user: exec.user }),
    ...(exec.group !== undefined && { group: exec.group }),
    ...(exec.privilege !== undefined && { privilege: exec.privilege }),
  };
  if (exec.container === undefined) {
    const env = commandEnvironment(exec, means.environment, variables);
    const call = invocation(exec, script, env, means.shell);
    if (!call.ok) return { kind: "not-started", reason: call.reason };
    return await means.processes.run({ ...request, ...identity, argv: call.argv, env }, signal);
  }
  const container = file === undefined ? exec.container : withFile(exec.container, file.path);
  const inside = { ...exec.env, ...variables };
  const inner = invocation(exec, script, inside, CONTAINER_SHELL);
  if (!inner.ok) return { kind: "not-started", reason: inner.reason };
  const call = await containerCall(container, inner.argv, inside, means);
  if (!call.ok) return { kind: "not-started", reason: call.reason };
  const result = await means.processes.run({ ...request, ...identity, argv: call.argv, env: call.env }, signal);
  return await endContainer(call, result, (argv) => ({ ...identity, argv, env: call.env }), means.processes);
}

/** Programs that read a file by `.`, as they read an argument of theirs. */
const SHELLS: ReadonlySet<string> = new Set(["sh", "bash", "dash", "ash", "zsh", "ksh"]);

/**
 * A text too long for an argument, or that nobody else may see, is put into a file that only who runs it can read. Without
 * a shell it is words; what other programs do with an argument (`chroot /jail sh -c`) is not known.
 */
async function textFile(
  { text, sensitive }: { readonly text: string; readonly sensitive: boolean },
  { files }: TextMeans,
  exec: Exec,
): Promise<TemporaryFile | undefined> {
  if (exec.command === "" || !(isLong(text) || (sensitive && isShell(exec.command)))) return undefined;
  return await files.temporary(text, { user: exec.user, group: exec.group });
}

function isLong(text: string): boolean {
  return text.length * 3 > ARGUMENT_LIMIT && new TextEncoder().encode(text).length > ARGUMENT_LIMIT;
}

function isShell(command: string | undefined): boolean {
  return command === undefined || SHELLS.has(basename(command.trim().split(/\s/)[0] ?? ""));
}

function withFile(container: Container, path: string): Container {
  return { ...container, volumes: [...container.volumes, `${path}:${path}:ro`] };
}

function quote(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}
