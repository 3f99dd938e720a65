import { constants } from "node:os";
import type { Pty, PtyEnd, PtyRequest, Ptys, WindowSize } from "../programs.ts";
import { errorCode } from "./errors.ts";
import { type Launch, prepareTerminalLaunch } from "./launch.ts";
import { type Libc, MASTER_FLAGS, openLibc, POLLERR, POLLHUP, POLLIN, POLLOUT, TERMIOS, TIOCSWINSZ } from "./libc.ts";
import { endSession } from "./session.ts";
import { Timer } from "./timer.ts";

/** Bytes that are read at a time; the kernel keeps about 64 KiB in each direction. */
const READ_SIZE = 32 * 1024;
/** Milliseconds that one wait for the terminal takes at most: so long may closing have to wait for it. */
const LONGEST_WAIT = 1000;
/** Milliseconds for the kernel to say that a terminal has ended whose program has: one that never had it open. */
const WAIT_AFTER_EXIT = 100;
/** Milliseconds before a write is tried again that the terminal said it had room for, and did not take. */
const WRITE_PAUSE = 10;
const NAME_SIZE = 128;

/** Pseudoterminals of the kernel, made by calls of the C library; why is in docs/decisions/terminal.md. */
export const ptys: Ptys = { open };

async function open(request: PtyRequest): ReturnType<Ptys["open"]> {
  if (Deno.build.os !== "linux") return { ok: false, reason: "terminals are made on Linux alone" };
  const libc = openLibc();
  const master = new Master(libc);
  const opened = await start(request, master);
  if (!opened.ok) await master.close();
  return opened;
}

async function start(request: PtyRequest, master: Master): ReturnType<Ptys["open"]> {
  const made = master.make(request);
  if (!made.ok) return made;
  const prepared = await prepareTerminalLaunch(request, made.path);
  if (!prepared.ok) return prepared;
  const { owner } = prepared.launch;
  try {
    // As login(1) does: programs open their terminal by its name.
    if (owner !== undefined) await Deno.chown(made.path, owner, null);
    return { ok: true, pty: new DenoPty(master, spawn(request, prepared.launch)) };
  } catch (error) {
    // E2BIG, EACCES, EAGAIN, ENOMEM …: the kernel's word. Anything else is a bug.
    if (!(error instanceof Error) || errorCode(error) === undefined) throw error;
    return { ok: false, reason: error.message };
  }
}

function spawn({ env, cwd }: PtyRequest, { program, args, makesSession, uid, gid }: Launch): Deno.ChildProcess {
  return new Deno.Command(program, {
    args: [...args],
    clearEnv: true,
    env: { ...env },
    stdin: "null",
    stdout: "null",
    stderr: "null",
    detached: !makesSession,
    ...(cwd !== undefined && { cwd }),
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
  }).spawn();
}

class DenoPty implements Pty {
  readonly ended: Promise<PtyEnd>;
  readonly #buffer = new Uint8Array(READ_SIZE);
  #hasEnded = false;
  #isClosing = false;
  #closed: Promise<void> | undefined;

  constructor(private readonly master: Master, private readonly child: Deno.ChildProcess) {
    this.ended = child.status.then((status) => {
      this.#hasEnded = true;
      return endOf(status);
    });
  }

