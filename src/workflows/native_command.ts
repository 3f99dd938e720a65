import type { Milliseconds } from "../domain/duration.ts";
import type { Exec } from "../domain/exec.ts";
import type { Files, Processes, ProcessResult } from "../host/host.ts";
import { ARGUMENT_LIMIT, findShell } from "./invocation.ts";
import { runText } from "./run_text.ts";

interface CommandHost {
  readonly files: Pick<Files, "stat" | "temporary">;
  readonly processes: Processes;
  readonly environment: Readonly<Record<string, string>>;
}

/** Bytes. */
const OUTPUT_LIMIT = 1024 * 1024;
/** An evaluation as a whole may take 60 s: a command that hangs is to be named as such. */
const TIMEOUT: Milliseconds = 30_000;

/** Runs the commands that native functions ask for, and knows which of them still run. */
export class NativeCommands {
  readonly #running = new Set<Promise<ProcessResult>>();

  constructor(private readonly host: CommandHost) {}

  /** Runs texts as this exec says, within 30 s or its own, shorter timeout. */
  under(exec: Exec): (text: string, signal: AbortSignal) => Promise<ProcessResult> {
    return async (text, signal) => {
      const running = this.#run(exec, text, signal);
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

  async #run(exec: Exec, text: string, signal: AbortSignal): Promise<ProcessResult> {
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
        outputLimit: OUTPUT_LIMIT,
        timeout: Math.min(exec.timeout ?? TIMEOUT, TIMEOUT),
      },
      { files, processes, environment, shell },
      signal,
    );
  }
}
