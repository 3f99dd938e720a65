import { request as requestOverSocket } from "node:http";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { CertificateError, HostError, type HttpRequest, type HttpResponse } from "../host.ts";
import { concat } from "./bytes.ts";
import { connectionError, noConnection, type ShownCertificate, stalled } from "./http_errors.ts";
import { TimeBound } from "./time_bound.ts";

/**
 * One HTTPS request without looking at names and chain: either any certificate will do (`skipVerify`), or only the one
 * with the given fingerprint. fetch can do neither. The fingerprint is compared on the open connection before the first
 * byte of the request is sent. HTTP/1.1, one connection a request. Rejects with HostError, or the signal's reason.
 */
export async function requestPinned(
  request: HttpRequest,
  url: URL,
  proxy: URL | undefined,
  signal: AbortSignal,
): Promise<HttpResponse> {
  using connecting = new TimeBound(request.connectTimeout, noConnection(url, request.connectTimeout), signal).start();
  const socket = await startTls(url, proxy, connecting.signal);
  try {
    return await exchange(request, url, socket, connecting);
  } finally {
    socket.destroy();
  }
}

/** The certificate that a server shows, whoever signed it. Rejects with HostError, or the signal's reason. */
export async function fetchCertificate(
  url: URL,
  proxy: URL | undefined,
  signal: AbortSignal,
): Promise<ShownCertificate> {
  const socket = await opened(await startTls(url, proxy, signal), "secureConnect", url, signal);
  try {
    return shownCertificate(socket);
  } finally {
    socket.destroy();
  }
}

/**
 * Whether anything answers at that address, with its half of a TLS handshake where it should: a program that hangs has its
 * connections taken by the kernel all the same. Rejects with HostError, or the signal's reason.
 */
export async function probe(url: URL, proxy: URL | undefined, signal: AbortSignal): Promise<void> {
  if (url.protocol === "https:") {
    (await opened(await startTls(url, proxy, signal), "secureConnect", url, signal)).destroy();
    return;
  }
  const at = proxy ?? url;
  const host = at.hostname.replace(/^\[|\]$/g, "");
  const port = Number(at.port || (at.protocol === "https:" ? 443 : 80));
  (await opened(connectTcp({ host, port }), "connect", at, signal)).destroy();
}

function shownCertificate(socket: TLSSocket): ShownCertificate {
  const { fingerprint256, subjectaltname, valid_from, valid_to } = socket.getPeerCertificate();
  const names = (subjectaltname ?? "").split(", ").map((name) => name.replace(/^(DNS|IP Address):/, ""));
  return {
    fingerprint: fingerprint256,
    names: names.filter((name) => name !== ""),
    validFrom: valid_from,
    validTo: valid_to,
  };
}

function normalized(fingerprint: string): string {
  return fingerprint.replace(/[:\s]/g, "").toLowerCase();
}

/** Resolves while the connection is being made: whoever gets it must listen to it in the same turn. */
export async function startTls(url: URL, proxy: URL | undefined, signal: AbortSignal): Promise<TLSSocket> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port || 443);
  const inner = proxy === undefined ? { host, port } : { socket: await openTunnel(host, port, proxy, signal) };
  const name = isIP(host) === 0 ? { servername: host } : {};
  return connectTls({ ...inner, ...name, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] });
}

/** A connection through a proxy: CONNECT of RFC 9110, section 9.3.6. */
async function openTunnel(host: string, port: number, proxy: URL, signal: AbortSignal): Promise<Socket> {
  const proxyHost = proxy.hostname.replace(/^\[|\]$/g, "");
  const socket = await opened(
    proxy.protocol === "https:"
      ? connectTls({ host: proxyHost, port: Number(proxy.port || 443), servername: proxyHost })
      : connectTcp({ host: proxyHost, port: Number(proxy.port || 80) }),
    proxy.protocol === "https:" ? "secureConnect" : "connect",
    proxy,
    signal,
  );
  const target = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  const headers = user === ":" ? {} : { "proxy-authorization": `Basic ${new TextEncoder().encode(user).toBase64()}` };
  return await new Promise((resolve, reject) => {
    const connect = requestOverSocket({
      method: "CONNECT",
      path: target,
      headers: { host: target, ...headers },
      createConnection: () => socket,
    });
    const fail = (error: unknown) => {
      socket.destroy();
      reject(error);
    };
    const cancel = () => fail(signal.reason);
    signal.addEventListener("abort", cancel, { once: true });
    connect.once("connect", (response, tunnel) => {
      signal.removeEventListener("abort", cancel);
      if (response.statusCode === 200) return resolve(tunnel as Socket);
      fail(new HostError("unreachable", `${proxy.host}: the proxy refused the connection (${response.statusCode})`));
    });
    connect.once("error", (error) => {
      signal.removeEventListener("abort", cancel);
      fail(connectionError(proxy, error));
    });
    connect.end();
  });
}

