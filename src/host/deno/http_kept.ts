import { Agent } from "node:http";
import type { TLSSocket } from "node:tls";
import { HostError, type HttpRequest, type HttpResponse } from "../host.ts";
import { concat } from "./bytes.ts";
import { connectionError } from "./http_errors.ts";
import { headersOf, startTls } from "./http_pinned.ts";
import { respond } from "./http_stream.ts";

/**
 * Connections whose certificate is pinned, or not looked at, that are kept for further requests: one of each kind. What a
 * connection was opened for is looked at when it is opened; only requests for the same use it again.
 */
export class KeptConnections implements Disposable {
  readonly #agents = new Map<string, Agent>();

  /** Rejects with HostError, or the signal's reason; also where the connection was closed when it was to be used again. */
  async request(request: HttpRequest, url: URL, proxy: URL | undefined, signal: AbortSignal): Promise<HttpResponse> {
    const agent = this.#agentFor(JSON.stringify([url.origin, request.tls?.fingerprint, proxy]));
    const isKept = Object.values(agent.freeSockets).some((sockets) => (sockets?.length ?? 0) > 0);
    const socket = isKept ? undefined : await startTls(url, proxy, signal);
    use(agent, url, socket);
    const incoming = await respond(request, url, { agent, ...(socket !== undefined && { socket }) }, signal);
    const chunks: Uint8Array[] = [];
    let size = 0;
    try {
      for await (const chunk of incoming) {
        chunks.push(chunk);
        size += chunk.length;
        if (size > request.bodyLimit) {
          throw new HostError("other", `${url.host}: the answer is larger than ${request.bodyLimit} bytes`);
        }
      }
    } catch (error) {
      incoming.destroy();
      socket?.destroy();
      signal.throwIfAborted();
      throw error instanceof HostError ? error : connectionError(url, error);
    }
    return { status: incoming.statusCode ?? 0, headers: headersOf(incoming.rawHeaders), body: concat(chunks) };
  }

  [Symbol.dispose](): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  #agentFor(key: string): Agent {
    let agent = this.#agents.get(key);
    if (agent === undefined) this.#agents.set(key, agent = new Agent({ keepAlive: true, maxSockets: 1 }));
    return agent;
  }
}

/** The connection that the agent is to have when it has none. */
function use(agent: Agent, url: URL, socket: TLSSocket | undefined): void {
  Object.assign(agent, {
    createConnection() {
      if (socket !== undefined) return socket;
      throw new HostError("unreachable", `${url.host}: it closed the connection`);
    },
  });
}
