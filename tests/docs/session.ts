/** A terminal as a reader has it: one bash, in an empty home folder, with `etcha` on the PATH. */
import { programEnvironment, programWords } from "../cli/program.ts";

export interface Printed {
  /** Standard output and error, in order. */
  readonly text: string;
  readonly code: number;
}

/** Milliseconds that one command may take. */
const PATIENCE = 120_000;
/** Stands before the exit code of a command. */
const MARK = "\u0001end ";

export class Session implements AsyncDisposable {
  readonly #folder: string;
  readonly #shell: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<string>;
  #unread = "";
  #code = 0;
  #count = 0;
  /** What goes on beside the shell: process ids. */
  #background: number[] = [];

  private constructor(folder: string, shell: Deno.ChildProcess) {
    this.#folder = folder;
    this.#shell = shell;
    this.#input = shell.stdin.getWriter();
    this.#output = shell.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  static async open(): Promise<Session> {
    const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "etcha-docs-" }));
    for (const name of ["bin", "home", "kept"]) await Deno.mkdir(`${folder}/${name}`);
    const words = programWords().map((word) => `'${word}'`).join(" ");
    await Deno.writeTextFile(`${folder}/bin/etcha`, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
    const env = programEnvironment();
    const shell = new Deno.Command("bash", {
      args: ["--norc", "--noprofile"],
      cwd: `${folder}/home`,
      env: {
        ...env,
        PATH: `${folder}/bin:${env.PATH}`,
        HOME: `${folder}/home`,
        DENO_DIR: await cacheFolder(),
        COLUMNS: "100",
        LC_ALL: "C.UTF-8",
      },
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
      // A group of its own, so that its end is the end of all that it has started.
      detached: true,
    }).spawn();
    const session = new Session(folder, shell);
    await session.#write("exec 2>&1; shopt -s expand_aliases");
    return session;
  }

  /** Where commands run at first. */
  get home(): string {
    return `${this.#folder}/home`;
  }

  async run(command: string): Promise<Printed> {
    const file = `${this.#folder}/kept/${++this.#count}.sh`;
    await Deno.writeTextFile(file, `${command}\n`);
    // A command sees how the one before it has ended.
    await this.#write(`(exit ${this.#code}); . '${file}' </dev/null; printf '\\n${MARK}%s\\n' $?`);
    const text = await this.#readToMark(command);
    return { text, code: this.#code };
  }

  /** Starts a program that goes on; gives what it has printed so far whenever it is asked. */
  async start(command: string): Promise<() => string> {
    const log = `${this.#folder}/kept/${++this.#count}.log`;
    const script = `${this.#folder}/kept/${this.#count}.sh`;
    await Deno.writeTextFile(log, "");
    // As the log looks on a terminal.
    await Deno.writeTextFile(script, `export ETCHA_cli_logFormat=human\nexec ${command}\n`);
    const { text } = await this.run(`bash '${script}' >'${log}' 2>&1 </dev/null & echo $!`);
    this.#background.push(Number(text));
    return () => Deno.readTextFileSync(log);
  }

  /** Ends what goes on, and waits for its end. */
  async stop(): Promise<void> {
    const pids = this.#background;
    this.#background = [];
    const code = this.#code;
    for (const pid of pids) await this.run(`kill ${pid} 2>/dev/null || true; wait ${pid}`);
    this.#code = code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#kill();
    await this.#shell.status;
    await this.#output.cancel();
    await this.#input.abort().catch(ignored);
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #write(line: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${line}\n`));
  }

  async #readToMark(command: string): Promise<string> {
    const timer = setTimeout(() => this.#kill(), PATIENCE);
    try {
      let mark: number;
      while ((mark = this.#unread.indexOf(MARK)) < 0 || !this.#unread.endsWith("\n")) {
        const { done, value } = await this.#output.read();
        if (done) throw new Error(`the shell has ended, or did not within ${PATIENCE} ms: ${command}\n${this.#unread}`);
        this.#unread += value;
      }
      const text = this.#unread.slice(0, mark).replace(/\n$/, "");
      this.#code = Number(this.#unread.slice(mark + MARK.length));
      this.#unread = "";
      return text;
    } finally {
      clearTimeout(timer);
    }
  }

  #kill(): void {
    try {
      Deno.kill(-this.#shell.pid, "SIGKILL");
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** Where Deno keeps its modules, for programs with another home. */
async function cacheFolder(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"], stdout: "piped" }).output();
  return (JSON.parse(new TextDecoder().decode(stdout)) as { readonly denoDir: string }).denoDir;
}

/** The pipe to a shell that was killed. */
function ignored(error: unknown): void {
  void error;
}
