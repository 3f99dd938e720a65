import type { Listener, ListenOptions, Network, PeerAddress } from "../host.ts";
import { Connection, Connections } from "./connections.ts";
import { errorCode, hosted } from "./errors.ts";
import { TimedBody } from "./timed_body.ts";
import { Timer } from "./timer.ts";

type Handler = (request: Request, peer: PeerAddress, target: string) => Promise<Response>;

/** Scheme and authority, which the runtime puts before what came. */
const ORIGIN = /^[a-z]+:\/\/[^/?]*/;
const LOOPBACK = "127.0.0.1";
/** Milliseconds before accepting is tried again when the system had no room for one more connection. */
const ACCEPT_PAUSE = 100;
/** Files that are left to everything but connections: processes, the state, pulls. */
const SPARE_FILES = 128;
/** Milliseconds between two looks for connections that have waited too long. */
const SWEEP = { shortest: 20, longest: 1000 } as const;

/**
 * HTTPS servers. `Deno.serve` on the loopback interface speaks TLS and HTTP; it has no limits of its own, so that
 * clients reach it only through a front that counts and times their connections, as docs/decisions/listener.md explains.
 */
export const network: Network = {
  listen: (options, handler) =>
    hosted(`listen on ${options.hostname}:${options.port}`, () => Promise.resolve(new Front(options, handler))),
};

class Front implements Listener {
  readonly address: PeerAddress;
  readonly #options: ListenOptions;
  readonly #handler: Handler;
  readonly #listener: Deno.TcpListener;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #connections: Connections;
  /** By the port from which the front reaches the server. */
  /** Ends with each connection. */
  readonly #serving = new Set<Promise<void>>();
  readonly #byPort = new Map<number, Connection>();
  readonly #sweeper: ReturnType<typeof setInterval>;
  readonly #accepting: Promise<void>;
  #closing: Promise<void> | undefined;

  constructor(options: ListenOptions, handler: Handler) {
    const { hostname, port, tls, limits } = options;
    this.#options = options;
    this.#handler = handler;
    const maxConnections = Math.min(limits.maxConnections, affordable());
    this.#connections = new Connections({ ...limits, maxConnections }, options.onConnection);
    this.#listener = listenTcp(hostname, port);
    this.address = { hostname: this.#listener.addr.hostname, port: this.#listener.addr.port };
    try {
      const server = { hostname: LOOPBACK, port: 0, cert: tls.cert, key: tls.key, onListen: () => {} };
      this.#server = Deno.serve(server, (request, info) => this.#handle(request, info));
    } catch (error) {
      this.#listener.close();
      throw error;
    }
    const shortest = Math.min(limits.headersTimeout, limits.idleTimeout) / 4;
    const period = Math.max(SWEEP.shortest, Math.min(SWEEP.longest, shortest));
    this.#sweeper = setInterval(() => this.#connections.sweep(), period);
    this.#accepting = this.#accept();
  }

  close(grace: number): Promise<void> {
    this.#closing ??= this.#close(grace);
    return this.#closing;
  }

  async #close(grace: number): Promise<void> {
    this.#listener.close();
    await this.#accepting;
    this.#connections.closeWaiting();
    const drained = this.#server.shutdown();
    {
      using timer = new Timer(grace);
      // The server is done when it has written its last answer; the front still has to carry it to the client.
      const carried = drained.then(() => Promise.all(this.#serving));
      await Promise.race([carried, timer.promise]);
    }
    clearInterval(this.#sweeper);
    // Without clients nothing keeps the server any more.
    this.#connections.closeAll();
    await drained;
  }

  async #accept(): Promise<void> {
    for (;;) {
      try {
        this.#take(await this.#listener.accept());
      } catch (error) {
        if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) return;
        // A client that left while it was waiting, or no room for one more file: the next may have more luck.
        if (errorCode(error) === undefined) throw error;
        using pause = new Timer(ACCEPT_PAUSE);
        await pause.promise;
      }
    }
  }

  #take(client: Deno.TcpConn): void {
    const connection = new Connection(client);
    if (!this.#connections.add(connection)) return connection.close();
    const serving = this.#serve(connection).finally(() => this.#serving.delete(serving));
    this.#serving.add(serving);
  }

  async #serve(connection: Connection): Promise<void> {
    let port: number | undefined;
    try {
      await connection.serve(async () => {
        const server = await Deno.connect({ hostname: LOOPBACK, port: this.#server.addr.port });
        port = server.localAddr.port;
        this.#byPort.set(port, connection);
        server.setNoDelay(true);
        return server;
      });
    } catch (error) {
      this.#options.onError?.(error);
    } finally {
      if (port !== undefined) this.#byPort.delete(port);
      this.#connections.remove(connection);
    }
  }

  async #handle(request: Request, info: Deno.ServeHandlerInfo<Deno.NetAddr>): Promise<Response> {
    const connection = this.#byPort.get(info.remoteAddr.port);
    // Someone on this machine who went past the front.
    if (connection === undefined) return new Response("forbidden\n", { status: 403 });
    const { method, headers, url } = request;
    const { requestTimeout } = this.#options.limits;
    const body = request.body === null
      ? undefined
      : new TimedBody(request.body, requestTimeout, () => connection.close());
    // The runtime's own signal is aborted after an answer, too; this one tells only of clients that are gone.
    const controller = connection.begin();
    const end = () => {
      body?.drop();
      connection.end(controller);
      this.#connections.touch(connection);
    };
    void info.completed.then(end, end);
    const { signal } = controller;
    try {
      const limited = new Request(url, { method, headers, signal, ...(body !== undefined && { body: body.stream }) });
      return await this.#handler(limited, connection.peer, url.replace(ORIGIN, ""));
    } catch (error) {
      if (!signal.aborted) this.#options.onError?.(error);
      return new Response("internal error\n", { status: 500 });
    }
  }
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

/** An empty name: every interface of both families, or of IPv4 alone where the system has no IPv6. */
function listenTcp(hostname: string, port: number): Deno.TcpListener {
  if (hostname !== "") return Deno.listen({ hostname, port });
  try {
    return Deno.listen({ hostname: "::", port });
  } catch (error) {
    if (errorCode(error) !== "EAFNOSUPPORT" && errorCode(error) !== "EADDRNOTAVAIL") throw error;
    return Deno.listen({ hostname: "0.0.0.0", port });
  }
}
