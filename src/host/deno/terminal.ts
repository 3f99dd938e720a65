import { HostError, type Terminal } from "../host.ts";
import { concat } from "./bytes.ts";
import { errorCode } from "./errors.ts";
import { SecretReader } from "./secret_reader.ts";

const encoder = new TextEncoder();

/**
 * Writes text whole before it returns, so that nothing is lost when the program exits right after. A reader that went
 * away (`etcha render x | head -1`) is no error: the rest is dropped.
 */
class Output {
  #gone = false;
  readonly #file: { writeSync(data: Uint8Array): number };

  constructor(file: { writeSync(data: Uint8Array): number }) {
    this.#file = file;
  }

  get isRead(): boolean {
    return !this.#gone;
  }

  write(text: string): void {
    let rest = encoder.encode(text);
    while (rest.length > 0 && !this.#gone) {
      try {
        rest = rest.subarray(this.#file.writeSync(rest));
      } catch (error) {
        const code = errorCode(error);
        if (code === "EAGAIN") {
          // Another holder of this pipe made it non-blocking: give its reader time.
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
        } else if (error instanceof Deno.errors.BrokenPipe || code === "EIO") {
          // EIO: the terminal itself was closed.
          this.#gone = true;
        } else {
          throw error;
        }
      }
    }
  }
}

async function readStdin(limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of Deno.stdin.readable) {
    size += chunk.length;
    if (size > limit) throw new HostError("other", `standard input is larger than ${limit} bytes`);
    chunks.push(chunk);
  }
  return concat(chunks);
}

/** The standard streams of the process. */
export function createTerminal(): Terminal {
  const out = new Output(Deno.stdout);
  const err = new Output(Deno.stderr);
  const secrets = new SecretReader((text) => err.write(text));
  return {
    stdoutIsTerminal: Deno.stdout.isTerminal(),
    stderrIsTerminal: Deno.stderr.isTerminal(),
    stdinIsTerminal: Deno.stdin.isTerminal(),
    columns: () => toldColumns() ?? (Deno.stdout.isTerminal() || Deno.stderr.isTerminal() ? consoleColumns() : 80),
    out: (text) => out.write(text),
    get isRead() {
      return out.isRead;
    },
    err: (text) => err.write(text),
    readStdin,
    readSecret: async (prompt, signal) => Deno.stdin.isTerminal() ? await secrets.read(prompt, signal) : undefined,
  };
}

/** What COLUMNS says (POSIX, Base Definitions, 8.3), which is stronger than what the terminal says. */
function toldColumns(): number | undefined {
  const told = Deno.env.get("COLUMNS") ?? "";
  return /^[1-9]\d{0,3}$/.test(told) ? Number(told) : undefined;
}

function consoleColumns(): number {
  // A terminal that was never told its size says 0.
  return Deno.consoleSize().columns || 80;
}
