import type { Milliseconds } from "../domain/duration.ts";
import type { Exec } from "../domain/exec.ts";
import type { RunRecord } from "../domain/state.ts";
import { formatDuration } from "../domain/duration.ts";
import type { Clock, Files, Log, Processes } from "../host/host.ts";
import type { Ptys } from "../host/programs.ts";
import { trustsSigner, type VerifiedToken } from "../token/verify.ts";
import { shellProgram } from "../workflows/shell_program.ts";
import { shellLine } from "../domain/shell_lines.ts";
import type { Setup } from "./setup.ts";
import { exitCode, type SessionEnd, ShellSession } from "./shell_session.ts";

/** Shells that may be open at once: each has a thread that waits for its terminal, and descriptors. */
const MAX_SESSIONS = 64;
const MAX_PER_SOURCE = 16;
/** Tokens that have opened a shell and are not past their time yet: as many as may be opened within seconds. */
const MAX_USED = 1024;
const REMOVE_TIMEOUT: Milliseconds = 20_000;
const REMOVE_OUTPUT_LIMIT = 16 * 1024;

export interface ShellMeans {
  readonly ptys: Ptys;
  readonly files: Pick<Files, "stat">;
  readonly processes: Processes;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly environment: Readonly<Record<string, string>>;
  /** When the agent began, in milliseconds since the epoch: what was signed before may have been used before. */
  readonly startedAt: number;
  /** Aborted when the agent is to end: all shells end then. */
  readonly stop: AbortSignal;
  /** Told how many shells of a source are open now. */
  readonly count: (source: string, open: number) => void;
}

/** A wish for a shell, which the source's keys have signed. */
export interface ShellWish {
  readonly source: string;
  /** The program and its words. */
  readonly shell: string;
  readonly exec: Exec;
  readonly timeout: Milliseconds;
  readonly token: VerifiedToken;
  readonly address: string;
  /** Aborted when the client is gone. */
  readonly client: AbortSignal;
  /** Given the line for the history of the source when it is over, also when it could not begin. */
  readonly ended: (run: RunRecord) => Promise<void>;
}

export type Opened =
  | { readonly kind: "opened"; readonly lines: ReadableStream<Uint8Array> }
  /** For the log alone. */
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "full" };

/** The remote shells of an agent: who may drive which, and how many there are. */
export class Shells {
  /** By the ids of the sessions. */
  readonly #sessions = new Map<string, { readonly session: ShellSession; readonly source: string }>();
  /** Digests of the signed parts of tokens that have opened a shell, each with the time from which on it would be refused anyway. */
  readonly #used = new Map<string, number>();
  readonly #attended = new Set<Promise<void>>();
  /** Those that are just being opened. */
  readonly #opening = new Map<string, number>();

  constructor(private readonly means: ShellMeans) {}

