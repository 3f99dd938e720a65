import assert from "node:assert/strict";
import { ptys } from "../../src/host/deno/ptys.ts";
import type { Pty } from "../../src/host/programs.ts";
import { programEnvironment, programWords } from "./program.ts";

/** The program on a terminal, as `sh` with `before; etcha ARGS; after` there. What it shows is read on and on. */
export class OnTerminal implements AsyncDisposable {
  shown = "";
  readonly #reading: Promise<void>;

  private constructor(private readonly pty: Pty) {
    this.#reading = this.#read();
  }

  static async open(
    script: (etcha: string) => string,
    args: readonly string[],
    options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
  ): Promise<OnTerminal> {
    const words = [...programWords(), ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
    const opened = await ptys.open({
      argv: ["/bin/sh", "-c", script(words)],
      env: programEnvironment({ TERM: "xterm", ...options.env }),
      cwd: options.cwd,
      size: { columns: 100, rows: 30 },
      reader: "person",
    });
    assert.ok(opened.ok, JSON.stringify(opened));
    return new OnTerminal(opened.pty);
  }

  async type(text: string): Promise<void> {
    await this.pty.write(new TextEncoder().encode(text));
  }

  resize(columns: number, rows: number): void {
    this.pty.resize({ columns, rows });
  }

  /** All that was shown when it has ended. */
  async end(): Promise<string> {
    await this.#reading;
    return this.shown;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pty.close();
    await this.#reading;
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for (let part = await this.pty.read(); part !== undefined; part = await this.pty.read()) {
      this.shown += decoder.decode(part, { stream: true });
    }
  }
}
