import type { Container, Exec } from "../domain/exec.ts";
import {
  type Files,
  HostError,
  type Processes,
  type ProcessRequest,
  type ProcessResult,
  type TemporaryFile,
} from "../host/host.ts";
import { quoteWords } from "../domain/words.ts";
import { containerCall, endContainer } from "./container.ts";
import { ARGUMENT_LIMIT, commandEnvironment, identityOf, invocation } from "./invocation.ts";
import { isShell } from "./shells.ts";

export interface TextMeans {
  readonly processes: Processes;
  readonly files: Pick<Files, "stat" | "temporary">;
  /** The process environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Runs what has no `command` of its own; the text is added as the last argument. */
  readonly shell: readonly [string, ...string[]];
  /** Where texts lie that can't travel as an argument; otherwise the folder for temporary files. */
  readonly textFolder?: string;
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

/**
 * Runs a text as an exec says: by a shell or without, as another user, by sudo, in a container. What the machine refuses
 * on the way (a file for the text) is a result like any other.
 */
export async function runText(
  exec: Exec,
  request: TextRequest,
  means: TextMeans,
  signal: AbortSignal,
): Promise<ProcessResult> {
  const carried = await carry(request, means, exec);
  if (!carried.ok) return { kind: "not-started", reason: carried.reason };
  const { file } = carried;
  try {
    return await runCarried(exec, request, file, means, signal);
  } finally {
    if (file !== undefined) await discard(file);
  }
}

/** The text has run, and that is what counts: nobody else can read what may be left of its file. */
async function discard(file: TemporaryFile): Promise<void> {
  try {
    await file[Symbol.asyncDispose]();
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
  }
}

async function runCarried(
  exec: Exec,
  { text, sensitive: _, variables, ...request }: TextRequest,
  file: TemporaryFile | undefined,
  means: TextMeans,
  signal: AbortSignal,
): Promise<ProcessResult> {
  const script = file === undefined ? text : `. ${quoteWords([file.path])}`;
  const identity = identityOf(exec);
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

type Carried =
  | { readonly ok: true; readonly file: TemporaryFile | undefined }
  | { readonly ok: false; readonly reason: string };

/**
 * A text too long for an argument, or that nobody else may see, is put into a file that only who runs it can read. Without
 * a shell it is words; what other programs do with an argument (`chroot /jail sh -c`) is not known.
 */
async function carry(
  { text, sensitive = false }: TextRequest,
  { files, textFolder }: TextMeans,
  { command, user, group }: Exec,
): Promise<Carried> {
  if (command?.trim() === "") return { ok: true, file: undefined };
  const isByShell = isShell(command);
  if (!isByShell && isLong(text)) {
    return { ok: false, reason: "the text is longer than 96 KiB, which only a shell can take" };
  }
  if (!isByShell || !(isLong(text) || sensitive)) return { ok: true, file: undefined };
  try {
    return { ok: true, file: await files.temporary(text, { user, group }, textFolder) };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return { ok: false, reason: error.message };
  }
}

function isLong(text: string): boolean {
  return text.length * 3 > ARGUMENT_LIMIT && new TextEncoder().encode(text).length > ARGUMENT_LIMIT;
}

function withFile(container: Container, path: string): Container {
  return { ...container, volumes: [...container.volumes, `${path}:${path}:ro`] };
}
