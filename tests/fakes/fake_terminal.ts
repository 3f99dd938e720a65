import { HostError, type Terminal } from "../../src/host/host.ts";
import type { TerminalInput, WindowSize } from "../../src/host/programs.ts";

/** No terminal at all: keeps what is written. */
export class FakeTerminal implements Terminal {
  stdoutIsTerminal = false;
  stderrIsTerminal = false;
  stdinIsTerminal = false;
  isRead = true;
  stdout = "";
  stderr = "";

  /** What is typed when a secret is asked for, in turn. */
  secrets: string[] = [];

  constructor(private readonly stdin = "") {}

  size = { columns: 80, rows: 24 };
  /** What is typed, part by part, once the input is read as it comes. */
  typed: Uint8Array[] = [];

  columns(): number {
    return this.size.columns;
  }

  screen(): WindowSize {
    return this.size;
  }

  openInput(_resized: () => void): TerminalInput {
    return {
      read: () => Promise.resolve(this.typed.shift()),
      [Symbol.dispose]: () => {},
    };
  }

  out(text: string | Uint8Array): void {
    this.stdout += typeof text === "string" ? text : new TextDecoder().decode(text);
  }

  err(text: string): boolean {
    this.stderr += text;
    return true;
  }

  readStdin(limit: number): Promise<Uint8Array> {
    const bytes = new TextEncoder().encode(this.stdin);
    return bytes.length > limit
      ? Promise.reject(new HostError("other", `standard input is larger than ${limit} bytes`))
      : Promise.resolve(bytes);
  }

  readSecret(prompt: string): Promise<string | undefined> {
    if (!this.stdinIsTerminal) return Promise.resolve(undefined);
    this.err(`${prompt}\n`);
    return Promise.resolve(this.secrets.shift() ?? "");
  }
}
