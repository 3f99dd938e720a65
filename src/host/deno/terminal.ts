import { HostError, type Terminal } from "../host.ts";
import type { TerminalInput, WindowSize } from "../programs.ts";
import { concat } from "./bytes.ts";
import { errorCode, toHostError } from "./errors.ts";
import { SecretReader } from "./secret_reader.ts";

const encoder = new TextEncoder();
/** Bytes of standard input that are read at a time. */
const INPUT_SIZE = 16 * 1024;

/**
 * Writes text, or bytes, whole before it returns, so that nothing is lost when the program exits right after. A reader that went
 * away (`etcha render x | head -1`) is no error: the rest is dropped.
 */
class Output {
  #gone = false;
  /** Ends in the middle of a line that could not be written whole. */
  #torn = false;
  readonly #file: { writeSync(data: Uint8Array): number };
  readonly #name: string;

  constructor(file: { writeSync(data: Uint8Array): number }, name: string) {
    this.#file = file;
    this.#name = name;
  }

  get isRead(): boolean {
    return !this.#gone;
  }

  /** Gives what kept the text from being written whole. */
  write(text: string | Uint8Array): HostError | undefined {
    let rest = typeof text === "string" ? encoder.encode(this.#torn ? `\n${text}` : text) : text;
    let isBegun = false;
    while (rest.length > 0 && !this.#gone) {
      try {
        rest = rest.subarray(this.#file.writeSync(rest));
        isBegun = true;
      } catch (error) {
        const code = errorCode(error);
        if (code === "EAGAIN") {
          // Another holder of this pipe made it non-blocking: give its reader time.
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
        } else if (error instanceof Deno.errors.BrokenPipe || code === "EIO") {
          // EIO: the terminal itself was closed.
          this.#gone = true;
        } else {
          const refused = toHostError(error, `write to standard ${this.#name}`);
          if (!(refused instanceof HostError)) throw error;
          this.#torn ||= isBegun;
          return refused;
        }
      }
    }
    this.#torn &&= rest.length > 0;
    return undefined;
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
  const out = new Output(Deno.stdout, "output");
  const err = new Output(Deno.stderr, "error");
  const secrets = new SecretReader((text) => err.write(text));
  return {
    stdoutIsTerminal: Deno.stdout.isTerminal(),
    stderrIsTerminal: Deno.stderr.isTerminal(),
    stdinIsTerminal: Deno.stdin.isTerminal(),
    columns: () => toldColumns() ?? screen().columns,
    screen,
    openInput: (resized) => new RawInput(resized),
    out: (text) => {
      const refused = out.write(text);
      if (refused !== undefined) throw refused;
    },
    get isRead() {
      return out.isRead;
    },
    err: (text) => err.write(text) === undefined,
    readStdin,
    readSecret: async (prompt, signal) => Deno.stdin.isTerminal() ? await secrets.read(prompt, signal) : undefined,
  };
}

/** What COLUMNS says (POSIX, Base Definitions, 8.3), which is stronger than what the terminal says. */
function toldColumns(): number | undefined {
  const told = Deno.env.get("COLUMNS") ?? "";
  return /^[1-9]\d{0,3}$/.test(told) ? Number(told) : undefined;
}

function screen(): WindowSize {
  const isThere = Deno.stdout.isTerminal() || Deno.stderr.isTerminal();
  const { columns, rows } = isThere ? Deno.consoleSize() : { columns: 0, rows: 0 };
  // A terminal that was never told its size says 0.
  return { columns: columns || 80, rows: rows || 24 };
}

/**
 * What the runtime calls raw still makes a return of every line feed, which programs that draw use to go straight down.
 * Without stty(1) it stays so. To put the terminal back undoes this as well.
 */
function keepLineFeeds(): void {
  try {
    new Deno.Command("stty", { args: ["-opost"], stdin: "inherit", stdout: "null", stderr: "null" }).outputSync();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

class RawInput implements TerminalInput {
  readonly #buffer = new Uint8Array(INPUT_SIZE);
  #isOpen = true;

  constructor(private readonly resized: () => void) {
    if (Deno.stdin.isTerminal()) {
      Deno.stdin.setRaw(true);
      keepLineFeeds();
    }
    Deno.addSignalListener("SIGWINCH", resized);
  }

  async read(): Promise<Uint8Array | undefined> {
    try {
      const count = this.#isOpen ? await Deno.stdin.read(this.#buffer) : null;
      return count === null ? undefined : this.#buffer.slice(0, count);
    } catch (error) {
      // The terminal itself was closed.
      if (errorCode(error) !== "EIO") throw error;
      return undefined;
    }
  }

  /** A read that is under way can't be called off: it is left behind, as the program ends. */
  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    Deno.removeSignalListener("SIGWINCH", this.resized);
    if (Deno.stdin.isTerminal()) Deno.stdin.setRaw(false);
  }
}
