import assert from "node:assert/strict";
import { request } from "node:https";
import { programEnvironment, programWords } from "./program.ts";

/** Milliseconds that anything may take that is merely waited for. */
const PATIENCE = 30_000;

export interface AgentOptions {
  /** Where it runs; its log goes to `agent.log` and its standard output to `agent.out` there. */
  readonly cwd: string;
  /** What `-c` gets. */
  readonly config?: string;
  /** What `-x` gets: key path to value. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  /** `run -o`. */
  readonly once?: boolean;
  /** Instead of the program under test. */
  readonly program?: readonly [string, ...string[]];
  /** Words before the program, such as `setpriv …`. */
  readonly before?: readonly string[];
}

/** What an agent answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

interface Call {
  readonly method?: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** The address to call from. */
  readonly from?: string;
  /** Goes away when it is aborted. */
  readonly signal?: AbortSignal;
}

/** A running `etcha run`, the real program. Disposing kills it, if it is still there. */
export class Agent implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #options: AgentOptions;
  /** Length of the log when it was started. */
  readonly #before: number;
  #status: Deno.CommandStatus | undefined;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#before = readText(`${options.cwd}/agent.log`).length;
    const settings = Object.entries(options.settings).flatMap(([key, value]) => [
      "-x",
      `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
    ]);
    const file = options.config === undefined ? [] : ["-c", options.config];
    const words = [
      ...options.before ?? [],
      ...options.program ?? programWords(),
      ...file,
      ...settings,
      "run",
      ...options.once ? ["-o"] : [],
    ];
    // Into files, opened for appending, so that several lives in one folder leave one story.
    this.#child = new Deno.Command("sh", {
      args: ["-c", 'exec "$@" >>agent.out 2>>agent.log', "sh", ...words],
      cwd: options.cwd,
      env: programEnvironment(options.env),
      clearEnv: true,
      stdin: "null",
      stdout: "null",
      stderr: "inherit",
    }).spawn();
    void this.#child.status.then((status) => this.#status = status);
  }

  get pid(): number {
    return this.#child.pid;
  }

  get hasEnded(): boolean {
    return this.#status !== undefined;
  }

  /** What this life has logged so far. */
  get log(): string {
    return readText(`${this.#options.cwd}/agent.log`).slice(this.#before);
  }

  /** Where it listens, once it does. */
  get port(): number | undefined {
    const port = /Starting listener\.\.\. on \S+:(\d+),/.exec(this.log)?.[1];
    return port === undefined ? undefined : Number(port);
  }

  async listening(): Promise<this> {
    await until(() => this.port !== undefined || this.hasEnded, () => `the agent does not listen:\n${this.log}`);
    assert.ok(this.port !== undefined, `the agent ended:\n${this.log}`);
    return this;
  }

  /** Waits for the log to match. */
  async logged(pattern: RegExp, patience = PATIENCE): Promise<void> {
    await until(() => pattern.test(this.log), () => `the log lacks ${pattern}:\n${this.log}`, patience);
  }

  signal(name: Deno.Signal): void {
    if (!this.hasEnded) this.#child.kill(name);
  }

  /** The exit code; waits for the end. */
  async ended(patience = PATIENCE): Promise<number> {
    await until(() => this.hasEnded, () => `the agent goes on:\n${this.log}`, patience);
    return this.#status!.code;
  }

  async call(path: string, call: Call = {}): Promise<Answer> {
    const port = this.port;
    assert.ok(port !== undefined, "the agent does not listen");
    return await callAt(port, path, call);
  }

  async push(source: string, token: string | Uint8Array, call: Call & { query?: string } = {}): Promise<Answer> {
    return await this.call(`/etcha/v1/push/${source}${call.query ?? ""}`, { method: "POST", body: token, ...call });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal("SIGKILL");
    await this.#child.status;
  }
}

/** One request over a connection of its own; the certificate is whatever the agent made. */
export function callAt(port: number, path: string, call: Call = {}): Promise<Answer> {
  const body = typeof call.body === "string" ? new TextEncoder().encode(call.body) : call.body;
  const isChunked = call.headers?.["transfer-encoding"] !== undefined;
  return new Promise((resolve, reject) => {
    const sent = request({
      host: "127.0.0.1",
      port,
      path,
      method: call.method ?? "GET",
      headers: {
        ...(body !== undefined && !isChunked && { "content-length": String(body.length) }),
        ...call.headers,
      },
      ...(call.from !== undefined && { localAddress: call.from }),
      ...(call.signal !== undefined && { signal: call.signal }),
      rejectUnauthorized: false,
      agent: false,
      timeout: PATIENCE,
    }, (response) => {
      const chunks: Uint8Array[] = [];
      response.on("data", (chunk: Uint8Array) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = new TextDecoder().decode(joined(chunks));
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
    });
    sent.on("timeout", () => sent.destroy(new Error("no answer")));
    sent.on("error", reject);
    // What is refused early is answered before it was sent.
    sent.end(body);
  });
}

/** Waits for something to become true, looking again and again; fails with `what` when it does not. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: () => string,
  patience = PATIENCE,
): Promise<void> {
  const end = performance.now() + patience;
  while (!await holds()) {
    if (performance.now() > end) assert.fail(what());
    await pause(10);
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** A folder for one test; removed afterwards. */
export async function inFolder(body: (cwd: string) => Promise<void>): Promise<void> {
  const cwd = await Deno.makeTempDir({ prefix: "etcha-test-" });
  try {
    await body(cwd);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

/** The text of a file, "" when it is not there. */
export function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