  async read(): Promise<Uint8Array | undefined> {
    while (!this.#isClosing) {
      const found = await this.master.wait(POLLIN, this.#hasEnded ? WAIT_AFTER_EXIT : LONGEST_WAIT);
      if (this.#isClosing) break;
      const count = (found & POLLIN) === 0 ? 0 : this.master.read(this.#buffer);
      if (count > 0) return this.#buffer.slice(0, count);
      // When the program ends, the kernel takes the terminal from whatever it has left in the background (tty(4)).
      if ((found & (POLLHUP | POLLERR)) !== 0 || (found === 0 && this.#hasEnded)) break;
    }
    return undefined;
  }

  async write(data: Uint8Array): Promise<void> {
    for (let rest = data; rest.length > 0 && !this.#isClosing;) {
      const count = this.master.write(rest);
      if (count > 0) {
        rest = rest.subarray(count);
        continue;
      }
      const found = await this.master.wait(POLLOUT, LONGEST_WAIT);
      if ((found & (POLLHUP | POLLERR)) !== 0) return;
      using pause = new Timer(WRITE_PAUSE);
      await pause.promise;
    }
  }

  resize(size: WindowSize): void {
    if (!this.#isClosing) this.master.resize(size);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#isClosing = true;
    if (!this.#hasEnded) await endSession(this.child.pid);
    await this.master.close();
    // What nobody here may end (a program that became root) ends at its own time: the terminal is gone.
    using late = new Timer(LONGEST_WAIT);
    await Promise.race([this.child.status, late.promise]);
  }
}

/** The end of a terminal that the program does not see. */
class Master {
  #file = -1;
  readonly #waits = new Set<Promise<unknown>>();

  constructor(private readonly libc: Libc) {}

  make({ size, reader }: PtyRequest): { readonly ok: true; readonly path: string } | {
    readonly ok: false;
    readonly reason: string;
  } {
    const { posix_openpt, grantpt, unlockpt, ptsname_r } = this.libc.symbols;
    this.#file = posix_openpt(MASTER_FLAGS);
    const name = new Uint8Array(NAME_SIZE);
    const isMade = this.#file >= 0 && grantpt(this.#file) === 0 && unlockpt(this.#file) === 0 &&
      ptsname_r(this.#file, name, BigInt(name.length)) === 0;
    if (!isMade) return { ok: false, reason: "the system gives no further terminal (is devpts mounted?)" };
    this.resize(size);
    this.#setModes(reader);
    return { ok: true, path: new TextDecoder().decode(name.subarray(0, name.indexOf(0))) };
  }

  resize({ columns, rows }: WindowSize): void {
    this.libc.symbols.ioctl(this.#file, TIOCSWINSZ, new Uint16Array([rows, columns, 0, 0]));
  }

  /** What poll(2) found within `timeout` milliseconds; 0: nothing. */
  async wait(events: number, timeout: number): Promise<number> {
    const asked = new Int16Array(4);
    new Int32Array(asked.buffer)[0] = this.#file;
    asked[2] = events;
    const waiting = this.libc.symbols.poll(asked, 1n, timeout);
    this.#waits.add(waiting);
    try {
      await waiting;
    } finally {
      this.#waits.delete(waiting);
    }
    return asked[3]!;
  }

  /** Bytes read; none when there is nothing, or nothing any more. */
  read(buffer: Uint8Array<ArrayBuffer>): number {
    return Math.max(0, Number(this.libc.symbols.read(this.#file, buffer, BigInt(buffer.length))));
  }

  write(data: Uint8Array): number {
    return Math.max(0, Number(this.libc.symbols.write(this.#file, new Uint8Array(data), BigInt(data.length))));
  }

  async close(): Promise<void> {
    // A number that a wait still uses must not become that of another file.
    while (this.#waits.size > 0) await Promise.all(this.#waits);
    if (this.#file >= 0) this.libc.symbols.close(this.#file);
    this.libc.close();
  }

  #setModes(reader: PtyRequest["reader"]): void {
    const { tcgetattr, tcsetattr } = this.libc.symbols;
    const modes = new Uint32Array(TERMIOS.bytes / 4);
    if (tcgetattr(this.#file, modes) !== 0) return;
    modes[TERMIOS.input]! |= TERMIOS.IUTF8;
    if (reader === "program") {
      modes[TERMIOS.output]! &= ~TERMIOS.ONLCR;
      modes[TERMIOS.local]! &= ~TERMIOS.ECHO;
    }
    tcsetattr(this.#file, TERMIOS.TCSANOW, modes);
  }
}

function endOf({ code, signal }: Deno.CommandStatus): PtyEnd {
  if (signal === null) return { kind: "exited", code };
  const number = (constants.signals as Readonly<Record<string, number>>)[signal] ?? 0;
  return { kind: "signalled", signal, number };
}
