import { type IncomingMessage, request as requestOverSocket } from "node:http";
import type { TLSSocket } from "node:tls";
import type { HttpRequest, HttpStream } from "../host.ts";
import { connectionError } from "./http_errors.ts";
import { headersOf, startTls, wrongCertificate } from "./http_pinned.ts";

type StreamRequest = Omit<HttpRequest, "bodyLimit">;

/** An answer of fetch, read while it comes. `close` ends the connection, and is called once. */
export function streamOf(response: Response, url: URL, signal: AbortSignal, close: () => void): HttpStream {
  const reader = response.body?.getReader();
  return {
    status: response.status,
    headers: response.headers,
    async read() {
      try {
        return (await reader?.read())?.value;
      } catch (error) {
        throw signal.aborted ? signal.reason : connectionError(url, error);
      }
    },
    [Symbol.asyncDispose]: () => Promise.resolve(close()),
  };
}

/** The same over a connection whose certificate is pinned, or not looked at. */
export async function streamPinned(
  request: StreamRequest,
  url: URL,
  proxy: URL | undefined,
  signal: AbortSignal,
  close: () => void,
): Promise<HttpStream> {
  const socket = await startTls(url, proxy, signal);
  try {
    const incoming = await respond(request, url, socket, signal);
    const parts = incoming[Symbol.asyncIterator]();
    return {
      status: incoming.statusCode ?? 0,
      headers: headersOf(incoming.rawHeaders),
      async read() {
        try {
          const part = await parts.next();
          return part.done === true ? undefined : part.value;
        } catch (error) {
          throw signal.aborted ? signal.reason : connectionError(url, error);
        }
      },
      [Symbol.asyncDispose]() {
        close();
        socket.destroy();
        return Promise.resolve();
      },
    };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Sends the request once the certificate is the right one; resolves when the answer begins. */
function respond(
  request: StreamRequest,
  url: URL,
  socket: TLSSocket,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      socket.destroy();
      reject(error);
    };
    signal.addEventListener("abort", () => fail(signal.reason), { once: true });
    socket.on("error", (error: unknown) => fail(connectionError(url, error)));
    // Stands before the request's own listener, which may send the headers: nothing leaves for a wrong certificate.
    socket.once("secureConnect", () => {
      const wrong = wrongCertificate(request, url, socket);
      if (wrong === undefined) outgoing.end(body);
      else fail(wrong);
    });
    const body = typeof request.body === "string" ? new TextEncoder().encode(request.body) : request.body;
    const outgoing = requestOverSocket({
      method: request.method,
      path: `${url.pathname}${url.search}`,
      headers: {
        host: url.host,
        "user-agent": "etcha",
        ...request.headers,
        ...(body !== undefined && { "content-length": String(body.length) }),
        connection: "close",
      },
      // Still being opened: some versions of the runtime can't use a connection that is open already.
      createConnection: () => socket,
    });
    outgoing.on("error", (error: unknown) => fail(connectionError(url, error)));
    outgoing.once("response", resolve);
    if (signal.aborted) fail(signal.reason);
  });
}
