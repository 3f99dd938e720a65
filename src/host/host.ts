/**
 * What the program asks of the machine: types only. `host/deno` holds the one real implementation, the tests fakes;
 * both pass the same conformance tests. Failures of the outside world are values of `HostError`, never messages with
 * secrets in them.
 */
import type { Milliseconds } from "../domain/duration.ts";
import type { Accepted, RunRecord, SourceState, StateChange, Wish, Wishes } from "../domain/state.ts";
import type { Network } from "./network.ts";
import type { ProgramRequest, Ptys, TerminalInput, WindowSize } from "./programs.ts";

/** Thrown by Files, Http, Dns and StateStore for what the outside world refuses. */
export class HostError extends Error {
  constructor(
    readonly kind:
      | "not-found"
      | "denied"
      | "exists"
      | "timeout"
      | "unreachable"
      | "tls"
      | "full"
      | "busy"
      | "disabled"
      | "other",
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A certificate that is not trusted; `fingerprint` is its SHA-256, `AB:CD:…`, by which it could be pinned. */
export class CertificateError extends HostError {
  constructor(message: string, readonly fingerprint: string | undefined) {
    super("tls", message);
  }
}

export interface FileInfo {
  readonly kind: "file" | "dir" | "link" | "other";
  readonly size: number;
  /** Permission bits, 0o7777. */
  readonly mode: number;
  readonly modifiedMs: number;
  /** Numbers of owner and group. */
  readonly uid: number;
  readonly gid: number;
}

/** What may be set of a file or folder; what is absent stays. */
export interface FileAttributes {
  readonly uid?: number;
  readonly gid?: number;
  /** Permission bits, 0o7777. */
  readonly mode?: number;
  readonly modifiedMs?: number;
}

/** Writes a file part by part, and says what else it is to have; `kept`: the old file is to stay, nothing is written. */
export type Fill = (write: (part: Uint8Array) => Promise<void>) => Promise<FileAttributes | "kept">;

/** A file that is read here and there. */
export interface OpenFile extends AsyncDisposable {
  readonly size: number;
  /** Fewer bytes only at its end. */
  readAt(offset: number, length: number): Promise<Uint8Array>;
}

export interface Files {
  readonly cwd: string;
  /** Bytes of a file; `limit` (bytes) refuses a larger one with kind "other". */
  read(path: string, limit?: number): Promise<Uint8Array>;
  readText(path: string, limit?: number): Promise<string>;
  /** Undefined when there is nothing; follows links unless `nofollow`. */
  stat(path: string, options?: { nofollow?: boolean }): Promise<FileInfo | undefined>;
  /**
   * The same at once, for what is quicker asked for than waited for; never follows a link at `path`. `bytes` are there
   * when it is a file of at most `limit` bytes.
   */
  look(path: string, limit?: number): (FileInfo & { readonly bytes?: Uint8Array }) | undefined;
  /** The parts of a file, one after the other; `nofollow`: not when there is a link. */
  readParts(path: string, options?: { nofollow?: boolean }): AsyncIterable<Uint8Array>;
  /** Names in a folder, sorted. */
  list(path: string): Promise<readonly string[]>;
  /**
   * Replaces the file in one step: temporary file in the same folder, fsync, rename, fsync of the folder. Without
   * `mode` it is 0666 less the umask. Either the old or the new content is there, whole, with its owner and mode,
   * whatever happens. What a killed process leaves is cleared by the next one that writes to the same path.
   */
  writeAtomic(path: string, data: Uint8Array | string, options?: FileAttributes): Promise<void>;
  /**
   * The same for what comes in parts and need not fit into memory. Without `mode` it is 0600, or with `access` "open" 0666
   * less the umask. `flush` "later": it is not durable before `flush` was called for it, which costs far less for many files.
   */
  replaceBy(path: string, fill: Fill, options?: { access?: "open"; flush?: "later" }): Promise<void>;
  /** Makes files, or the names in folders, durable; what is gone is left out. */
  flush(paths: Iterable<string>): Promise<void>;
  open(path: string): Promise<OpenFile>;
  makeDir(path: string, options?: { mode?: number }): Promise<void>;
  /** Owner and group, then the mode (the first clears bits of the second), of what is no link: links are refused. */
  setAttributes(path: string, attributes: FileAttributes): Promise<void>;
  /** What a symbolic link says; and where a path leads when all links in it are followed. */
  readLink(path: string): Promise<string>;
  realPath(path: string): Promise<string>;
  /** Puts a symbolic link to `target` at `path` in one step, in place of a link or file that may be there. */
  writeLink(path: string, target: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Removes a folder with all that is in it. Links in it are removed, not followed. */
  removeTree(path: string): Promise<void>;
  /**
   * A new file, 0600, that belongs to `user` (default: who runs the program). It lies in `folder`, where the opener of a
   * state clears what is left over; without one, or where another user could not get to it, in the folder for temporary
   * files.
   */
  temporary(
    content: string,
    owner: { readonly user: string | undefined; readonly group: string | undefined },
    folder?: string,
  ): Promise<TemporaryFile>;
}

/** Removed when disposed; one that somebody else has removed is no error. */
export interface TemporaryFile extends AsyncDisposable {
  readonly path: string;
}

export interface Accounts {
  /** The user that runs the program. */
  readonly ownId: number;
  /** The number of a user or group, given by name or number; a number that is a name counts as a name. */
  userId(name: string): Promise<number | undefined>;
  groupId(name: string): Promise<number | undefined>;
  /** The name that a number has on this machine. */
  userName(id: number): Promise<string | undefined>;
  groupName(id: number): Promise<string | undefined>;
}

export interface ProcessRequest extends ProgramRequest {
  /** Absent: empty standard input. */
  readonly stdin?: string;
  readonly timeout?: Milliseconds;
  /** Bytes of output that are kept; the rest is read and dropped, and a mark says so. */
  readonly outputLimit: number;
}

/** `output`: standard output and error together, in order, not trimmed. */
export type ProcessResult =
  | { readonly kind: "exited"; readonly code: number; readonly output: string }
  | { readonly kind: "signalled"; readonly signal: string; readonly output: string }
  | { readonly kind: "timed-out"; readonly output: string }
  | { readonly kind: "cancelled"; readonly output: string }
  | { readonly kind: "not-started"; readonly reason: string };

export interface Processes {
  /**
   * Runs a program in a process group of its own and waits for it. On timeout or abort the whole group gets TERM and,
   * 5 s later, KILL; nothing is left behind. Never rejects for what the program does.
   */
  run(request: ProcessRequest, signal: AbortSignal): Promise<ProcessResult>;
}

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: Uint8Array | string;
  readonly timeout: Milliseconds;
  /** Of it, for the connection with its TLS handshake: where nothing answers at all, there is no need to wait for long. */
  readonly connectTimeout?: Milliseconds;
  /** Of it, from one part of an answer that has begun to the next. */
  readonly stallTimeout?: Milliseconds;
  /** Told when somebody answers at that address and the request is about to be sent. */
  readonly begun?: () => void;
  /** Many requests to the same place will follow this one: its connection is kept for them. */
  readonly keepsConnection?: true;
  /** Bytes; a larger body is refused. */
  readonly bodyLimit: number;
  /**
   * Given the body of an answer with status 200 part by part, in place of `body`, which is empty then. It is waited for;
   * after "enough" no more is read.
   */
  readonly onBody?: (part: Uint8Array) => Promise<"more" | "enough">;
  readonly tls?: {
    readonly skipVerify?: boolean;
    /** PEM of private authorities, in addition to the public ones. */
    readonly ca?: string;
    /** SHA-256 of the certificate, hex with or without colons: it alone is accepted, names and chain are not looked at. */
    readonly fingerprint?: string;
  };
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** An answer that is read while it comes. Disposing ends the connection. */
export interface HttpStream extends AsyncDisposable {
  readonly status: number;
  readonly headers: Headers;
  /** The next part; nothing at the end. Rejects with HostError when it was cut off. */
  read(): Promise<Uint8Array | undefined>;
}

export interface Http {
  /** Follows up to 10 redirects for GET. Rejects with HostError (timeout, unreachable, tls) or AbortError. */
  request(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse>;
}

export interface HttpStreams {
  /** Follows no redirects; `timeout` is for the beginning of the answer, the signal for all of it. Rejects like a request. */
  stream(request: Omit<HttpRequest, "bodyLimit">, signal: AbortSignal): Promise<HttpStream>;
}

export interface Dns {
  /** Sorted values; empty when the name has none of that type. */
  resolve(type: "A" | "AAAA" | "CNAME" | "TXT", name: string, timeout: Milliseconds): Promise<readonly string[]>;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds that never run backwards. */
  monotonic(): number;
  /** Resolves early, without error, when the signal is aborted. */
  sleep(duration: Milliseconds, signal: AbortSignal): Promise<void>;
}

export interface Terminal {
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  readonly stdinIsTerminal: boolean;
  /** What COLUMNS says, else the columns of the terminal, 80 where there is none. */
  columns(): number;
  /** Throws HostError when it can't be written; a reader that went away is no error. */
  out(text: string | Uint8Array): void;
  /** Whether standard output still has a reader, as far as writing to it has shown. */
  readonly isRead: boolean;
  /** Never throws: gives whether the text was written whole. */
  err(text: string): boolean;
  /** How large the terminal itself is at the moment, 80 × 24 where there is none or nobody told it. */
  screen(): WindowSize;
  /**
   * Takes what is typed as it comes, until it is disposed: the terminal neither shows it nor makes signals of it (raw).
   * Standard input that is no terminal is read as it is. `resized` is called when the terminal has another size.
   */
  openInput(resized: () => void): TerminalInput;
  /** All of standard input. */
  readStdin(limit: number): Promise<Uint8Array>;
  /**
   * Asks for a line that is not shown while it is typed; nothing where standard input is no terminal. Rejects with the
   * reason of the signal when that is aborted (so does ctrl-C, as it ends the program); the terminal is as before then, too.
   */
  readSecret(prompt: string, signal: AbortSignal): Promise<string | undefined>;
}

export type LogLevel = "debug" | "info" | "error";

/** Attributes in the order in which they are written. Values are strings already free of secrets. */
export interface LogEntry {
  readonly level: LogLevel;
  /** Name of the function that speaks, e.g. "run", "push". */
  readonly function: string;
  /** HTTP-like: 200, 404, 500 … */
  readonly status: number;
  readonly sourceTrigger?: string;
  readonly sourceName?: string;
  readonly commandId?: string;
  readonly commandMode?: string;
  readonly commandParentId?: string;
  readonly message: string;
}

export interface Log {
  write(entry: LogEntry): void;
}

export interface LogSettings {
  readonly format: "human" | "kv" | "json";
  /** Entries below this level are dropped; `none`: all are. */
  readonly level: LogLevel | "none";
  /** Otherwise colours are used on a terminal, unless NO_COLOR is set. */
  readonly noColor: boolean;
}

/** What one transaction changes for one source. */
export interface StateCommit {
  readonly source: string;
  readonly changes: readonly StateChange[];
  readonly accepted?: Accepted;
  readonly newest?: { readonly signer: string; readonly issuedAt: number };
  readonly nextKey?: number;
  /** Wishes to forget that are done with these changes. */
  readonly granted?: readonly number[];
  readonly run?: RunRecord;
}

/** The record of all sources of one state directory. Every commit is durable when its promise resolves. */
export interface StateStore extends AsyncDisposable {
  load(source: string): Promise<SourceState>;
  /** Applied whole or not at all, in the order in which commits were asked for. */
  commit(commit: StateCommit): Promise<void>;
  /** Newest first. */
  history(source: string | undefined, limit: number): Promise<readonly RunRecord[]>;
  sources(): Promise<readonly string[]>;
  /** What people want of a source, also those who wrote it meanwhile; the time of a pause may be over. */
  wishes(source: string): Promise<Wishes>;
  /** The one thing that may be written without the lock, beside an agent: what a person wants of it. */
  wish(source: string, wish: Wish): Promise<void>;
}

/** A state that was opened for a person. */
export interface StateVisit extends AsyncDisposable {
  readonly store: StateStore;
  /** `runs`: an agent has the lock, so that nothing but wishes can be written. */
  readonly agent: "runs" | "absent";
}

export interface States {
  /**
   * Opens `dir` (made 0700 when missing) and its database (0600). `exclusive` holds a kernel lock that dies with the
   * process: a second exclusive opener is refused, after a second, with kind "busy". Readers need none.
   */
  open(dir: string, options: { exclusive: boolean }): Promise<StateStore>;
  /**
   * Opens what is there with the lock if no agent has it, else beside the agent. Makes no state where there is none: rejects
   * with kind "not-found".
   */
  visit(dir: string): Promise<StateVisit>;
}

/** Looks at the main thread of this very process. */
export interface Profiler {
  /**
   * Measures for so long, or until the signal is aborted; one at a time, another is refused with kind "busy". JSON in the form
   * of V8 (`.cpuprofile`, `.heapprofile`): names and places of functions with times or sizes, and no values.
   */
  profile(kind: "cpu" | "heap", duration: Milliseconds, signal: AbortSignal): Promise<string>;
}

export interface SystemInfo {
  /** As `uname -m` says in Go's words: amd64, arm64 … */
  readonly arch: string;
  /** linux, darwin … */
  readonly os: string;
  readonly cpus: number;
  readonly hostname: string;
  /** As `uname -m` says: x86_64, aarch64 … */
  readonly machine: string;
  /** The addresses that the machine has now, in the order of the kernel. */
  interfaces(): readonly NetworkInterface[];
}

/** One address of a network interface. */
export interface NetworkInterface {
  readonly name: string;
  readonly family: "IPv4" | "IPv6";
  /** Without the length of its prefix. */
  readonly address: string;
  /** `02:00:…`, lower case. */
  readonly mac: string;
}

/** What the program is on this machine. */
export interface Self {
  /** Program and arguments that start it anew; those of a subcommand may follow. */
  readonly program: readonly [string, ...string[]];
  readonly isRoot: boolean;
}

/** A thread that evaluates Jsonnet; the evaluator talks to it by messages. */
export interface Workers {
  /** Ready to be given requests. Rejects with HostError "not-found" when the Jsonnet module was not built. */
  startJsonnet(): Promise<Worker>;
}

export interface Host {
  readonly files: Files;
  readonly accounts: Accounts;
  readonly processes: Processes;
  readonly ptys: Ptys;
  readonly http: Http;
  readonly httpStreams: HttpStreams;
  readonly dns: Dns;
  readonly clock: Clock;
  readonly terminal: Terminal;
  readonly network: Network;
  readonly states: States;
  readonly system: SystemInfo;
  readonly workers: Workers;
  readonly self: Self;
  readonly profiler: Profiler;
  /** Starts the thread in which jq runs (`jq/protocol.ts` says what it is told). */
  startJq(): Worker;
  /** A log on standard error. */
  openLog(settings: LogSettings): Log;
  /** The process environment at start. */
  readonly environment: { readonly [name: string]: string };
}
