import { type Agent, type IncomingMessage, request as requestOverSocket } from "node:http";
import type { TLSSocket } from "node:tls";
import { HostError, type HttpRequest, type HttpStream } from "../host.ts";
import { connectionError } from "./http_errors.ts";
import { headersOf, startTls, wrongCertificate } from "./http_pinned.ts";

/** How long, in milliseconds, the last parts of an answer may take when its connection has ended. */
const LAST_PARTS = 100;

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
    const incoming = await respond(request, url, { socket }, signal);
    const parts = incoming[Symbol.asyncIterator]();
    return {
      status: incoming.statusCode ?? 0,
      headers: headersOf(incoming.rawHeaders),
      async read() {
        try {
          signal.throwIfAborted();
          const part = await unlessClosed(parts.next(), socket, url, signal);
          return part.done === true ? undefined : part.value;
        } catch (error) {
          if (signal.aborted) throw signal.reason;
          throw error instanceof HostError ? error : connectionError(url, error);
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

/**
 * Some versions of the runtime tell who reads an answer nothing of the end of its connection: that is a rejection which
 * nobody can handle, and which would end the program.
 */
async function unlessClosed<T>(reading: Promise<T>, socket: TLSSocket, url: URL, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const close = () => {
    // What has arrived before is told first.
    timer = setTimeout(() => reject(new HostError("unreachable", `${url.host}: it closed the connection`)), LAST_PARTS);
  };
  const cancel = () => reject(signal.reason);
  const tear = (event: PromiseRejectionEvent) => {
    if (!(event.reason instanceof TypeError) || !/\bbody from connection\b/.test(event.reason.message)) return;
    event.preventDefault();
    close();
  };
  socket.once("close", close);
  signal.addEventListener("abort", cancel);
  globalThis.addEventListener("unhandledrejection", tear);
  try {
    return await Promise.race([reading, promise]);
  } finally {
    clearTimeout(timer);
    socket.off("close", close);
    signal.removeEventListener("abort", cancel);
    globalThis.removeEventListener("unhandledrejection", tear);
  }
}

/** Over what a request goes. */
interface Way {
  /** A connection that is being opened; absent: one of the agent, which has been looked at before. */
  readonly socket?: TLSSocket;
  /** Keeps the connection for further requests. */
  readonly agent?: Agent;
}

/** Sends the request once the certificate is the right one; resolves when the answer begins. */
export function respond(
  request: StreamRequest,
  url: URL,
  { socket, agent }: Way,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      socket?.destroy();
      outgoing.destroy();
      reject(error);
    };
    signal.addEventListener("abort", () => fail(signal.reason), { once: true });
    socket?.on("error", (error: unknown) => fail(connectionError(url, error)));
    // Stands before the request's own listener, which may send the headers: nothing leaves for a wrong certificate.
    socket?.once("secureConnect", () => {
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
        ...(agent === undefined && { connection: "close" }),
      },
      // Still being opened: some versions of the runtime can't use a connection that is open already.
      ...(agent !== undefined && { agent }),
      ...(agent === undefined && socket !== undefined && { createConnection: () => socket }),
    });
    outgoing.on("error", (error: unknown) => fail(connectionError(url, error)));
    outgoing.once("response", resolve);
    if (socket === undefined) outgoing.end(body);
    if (signal.aborted) fail(signal.reason);
  });
}
