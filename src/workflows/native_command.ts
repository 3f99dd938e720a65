import type { Milliseconds } from "../domain/duration.ts";
import type { Exec } from "../domain/exec.ts";
import { quoteWords } from "../domain/words.ts";
import { type Files, HostError, type Processes, type ProcessResult } from "../host/host.ts";
import { ARGUMENT_LIMIT, findShell } from "./invocation.ts";
import { runText } from "./run_text.ts";
import { isPlainShell } from "./shells.ts";

interface CommandHost {
  readonly files: Pick<Files, "read" | "stat" | "temporary">;
  readonly processes: Processes;
  readonly environment: Readonly<Record<string, string>>;
}

/** Bytes. */
const OUTPUT_LIMIT = 1024 * 1024;
/** An evaluation as a whole may take 60 s: a command that hangs is to be named as such. */
const TIMEOUT: Milliseconds = 30_000;

/** Bytes: more than the mark of an output that was cut. */
const MARK_SIZE = 1024;

/** Runs the commands that native functions ask for, and knows which of them still run. */
export class NativeCommands {
  readonly #running = new Set<Promise<ProcessResult>>();

  constructor(private readonly host: CommandHost) {}

  /** Runs texts as this exec says, within 30 s or its own, shorter timeout. */
  under(exec: Exec): (text: string, signal: AbortSignal) => Promise<ProcessResult> {
    return this.#tracked(exec, OUTPUT_LIMIT);
  }

  /**
   * Reads files as the exec's commands would see them: where they are confined to a user, a container or a program such as
   * chroot, a pattern reads no more by its native functions. Rejects with HostError.
   */
  reading(exec: Exec): (path: string, limit: number, signal: AbortSignal) => Promise<Uint8Array> {
    if (!isConfining(exec)) return (path, limit) => this.host.files.read(path, limit);
    return async (path, limit, signal) => {
      const run = this.#tracked(exec, limit + MARK_SIZE);
      return contents(await run(quoteWords(["cat", "--", path]), signal), path, limit);
    };
  }

  #tracked(exec: Exec, outputLimit: number): (text: string, signal: AbortSignal) => Promise<ProcessResult> {
    return async (text, signal) => {
      const running = this.#run(exec, text, outputLimit, signal);
      this.#running.add(running);
      try {
        return await running;
      } finally {
        this.#running.delete(running);
      }
    };
  }

  /** Resolves when none is left: an evaluation that is cancelled does not wait for them, but the program has to. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#running]);
  }

  async #run(exec: Exec, text: string, outputLimit: number, signal: AbortSignal): Promise<ProcessResult> {
    const { files, processes, environment } = this.host;
    if (new TextEncoder().encode(text).length > ARGUMENT_LIMIT) {
      return { kind: "not-started", reason: `it is longer than ${ARGUMENT_LIMIT} bytes` };
    }
    const shell = await findShell(files, environment);
    return await runText(
      exec,
      {
        text,
        variables: {},
        outputLimit,
        timeout: Math.min(exec.timeout ?? TIMEOUT, TIMEOUT),
      },
      { files, processes, environment, shell },
      signal,
    );
  }
}

/** Whether commands see less, or something else, than this process does. */
function isConfining({ user, group, container, command }: Exec): boolean {
  const isPlain = command === undefined || command.trim() === "" || isPlainShell(command);
  return user !== undefined || group !== undefined || container !== undefined || !isPlain;
}

/** What cat(1) came to. Its words say why it failed, where they are English. */
function contents(result: ProcessResult, path: string, limit: number): Uint8Array {
  const refused = (kind: HostError["kind"]) => new HostError(kind, `${path} can't be read as commands would`);
  if (result.kind !== "exited") throw refused("other");
  if (result.code !== 0) {
    const said = result.output;
    throw refused(/No such file/.test(said) ? "not-found" : /Permission denied/.test(said) ? "denied" : "other");
  }
  const bytes = new TextEncoder().encode(result.output);
  if (bytes.length > limit) throw refused("other");
  return bytes;
}
