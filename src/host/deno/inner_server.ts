import { HostError } from "../host.ts";
import type { ServerTls } from "../network.ts";
import type { Connection } from "./connections.ts";
import { errorCode } from "./errors.ts";

const LOOPBACK = "127.0.0.1";

/** `completed` ends when the answer is written, or can't be. */
type Handle = (request: Request, connection: Connection, completed: Promise<void>) => Promise<Response>;

/**
 * `Deno.serve` on the loopback interface, which speaks HTTP, and TLS where it is given a certificate. Requests arrive with
 * the connection of the client for which the front has connected.
 */
export class InnerServer {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  /** By the port from which the front has connected. */
  readonly #byPort = new Map<number, Connection>();
  /** Clients that are connected, or about to be. */
  #clients = 0;
  #isRetired = false;
  #draining: Promise<void> | undefined;

  /** Throws HostError "tls" when the certificate or its key can't be used. */
  constructor(readonly tls: ServerTls | undefined, handle: Handle) {
    const options = { hostname: LOOPBACK, port: 0, onListen: () => {}, ...tls };
    try {
      this.#server = Deno.serve(options, (request, info) => {
        const connection = this.#byPort.get(info.remoteAddr.port);
        // Someone on this machine who went past the front.
        if (connection === undefined) return new Response("forbidden\n", { status: 403 });
        return handle(request, connection, info.completed);
      });
    } catch (error) {
      if (tls === undefined || errorCode(error) !== undefined || !(error instanceof Error)) throw error;
      const reason = /mismatch/i.test(error.message) ? "the key does not belong to the certificate" : error.message;
      throw new HostError("tls", `the certificate can't be used: ${reason}`, { cause: error });
    }
  }

  /** Connects for a client; `left` is to be called when that connection has ended. */
  async connect(connection: Connection): Promise<{ readonly server: Deno.TcpConn; readonly left: () => void }> {
    this.#clients++;
    try {
      const server = await Deno.connect({ hostname: LOOPBACK, port: this.#server.addr.port });
      const { port } = server.localAddr;
      this.#byPort.set(port, connection);
      server.setNoDelay(true);
      const left = () => {
        this.#byPort.delete(port);
        this.#leave();
      };
      return { server, left };
    } catch (error) {
      this.#leave();
      throw error;
    }
  }

  /** No further client comes: it ends with its last one. */
  retire(): void {
    this.#isRetired = true;
    if (this.#clients === 0) this.drain();
  }

  /** Ends connections that wait for a request, and then, when answers under way are finished, itself. */
  drain(): void {
    this.#draining ??= this.#server.shutdown();
  }

  /** A stranger's silent connection may put it off for as long as it likes. */
  get finished(): Promise<void> {
    return this.#server.finished;
  }

  #leave(): void {
    this.#clients--;
    if (this.#isRetired && this.#clients === 0) this.drain();
  }
}