function opened<S extends Socket>(socket: S, event: "connect" | "secureConnect", url: URL, signal: AbortSignal) {
  return new Promise<S>((resolve, reject) => {
    const settle = (finish: () => void) => {
      signal.removeEventListener("abort", cancel);
      socket.off(event, open);
      finish();
    };
    const open = () => settle(() => resolve(socket));
    const fail = (error: unknown) =>
      settle(() => {
        socket.destroy();
        reject(error);
      });
    const cancel = () => fail(signal.reason);
    socket.once(event, open);
    // Stays: an error that nobody listens to would end the process. After opening, the exchange sees it as well.
    socket.on("error", (error: unknown) => fail(connectionError(url, error)));
    signal.addEventListener("abort", cancel, { once: true });
    if (signal.aborted) cancel();
  });
}

/** `connecting` is over when the connection stands; its signal goes on to be that of the caller. */
function exchange(request: HttpRequest, url: URL, socket: TLSSocket, connecting: TimeBound): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const stall = new TimeBound(request.stallTimeout, stalled(url, request.stallTimeout), connecting.signal);
    const { signal } = stall;
    const end = () => {
      stall[Symbol.dispose]();
      signal.removeEventListener("abort", cancel);
    };
    const fail = (error: unknown) => {
      end();
      socket.destroy();
      reject(error);
    };
    const cancel = () => fail(signal.reason);
    signal.addEventListener("abort", cancel, { once: true });
    socket.on("error", (error: unknown) => fail(connectionError(url, error)));
    // Stands before the request's own listener, which may send the headers: nothing leaves for a wrong certificate.
    socket.once("secureConnect", () => {
      connecting[Symbol.dispose]();
      const wrong = wrongCertificate(request, url, socket);
      if (wrong !== undefined) return fail(wrong);
      request.begun?.();
      outgoing.end(body);
    });
    const body = typeof request.body === "string" ? new TextEncoder().encode(request.body) : request.body;
    const length = body === undefined ? {} : { "content-length": String(body.length) };
    const outgoing = requestOverSocket({
      method: request.method,
      path: `${url.pathname}${url.search}`,
      headers: { host: url.host, "user-agent": "etcha", ...request.headers, ...length, connection: "close" },
      // Still being opened: some versions of the runtime can't use a connection that is open already.
      createConnection: () => socket,
    });
    outgoing.on("error", (error: unknown) => fail(connectionError(url, error)));
    outgoing.once("response", (incoming) => {
      const chunks: Uint8Array[] = [];
      const { onBody } = request;
      let size = 0;
      stall.start();
      let taken = Promise.resolve();
      incoming.on("data", (chunk: Uint8Array) => {
        stall.start();
        size += chunk.length;
        if (size > request.bodyLimit) {
          return fail(new HostError("other", `${url.host}: the answer is larger than ${request.bodyLimit} bytes`));
        }
        if (onBody === undefined || incoming.statusCode !== 200) return chunks.push(chunk);
        incoming.pause();
        taken = taken.then(() => onBody(chunk)).then((wish) => {
          if (wish === "more") incoming.resume();
          else settle(incoming);
        }, fail);
      });
      incoming.once("error", (error: unknown) => fail(connectionError(url, error)));
      incoming.once("aborted", () => fail(new HostError("unreachable", `${url.host}: it closed the connection`)));
      incoming.once("end", () => taken.then(() => settle(incoming)));
      const settle = ({ statusCode, rawHeaders }: typeof incoming) => {
        end();
        resolve({ status: statusCode ?? 0, headers: headersOf(rawHeaders), body: concat(chunks) });
      };
    });
    if (signal.aborted) cancel();
  });
}

export function wrongCertificate(
  request: Pick<HttpRequest, "tls">,
  url: URL,
  socket: TLSSocket,
): CertificateError | undefined {
  const wanted = request.tls?.fingerprint;
  const shown = shownCertificate(socket);
  if (wanted === undefined || normalized(wanted) === normalized(shown.fingerprint)) return undefined;
  const found = `the certificate of ${url.host} has the SHA-256 fingerprint ${shown.fingerprint}, not the pinned one`;
  return new CertificateError(`${found}: either it was replaced, or somebody stands in between`, shown.fingerprint);
}

/** Name, value, name, value …, as node gives them. */
export function headersOf(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let i = 0; i + 1 < raw.length; i += 2) headers.append(raw[i]!, raw[i + 1]!);
  return headers;
}
