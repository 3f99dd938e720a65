import type { Milliseconds } from "../domain/duration.ts";
import { bad, ok, type Problem, type Result } from "../domain/problem.ts";
import { parseShellLine } from "../domain/shell_lines.ts";
import type { Terminal } from "../host/host.ts";
import { EscapeReader, ESCAPES } from "./shell_escape.ts";
import { type LinkMeans, NO_WINDOW, type ShellAddress, type ShellLines, ShellLink } from "./shell_link.ts";
import { ShellSender } from "./shell_sender.ts";

/** The end of input, as it is typed (termios(3), VEOF); it is one at the beginning of a line alone. */
const END_OF_INPUT = 0x04;
const LINE_FEED = 0x0a;
/** How long the last lines of a shell may take that the host says is gone. */
const LAST_LINES: Milliseconds = 3_000;

export interface RemoteShellMeans extends LinkMeans {
  readonly terminal: Terminal;
  readonly environment: Readonly<Record<string, string>>;
  /** Aborted when the user or the system wants the program to end. */
  readonly cancel: AbortSignal;
}

/** How a remote shell ended: by itself, or because the user has left it. */
export type ShellOutcome = { readonly kind: "exited"; readonly code: number } | { readonly kind: "left" };

/**
 * A shell on another host, with this terminal: every key goes there, until its program ends, the user leaves it by an
 * escape, or the connection breaks. Standard input that is no terminal is typed there, and then its end. The terminal is as
 * before, however it ends. Problems `shell-…`.
 */
export async function remoteShell(address: ShellAddress, means: RemoteShellMeans): Promise<Result<ShellOutcome>> {
  const { terminal, environment, cancel } = means;
  const window = () => terminal.stdinIsTerminal ? terminal.screen() : NO_WINDOW;
  const link = new ShellLink(address, means);
  const over = new AbortController();
  const signal = AbortSignal.any([cancel, over.signal]);
  const name = terminal.stdinIsTerminal ? environment["TERM"] : undefined;
  const opened = await link.open(window(), isTerminalName(name) ? name : undefined, signal);
  if (!opened.ok) return opened;
  await using lines = opened.value;
  const sender = new ShellSender(link, window);
  // From here on the terminal is raw.
  using input = terminal.openInput(() => terminal.stdinIsTerminal && sender.resized());
  try {
    const shown = show(lines, terminal, signal);
    const ended = [shown, leave(input, sender, terminal), sent(sender, shown, signal, means)];
    return await untilAborted(Promise.race(ended), cancel);
  } finally {
    over.abort();
  }
}

/** Shows what the program writes until it ends. */
async function show(lines: ShellLines, terminal: Terminal, signal: AbortSignal): Promise<Result<ShellOutcome>> {
  try {
    for (;;) {
      const next = await lines.next(signal);
      if (!next.ok) return next;
      if (next.value === undefined) return bad(problem("shell-cut-off", "the connection was closed before its end"));
      for (const text of next.value) {
        const line = parseShellLine(text);
        if (line === undefined) return bad(problem("shell-bad-answer", "the host does not speak as agents do"));
        if (line.kind === "output") terminal.out(line.data);
        // As a signal ends a program that writes to nobody.
        if (!terminal.isRead) return ok({ kind: "left" });
        if (line.kind === "exited") return ok({ kind: "exited", code: line.code });
        if (line.kind === "ended") return bad(problem("shell-ended", `the host has ended it: ${line.why}`));
      }
    }
  } catch (error) {
    if (signal.aborted) return ok({ kind: "left" });
    throw error;
  }
}

/** Takes what is typed; resolves only when the user leaves the shell. */
async function leave(
  input: ReturnType<Terminal["openInput"]>,
  sender: ShellSender,
  terminal: Terminal,
): Promise<Result<ShellOutcome>> {
  const escapes = terminal.stdinIsTerminal ? new EscapeReader() : undefined;
  let last: number | undefined = LINE_FEED;
  for (;;) {
    const part = await input.read();
    if (part === undefined) break;
    const typed = escapes?.read(part) ?? { send: part, asks: false, leaves: false };
    if (typed.asks) terminal.err(`\r\n${ESCAPES}`);
    if (typed.leaves) return ok({ kind: "left" });
    last = typed.send.at(-1) ?? last;
    await sender.type(typed.send);
  }
  await sender.type(new Uint8Array(last === LINE_FEED ? [END_OF_INPUT] : [LINE_FEED, END_OF_INPUT]));
  return await new Promise(() => {});
}

/** Resolves only when nothing more can be sent, and what is shown has not ended by then. */
async function sent(
  sender: ShellSender,
  shown: Promise<Result<ShellOutcome>>,
  signal: AbortSignal,
  { clock }: Pick<LinkMeans, "clock">,
): Promise<Result<ShellOutcome>> {
  const ended = await sender.run(signal);
  if (!ended.ok) return ended;
  const late = clock.sleep(LAST_LINES, signal).then(() =>
    bad(problem("shell-gone", "the host knows nothing of it any more"))
  );
  return await Promise.race([shown, late]);
}

/** A name of terminfo(5), as a token may hold it. */
function isTerminalName(name: string | undefined): name is string {
  return name !== undefined && /^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/.test(name);
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const settled = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true, signal: settled.signal });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    settled.abort();
  }
}

function problem(code: string, found: string): Problem {
  return { code, attempted: "shell", found };
}
