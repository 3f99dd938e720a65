import { networkOf, unmapped } from "../../domain/address.ts";
import type { ConnectionEvent, ListenOptions, PeerAddress } from "../network.ts";
import { errorCode } from "./errors.ts";
import { Timer } from "./timer.ts";

/** Bytes that a connection may send before it costs more than this, and what is copied at a time afterwards. */
const FIRST_READ = 1024;
const COPY_SIZE = 8192;
/** How long, in milliseconds, a client may take to notice that it was answered. */
const LINGER = 1000;

export type Client = Deno.TcpConn | Deno.UnixConn;

/** One client: its bytes go to the server and back, and its times are watched. */
export class Connection {
  readonly peer: PeerAddress;
  /** Clients that count as one: an address, or an IPv6 network of 64 bits. */
  readonly group: string;
  readonly #client: Client;
  #server: Deno.TcpConn | undefined;
  #requests = new Set<AbortController>();
  #served = false;
  /** When it last began to wait for a request, and when a write to the client began that has not ended. */
  #waitingSince = performance.now();
  #writingSince: number | undefined;
  #answered = false;
  #closed = false;

  constructor(client: Client) {
    const { remoteAddr } = client;
    const { hostname, port } = "hostname" in remoteAddr ? remoteAddr : { hostname: "unix", port: 0 };
    this.peer = { hostname: unmapped(hostname), port };
    this.group = networkOf(hostname);
    this.#client = client;
  }

  /** No request is under way: it may be closed without harm. */
  get isWaiting(): boolean {
    return this.#requests.size === 0;
  }

  /** A request has come. */
  get isServed(): boolean {
    return this.#served;
  }

  /** Copies until either side ends. `connect` is called with the first bytes: who never speaks costs little. */
  async serve(connect: () => Promise<Deno.TcpConn>): Promise<void> {
    try {
      if ("setNoDelay" in this.#client) {
        this.#client.setNoDelay(true);
        this.#client.setKeepAlive(true);
      }
      const first = new Uint8Array(FIRST_READ);
      const count = await this.#client.read(first);
      if (count === null || this.#closed) return;
      const server = await connect();
      // Closed meanwhile, and without this one.
      if (this.#closed) return server.close();
      this.#server = server;
      await writeAll(this.#server, first.subarray(0, count));
      const uploaded = this.#upload(this.#server);
      await Promise.race([uploaded, this.#download(this.#server)]);
      // What a client sent meanwhile is read and dropped: with that unread, closing would take the answer away from it.
      if (this.#answered) await this.#linger(uploaded);
    } catch (error) {
      if (!isDisconnect(error)) throw error;
    } finally {
      this.close();
    }
  }

  /** A request came; its signal is aborted when the connection ends before it is answered. */
  begin(): AbortController {
    const request = new AbortController();
    this.#requests.add(request);
    this.#served = true;
    return request;
  }

  end(request: AbortController): void {
    if (this.#requests.delete(request) && this.isWaiting) this.#waitingSince = performance.now();
  }

  /** Whether it has waited longer than it may: for a first request, for a further one, for the client to read. */
  isLate(limits: ListenOptions["limits"]): boolean {
    const now = performance.now();
    if (this.#writingSince !== undefined && now - this.#writingSince > limits.idleTimeout) return true;
    return this.isWaiting && now - this.#waitingSince > (this.#served ? limits.idleTimeout : limits.headersTimeout);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#client.close();
    this.#server?.close();
    for (const request of this.#requests) request.abort(new Error("the client is gone"));
    this.#requests.clear();
  }

  async #upload(server: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(COPY_SIZE);
    for (;;) {
      const count = await this.#client.read(buffer);
      if (count === null) return;
      if (!this.#answered) await writeAll(server, buffer.subarray(0, count));
    }
  }

  async #linger(uploaded: Promise<void>): Promise<void> {
    await this.#client.closeWrite();
    using timer = new Timer(LINGER);
    await Promise.race([uploaded, timer.promise]);
  }

  async #download(server: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(COPY_SIZE);
    for (;;) {
      const count = await server.read(buffer);
      if (count === null) {
        this.#answered = true;
        return;
      }
      this.#writingSince = performance.now();
      await writeAll(this.#client, buffer.subarray(0, count));
      this.#writingSince = undefined;
      // An answer that is still on its way to a slow client, although the server is through with it.
      if (this.#served) this.#waitingSince = performance.now();
    }
  }
}

async function writeAll(connection: Client, data: Uint8Array): Promise<void> {
  for (let at = 0; at < data.length;) at += await connection.write(data.subarray(at));
}

/** What happens to connections every day: the other side is gone, or this side has closed it while it was waiting. */
function isDisconnect(error: unknown): boolean {
  return error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionAborted || error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.TimedOut || errorCode(error) === "EHOSTUNREACH";
}

/**
 * All connections of a listener. Where there is no room for a new one, the one that has waited longest makes place, so
 * that silent connections never keep others out; only when nobody waits the new one is refused.
 */
export class Connections {
  readonly #limits: ListenOptions["limits"];
  readonly #tell: (event: ConnectionEvent) => void;
  /** By group, in the order in which they began to wait. */
  readonly #groups = new Map<string, Set<Connection>>();
  #count = 0;

  constructor(limits: ListenOptions["limits"], tell: (event: ConnectionEvent) => void = () => {}) {
    this.#limits = limits;
    this.#tell = tell;
  }

  /** False: there is no room, and it was not taken. */
  add(connection: Connection): boolean {
    const isTaken = this.#hasRoomFor(connection);
    this.#tell(isTaken ? "accepted" : "refused");
    if (!isTaken) return false;
    const room = this.#groups.get(connection.group) ?? new Set();
    this.#groups.set(connection.group, room.add(connection));
    this.#count++;
    return true;
  }

  remove(connection: Connection): void {
    const group = this.#groups.get(connection.group);
    if (group?.delete(connection) !== true) return;
    this.#tell("ended");
    this.#count--;
    if (group.size === 0) this.#groups.delete(connection.group);
  }

  /** It begins to wait anew. */
  touch(connection: Connection): void {
    const group = this.#groups.get(connection.group);
    if (group?.delete(connection) === true) group.add(connection);
  }

  /** Ends what has waited longer than it may. */
  sweep(): void {
    this.#close((connection) => connection.isLate(this.#limits));
  }

  /** Those that have not been asked anything; or also those whose last answer may still be on its way. */
  closeWaiting(which: "silent" | "all"): void {
    this.#close((connection) => connection.isWaiting && (which === "all" || !connection.isServed));
  }

  closeAll(): void {
    this.#close(() => true);
  }

  /** Makes it, if need be. */
  #hasRoomFor(connection: Connection): boolean {
    const group = this.#groups.get(connection.group);
    if (group !== undefined && group.size >= this.#limits.maxConnectionsPerAddress && !this.#evict(group)) return false;
    return this.#count < this.#limits.maxConnections || this.#evictAny();
  }

  #close(chosen: (connection: Connection) => boolean): void {
    for (const connection of [...this.#groups.values()].flatMap((group) => [...group]).filter(chosen)) {
      connection.close();
      this.remove(connection);
    }
  }

  #evict(group: ReadonlySet<Connection>): boolean {
    const oldest = group.values().find((connection) => connection.isWaiting);
    if (oldest === undefined) return false;
    oldest.close();
    this.#tell("displaced");
    this.remove(oldest);
    return true;
  }

  /** From the largest group first: it has the most to spare. */
  #evictAny(): boolean {
    return [...this.#groups.values()].sort((a, b) => b.size - a.size).some((group) => this.#evict(group));
  }
}