  /** A new shell. Its token is good for one, also if that can't be opened. */
  async open(wish: ShellWish): Promise<Opened> {
    const refused = await this.#refuseAgain(wish.token);
    if (refused !== undefined) return refused;
    if (this.means.stop.aborted || this.#countAll() >= MAX_SESSIONS || this.#countOf(wish.source) >= MAX_PER_SOURCE) {
      return { kind: "full" };
    }
    const startedAt = this.means.clock.now();
    this.#opening.set(wish.source, (this.#opening.get(wish.source) ?? 0) + 1);
    let opened: Awaited<ReturnType<Shells["start"]>>;
    try {
      opened = await this.start(wish);
    } finally {
      this.#opening.set(wish.source, this.#opening.get(wish.source)! - 1);
    }
    if (!opened.ok) {
      await this.#settle(wish, startedAt, { by: "agent", why: `it could not be started: ${opened.reason}` });
      return { kind: "opened", lines: failedLines(opened.reason) };
    }
    const { session, finish } = opened;
    this.#sessions.set(session.id, { session, source: wish.source });
    this.means.count(wish.source, this.#countOf(wish.source));
    this.#say(wish, "info", 200, `opened a shell for ${whose(wish)}`);
    const attended = this.#attend(wish, session, startedAt, finish).finally(() => this.#attended.delete(attended));
    this.#attended.add(attended);
    return { kind: "opened", lines: session.lines() };
  }

  /** What was typed into an open shell, or its new size. `why` is for the log alone. */
  async drive(
    source: string,
    { claims, signer }: VerifiedToken,
  ): Promise<{ readonly kind: "taken" | "full" } | { readonly kind: "refused"; readonly why: string }> {
    const { session: id, number, columns, rows, input } = claims.shell!;
    const found = this.#sessions.get(id ?? "");
    if (found === undefined) return { kind: "refused", why: "there is no such shell (any more)" };
    if (found.source !== source) return { kind: "refused", why: "the shell is of another source" };
    if (found.session.signer !== signer) return { kind: "refused", why: "the shell was opened with another key" };
    if (!found.session.accept(number)) return { kind: "refused", why: `the number ${number} has been used already` };
    if (columns > 0 && rows > 0) found.session.resize({ columns, rows });
    return { kind: await found.session.type(Uint8Array.fromBase64(input)) };
  }

  /** Under another configuration: ends those that could not be opened any more. */
  review({ config, trusts }: Pick<Setup, "config" | "trusts">): void {
    for (const { session, source } of this.#sessions.values()) {
      const opens = (config.sources.get(source)?.shell ?? "").trim() !== "";
      const why = !opens
        ? "its source opens no shells any more"
        : !trusts.has(source) || !trustsSigner(trusts.get(source)!, session.signer)
        ? "its key is not trusted any more"
        : undefined;
      if (why !== undefined) session.end({ by: "agent", why });
    }
  }

  /** Ends all of them, and waits until nothing is left. */
  async close(why = "the agent stops"): Promise<void> {
    for (const { session } of this.#sessions.values()) session.end({ by: "agent", why });
    await Promise.all(this.#attended);
  }

  private async start(wish: ShellWish) {
    const { ptys, clock, random } = this.means;
    const { claims, signer } = wish.token;
    const { columns, rows, number, terminal, input } = claims.shell!;
    const program = await shellProgram(wish.shell, wish.exec, terminal, this.means);
    if (!program.ok) return program;
    const hasWindow = columns > 0 && rows > 0;
    const opened = await ptys.open({
      ...program.request,
      size: hasWindow ? { columns, rows } : { columns: 80, rows: 24 },
      reader: hasWindow ? "person" : "program",
    });
    if (!opened.ok) return opened;
    const session = new ShellSession(crypto.randomUUID(), signer, number, opened.pty, { clock, random });
    const typed = session.type(Uint8Array.fromBase64(input));
    const finish = async (end: SessionEnd) => {
      await opened.pty.close();
      await typed;
      if (program.remove === undefined || end.by === "program") return;
      // Not to be cancelled: it is what follows from an end. That there is none left to remove is no mistake.
      const bounded = { ...program.remove, timeout: REMOVE_TIMEOUT, outputLimit: REMOVE_OUTPUT_LIMIT };
      await this.means.processes.run(bounded, new AbortController().signal);
    };
    return { ok: true as const, session, finish };
  }

  /** Watches over a session to its end. */
  async #attend(
    wish: ShellWish,
    session: ShellSession,
    startedAt: number,
    finish: (end: SessionEnd) => Promise<void>,
  ): Promise<void> {
    const over = new AbortController();
    const late = async () => {
      await this.means.clock.sleep(wish.timeout, over.signal);
      const why = `it was open for ${formatDuration(wish.timeout)}, which is all that run.timeoutShell allows`;
      session.end({ by: "agent", why });
    };
    const endOn = (signal: AbortSignal, end: SessionEnd) => {
      if (signal.aborted) session.end(end);
      else signal.addEventListener("abort", () => session.end(end), { once: true, signal: over.signal });
    };
    endOn(wish.client, { by: "client", why: "the client went away" });
    endOn(this.means.stop, { by: "agent", why: "the agent stops" });
    const limit = late();
    const end = await session.ended;
    over.abort();
    await limit;
    await finish(end);
    this.#sessions.delete(session.id);
    this.means.count(wish.source, this.#countOf(wish.source));
    await this.#settle(wish, startedAt, end);
  }

  async #settle(wish: ShellWish, startedAt: number, end: SessionEnd): Promise<void> {
    const durationMs = this.means.clock.now() - startedAt;
    const error = errorOf(end);
    const failed = end.by === "agent";
    this.#say(
      wish,
      failed ? "error" : "info",
      failed ? 500 : 200,
      `the shell of ${whose(wish)} has ended after ${formatDuration(durationMs)}${error === "" ? "" : `: ${error}`}`,
    );
    await wish.ended({
      source: wish.source,
      startedAt,
      durationMs,
      trigger: "shell",
      keyId: wish.token.keyId,
      address: wish.address,
      tokenHash: wish.token.hash,
      changed: [],
      removed: [],
      error,
    });
  }

  /**
   * Who has a token that has opened a shell must not open another one with it. It is known by what was signed: some
   * signatures can be written in two ways.
   */
  async #refuseAgain(
    { raw, claims }: VerifiedToken,
  ): Promise<{ readonly kind: "refused"; readonly why: string } | undefined> {
    const signed = await digest(raw.slice(0, raw.lastIndexOf(".")));
    const now = this.means.clock.now();
    for (const [text, until] of this.#used) if (until <= now) this.#used.delete(text);
    if (this.#used.has(signed)) return { kind: "refused", why: "its token has been used already" };
    if (claims.issuedAt! < Math.floor(this.means.startedAt / 1000)) {
      return { kind: "refused", why: "its token was made before this agent started, and may have been used then" };
    }
    if (this.#used.size >= MAX_USED) return { kind: "refused", why: "too many were opened within seconds" };
    this.#used.set(signed, claims.expires! * 1000);
    return undefined;
  }

  #countAll(): number {
    return this.#sessions.size + [...this.#opening.values()].reduce((sum, count) => sum + count, 0);
  }

  #countOf(source: string): number {
    const open = [...this.#sessions.values()].filter((one) => one.source === source).length;
    return open + (this.#opening.get(source) ?? 0);
  }

  #say(wish: ShellWish, level: "info" | "error", status: number, message: string): void {
    const { source: sourceName } = wish;
    this.means.log.write({ level, function: "shell", status, sourceTrigger: "shell", sourceName, message });
  }
}

async function digest(text: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toHex();
}

function whose({ token, address }: ShellWish): string {
  return `key ${JSON.stringify(token.keyId)} from ${address}`;
}

/** For the history; nothing for a program that succeeded. */
function errorOf(end: SessionEnd): string {
  if (end.by !== "program") return end.why;
  const code = exitCode(end.end);
  return code === 0 ? "" : `exit code ${code}`;
}

function failedLines(reason: string): ReadableStream<Uint8Array> {
  const text = `-\n${shellLine({ kind: "ended", why: reason })}`;
  return new Blob([text]).stream();
}
