import { isSameAddress, type ListenAddress } from "../../domain/listen_address.ts";
import type { Listener, ListenOptions, ListenPlace, Network, PeerAddress, ServerTls } from "../network.ts";
import { type Client, Connection, Connections } from "./connections.ts";
import { Entrance } from "./entrance.ts";
import { InnerServer } from "./inner_server.ts";
import { TimedBody } from "./timed_body.ts";
import { Timer } from "./timer.ts";

type Handler = (request: Request, peer: PeerAddress, target: string) => Promise<Response>;

/** Scheme and authority, which the runtime puts before what came. */
const ORIGIN = /^[a-z]+:\/\/[^/?]*/;
/** Files that are left to everything but connections: processes, the state, pulls. */
const SPARE_FILES = 128;
/** Milliseconds between two looks for connections that have waited too long. */
const SWEEP = { shortest: 20, longest: 1000 } as const;

/** Methods of which no request can be made (Fetch, 2.2.1), and which nothing here is asked by. */
const UNSPEAKABLE: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"]);
const BODILESS: ReadonlySet<string> = new Set(["GET", "HEAD"]);
const STANDARD: ReadonlySet<string> = new Set([...BODILESS, "DELETE", "OPTIONS", "POST", "PUT"]);
/** Milliseconds that a server may take to end connections that wait, and itself when it has no clients. */
const FINISH = 1000;

/**
 * HTTP and HTTPS servers. `Deno.serve` on the loopback interface speaks TLS and HTTP; it has no limits of its own, so that
 * clients reach it only through a front that counts and times their connections, as docs/decisions/listener.md explains.
 */
export const network: Pick<Network, "listen"> = {
  async listen(options, handler) {
    const front = new Front(options, handler);
    try {
      await front.move(options);
      return front;
    } catch (error) {
      await front.close(0);
      throw error;
    }
  },
};

