import { match, ok as truthy } from "node:assert/strict";
import type { ListenAddress } from "../../src/domain/listen_address.ts";
import { network } from "../../src/host/deno/listener.ts";
import type { ConnectionEvent, Listener, ListenOptions, PeerAddress } from "../../src/host/network.ts";
import { testCertificate } from "./certificates.ts";

export const certificate = await testCertificate("localhost");
export const LIMITS: ListenOptions["limits"] = {
  maxConnections: 1000,
  maxConnectionsPerAddress: 500,
  headersTimeout: 5000,
  idleTimeout: 5000,
  requestTimeout: 5000,
};

export type Handler = (request: Request, peer: PeerAddress) => Promise<Response>;

export function tcp(hostname: string, port = 0, scheme: "http" | "https" = "https"): ListenAddress {
  return { kind: "tcp", scheme, hostname, port };
}

/** A listener on 127.0.0.1 with TLS, and a client that trusts it. */
export async function opened(handler: Handler, limits: Partial<ListenOptions["limits"]> = {}) {
  const errors: unknown[] = [];
  const events: ConnectionEvent[] = [];
  const listener = await network.listen({
    addresses: [tcp("127.0.0.1")],
    tls: certificate,
    limits: { ...LIMITS, ...limits },
    onError: (error) => errors.push(error),
    onConnection: (event) => events.push(event),
  }, handler);
  const client = Deno.createHttpClient({ caCerts: [certificate.cert] });
  const port = portOf(listener);
  return {
    listener,
    errors,
    events,
    port,
    fetch: (path: string, init: RequestInit = {}) => fetch(`https://localhost:${port}${path}`, { ...init, client }),
    async [Symbol.asyncDispose]() {
      client.close();
      await listener.close(2000);
    },
  };
}

/** The port of one of its addresses. */
export function portOf({ addresses }: Listener, index = 0): number {
  const address = addresses[index];
  truthy(address?.kind === "tcp");
  return address.port;
}

export const hello: Handler = () => Promise.resolve(new Response("hello"));

export function silent(port: number): Promise<Deno.TcpConn> {
  return Deno.connect({ hostname: "127.0.0.1", port });
}

/** A TLS connection with the beginning of a request. */
export async function halfSent(
  port: number,
  text = "POST / HTTP/1.1\r\nHost: x\r\n",
  hostname = "localhost",
): Promise<Deno.TlsConn> {
  const options = { hostname, port, caCerts: [certificate.cert], alpnProtocols: ["http/1.1"] };
  const connection = await Deno.connectTls(options);
  await connection.write(new TextEncoder().encode(text));
  return connection;
}

/** Resolves when the other side has closed; what still comes is dropped. */
export async function closed(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(1000);
  try {
    while (await connection.read(buffer) !== null);
  } catch (error) {
    match(String(error), /reset|broken|eof/i);
  }
  connection.close();
}
