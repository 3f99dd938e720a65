/** Programs and terminals, for those who run them and those who sit before one: types only, as in `host.ts`. */

/** A program, and as whom it runs. */
export interface ProgramRequest {
  /** Program and arguments; a program without `/` is looked for on the PATH of `env`. */
  readonly argv: readonly [string, ...string[]];
  /** The whole environment: nothing is added. */
  readonly env: { readonly [name: string]: string };
  readonly cwd?: string;
  /** Name or number. uid, gid and supplementary groups are all set. */
  readonly user?: string;
  readonly group?: string;
  /** By `sudo -E`, unless it runs as root anyway. */
  readonly privilege?: "sudo";
}

/** Columns and rows of a terminal. */
export interface WindowSize {
  readonly columns: number;
  readonly rows: number;
}

export interface PtyRequest extends ProgramRequest {
  readonly size: WindowSize;
  /** A program that reads along gets no echo of what it writes, and bare line feeds. */
  readonly reader: "person" | "program";
}

/** How a program on a terminal ended. */
export type PtyEnd =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "signalled"; readonly signal: string; readonly number: number };

/** A program in a session of its own, whose controlling terminal is written and read here. */
export interface Pty {
  /** The next output, which is nothing when it has ended. What is not asked for waits, and then the program does. */
  read(): Promise<Uint8Array | undefined>;
  /** As if it was typed. Resolves when the terminal has taken it, or is gone. */
  write(data: Uint8Array): Promise<void>;
  resize(size: WindowSize): void;
  readonly ended: Promise<PtyEnd>;
  /**
   * Gives the terminal back. A program that still runs is ended with all of its session: HUP and, 5 s later, KILL. What
   * one that has ended left in the background is hung up on, as by any terminal that is closed.
   */
  close(): Promise<void>;
}

export interface Ptys {
  open(request: PtyRequest): Promise<
    { readonly ok: true; readonly pty: Pty } | { readonly ok: false; readonly reason: string }
  >;
}

/** Standard input while it is read as it comes; the terminal is as before when it is disposed. */
export interface TerminalInput extends Disposable {
  /** The next bytes; nothing at the end. */
  read(): Promise<Uint8Array | undefined>;
}