class Front implements Listener {
  readonly #options: ListenOptions;
  readonly #handler: Handler;
  readonly #connections: Connections;
  readonly #sweeper: ReturnType<typeof setInterval>;
  /** Ends with each connection. */
  readonly #serving = new Set<Promise<void>>();
  /** Ends with each request. */
  readonly #handling = new Set<Promise<Response>>();
  #entrances: readonly Entrance[] = [];
  /** What new clients are connected to. */
  #servers: Servers = {};
  /** Those, and the ones whose last client has not left yet. */
  readonly #running = new Set<InnerServer>();
  #moving: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(options: ListenOptions, handler: Handler) {
    const { limits } = options;
    this.#options = options;
    this.#handler = handler;
    const maxConnections = Math.min(limits.maxConnections, affordable());
    this.#connections = new Connections({ ...limits, maxConnections }, options.onConnection);
    const shortest = Math.min(limits.headersTimeout, limits.idleTimeout) / 4;
    const period = Math.max(SWEEP.shortest, Math.min(SWEEP.longest, shortest));
    this.#sweeper = setInterval(() => this.#connections.sweep(), period);
  }

  get addresses(): readonly ListenAddress[] {
    return this.#entrances.map(({ address }) => address);
  }

  move(place: ListenPlace): Promise<void> {
    const moved = this.#moving.then(() => this.#move(place));
    this.#moving = Promise.allSettled([moved]);
    return moved;
  }

  close(grace: number): Promise<void> {
    this.#closing ??= this.#moving.then(() => this.#close(grace));
    return this.#closing;
  }

  async #move(place: ListenPlace): Promise<void> {
    const before = this.#servers;
    const servers = this.#serversFor(place, before);
    try {
      await this.#enter(place.addresses);
      this.#servers = servers;
    } finally {
      // Whichever of both are not wanted now.
      for (const server of [...Object.values(before), ...Object.values(servers)]) {
        if (!Object.values(this.#servers).includes(server)) server.retire();
      }
    }
  }

  /** Those that there are, as far as they will do. Throws HostError "tls". */
  #serversFor({ addresses, tls }: ListenPlace, before: Servers): Servers {
    const secure = addresses.some(isSecure) ? this.#secureFor(tls, before) : undefined;
    const plain = addresses.every(isSecure) ? undefined : before.plain ?? this.#start(undefined);
    return { ...(secure !== undefined && { secure }), ...(plain !== undefined && { plain }) };
  }

  #secureFor(tls: ServerTls | undefined, { secure }: Servers): InnerServer {
    if (tls === undefined) throw new Error("an address with TLS and no certificate");
    return secure?.tls?.cert === tls.cert && secure.tls.key === tls.key ? secure : this.#start(tls);
  }

  #start(tls: ServerTls | undefined): InnerServer {
    const server = new InnerServer(tls, (...request) => this.#handle(...request));
    this.#running.add(server);
    void server.finished.then(() => this.#running.delete(server));
    return server;
  }

  /**
   * Addresses that are given up go first, as a new one may be where an old one was; where not all can be taken, they are
   * taken back.
   */
  async #enter(addresses: readonly ListenAddress[]): Promise<void> {
    const kept = this.#entrances.filter(({ wanted }) => addresses.some((address) => isSameAddress(address, wanted)));
    const left = this.#entrances.filter((entrance) => !kept.includes(entrance));
    this.#entrances = kept;
    await Promise.all(left.map((entrance) => entrance.close()));
    const taken: Entrance[] = [];
    try {
      const entrances: Entrance[] = [];
      const free = [...kept];
      for (const address of addresses) {
        const at = free.findIndex(({ wanted }) => isSameAddress(address, wanted));
        const entrance = at < 0 ? await this.#open(address) : free.splice(at, 1)[0]!;
        if (at < 0) taken.push(entrance);
        entrances.push(entrance);
      }
      this.#entrances = entrances;
      await Promise.all(free.map((entrance) => entrance.close()));
    } catch (error) {
      await Promise.all(taken.map((entrance) => entrance.close()));
      for (const { wanted, address } of left) this.#entrances = [...this.#entrances, await this.#open(wanted, address)];
      throw error;
    }
  }

  #open(wanted: ListenAddress, at = wanted): Promise<Entrance> {
    return Entrance.open(wanted, (client) => this.#take(client, isSecure(wanted) ? "secure" : "plain"), at);
  }

  #take(client: Client, kind: keyof Servers): void {
    const connection = new Connection(client);
    if (!this.#connections.add(connection)) return connection.close();
    const serving = this.#serve(connection, kind).finally(() => this.#serving.delete(serving));
    this.#serving.add(serving);
  }

  async #serve(connection: Connection, kind: keyof Servers): Promise<void> {
    let leave: (() => void) | undefined;
    try {
      await connection.serve(async () => {
        const { server, left } = await this.#servers[kind]!.connect(connection);
        leave = left;
        return server;
      });
    } catch (error) {
      this.#options.onError?.(error);
    } finally {
      leave?.();
      this.#connections.remove(connection);
    }
  }

  async #handle(request: Request, connection: Connection, completed: Promise<void>): Promise<Response> {
    const { headers, url } = request;
    // As the standard would have them in a request (Fetch, 2.2.1), which it is only when they are written like that.
    const upper = request.method.toUpperCase();
    const method = STANDARD.has(upper) ? upper : request.method;
    if (UNSPEAKABLE.has(upper)) {
      return new Response("not found\n", { status: 404, headers: { "content-type": "text/plain; charset=UTF-8" } });
    }
    const { requestTimeout } = this.#options.limits;
    const body = request.body === null || BODILESS.has(method)
      ? undefined
      : new TimedBody(request.body, requestTimeout, () => connection.close());
    // The runtime's own signal is aborted after an answer, too; this one tells only of clients that are gone.
    const controller = connection.begin();
    const end = () => {
      body?.drop();
      connection.end(controller);
      this.#connections.touch(connection);
    };
    void completed.then(end, end);
    const { signal } = controller;
    const limited = new Request(url, { method, headers, signal, ...(body !== undefined && { body: body.stream }) });
    const handling = this.#handler(limited, connection.peer, url.replace(ORIGIN, ""));
    this.#handling.add(handling);
    try {
      return await handling;
    } catch (error) {
      if (!signal.aborted) this.#options.onError?.(error);
      return new Response("internal error\n", { status: 500 });
    } finally {
      this.#handling.delete(handling);
    }
  }

  async #close(grace: number): Promise<void> {
    await Promise.all(this.#entrances.map((entrance) => entrance.close()));
    this.#entrances = [];
    this.#connections.closeWaiting("silent");
    for (const server of this.#running) server.drain();
    // A server is done when it has written its last answer; the front still has to carry it to the client.
    await this.#carried(Math.min(grace, FINISH));
    this.#connections.closeWaiting("all");
    await this.#carried(Math.max(grace - FINISH, 0));
    clearInterval(this.#sweeper);
    this.#connections.closeAll();
    // Also of those whose clients went away: each of them has bounds of its own.
    await Promise.allSettled(this.#handling);
    using timer = new Timer(FINISH);
    await Promise.race([Promise.all([...this.#running].map(({ finished }) => finished)), timer.promise]);
  }

  /** Ends with the last connection, at the latest after so many milliseconds. */
  async #carried(patience: number): Promise<void> {
    using timer = new Timer(patience);
    await Promise.race([Promise.all(this.#serving), timer.promise]);
  }
}

interface Servers {
  readonly secure?: InnerServer;
  readonly plain?: InnerServer;
}

function isSecure(address: ListenAddress): boolean {
  return address.kind === "tcp" && address.scheme === "https";
}

/**
 * How many connections the limit of open files allows: the runtime itself ends in a panic when it runs out of them. Each
 * takes three, the client's and both ends of the one to the server. See proc(5) for the file, which only Linux has.
 */
function affordable(): number {
  try {
    const soft = /^Max open files +(\d+)/m.exec(Deno.readTextFileSync("/proc/self/limits"))?.[1];
    return soft === undefined ? Infinity : Math.max(1, Math.floor((Number(soft) - SPARE_FILES) / 3));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return Infinity;
    throw error;
  }
}
