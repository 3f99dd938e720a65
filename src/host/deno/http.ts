import { formatDuration } from "../../domain/duration.ts";
import {
  HostError,
  type Http,
  type HttpRequest,
  type HttpResponse,
  type HttpStream,
  type HttpStreams,
} from "../host.ts";
import { concat } from "./bytes.ts";
import { certificateError, certificateFault, connectionError, noConnection, shownUrl, stalled } from "./http_errors.ts";
import { fetchCertificate, probe, requestPinned } from "./http_pinned.ts";
import { KeptConnections } from "./http_kept.ts";
import { streamOf, streamPinned } from "./http_stream.ts";
import { proxyRule } from "./http_proxy.ts";
import { TimeBound } from "./time_bound.ts";

const MAX_REDIRECTS = 10;
/** Clients that are kept, one a set of private authorities; the least recently made goes first. */
const MAX_CLIENTS = 8;
/** Milliseconds for a second look at a certificate that was refused. */
const LOOK_TIMEOUT = 3000;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** What may follow a redirect to another host: nothing that could be a secret. */
const PUBLIC_HEADERS: ReadonlySet<string> = new Set([
  "accept",
  "accept-language",
  "if-modified-since",
  "if-none-match",
  "user-agent",
]);

/**
 * HTTP over fetch, with verification by public and private authorities; over a socket of its own where a certificate is
 * pinned or not verified at all. Proxies come from `environment`. Disposing closes idle connections.
 */
export function createHttp(environment: { readonly [name: string]: string }): Http & HttpStreams & Disposable {
  return new DenoHttp(environment);
}

class DenoHttp implements Http, HttpStreams, Disposable {
  readonly #proxyOf;
  /** By the PEM of their authorities, "" for the public ones alone. */
  readonly #clients = new Map<string, Deno.HttpClient>();

  readonly #kept = new KeptConnections();

  constructor(environment: { readonly [name: string]: string }) {
    this.#proxyOf = proxyRule(environment);
  }

  async request(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    signal.throwIfAborted();
    const first = URL.parse(request.url);
    if (first === null || !["http:", "https:"].includes(first.protocol)) {
      throw new HostError("other", "the address is no http or https URL");
    }
    const late = new HostError("timeout", `${shownUrl(first)}: no answer within ${formatDuration(request.timeout)}`);
    using bound = new TimeBound(request.timeout, late, signal).start();
    try {
      return await this.#follow(request, first, bound.signal);
    } catch (error) {
      // Whatever a broken connection looks like after the end of the wait: the wait is what the caller asked about.
      throw bound.signal.aborted ? bound.signal.reason : error;
    }
  }

  async stream(request: Omit<HttpRequest, "bodyLimit">, signal: AbortSignal): Promise<HttpStream> {
    signal.throwIfAborted();
    const url = new URL(request.url);
    const bound = new AbortController();
    const cancel = () => bound.abort(signal.reason);
    signal.addEventListener("abort", cancel);
    const late = new HostError("timeout", `${shownUrl(url)}: no answer within ${request.timeout / 1000} seconds`);
    const timer = setTimeout(() => bound.abort(late), request.timeout);
    const close = () => {
      signal.removeEventListener("abort", cancel);
      bound.abort(new HostError("other", `${url.host}: the connection was closed`));
    };
    try {
      return await this.#openStream({ ...request, bodyLimit: Infinity }, url, bound.signal, close);
    } catch (error) {
      signal.removeEventListener("abort", cancel);
      throw bound.signal.aborted ? bound.signal.reason : error;
    } finally {
      clearTimeout(timer);
    }
  }

  [Symbol.dispose](): void {
    this.#kept[Symbol.dispose]();
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }

  async #follow(request: HttpRequest, first: URL, signal: AbortSignal): Promise<HttpResponse> {
    let url = first;
    let hop = request;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const response = await this.#once(hop, url, signal);
      const location = response.headers.get("location");
      if (request.method !== "GET" || !REDIRECTS.has(response.status) || location === null) return response;
      const next = URL.parse(location, url);
      if (next === null || !["http:", "https:"].includes(next.protocol)) {
        throw new HostError("other", `${shownUrl(url)}: redirected to what is no http or https URL`);
      }
      if (url.protocol === "https:" && next.protocol === "http:") {
        throw new HostError("tls", `${shownUrl(url)}: redirected to plain HTTP, which is not followed`);
      }
      if (next.origin !== url.origin) hop = { ...hop, headers: publicHeaders(hop.headers) };
      url = next;
    }
    throw new HostError("other", `${shownUrl(first)}: more than ${MAX_REDIRECTS} redirects`);
  }

  async #openStream(request: HttpRequest, url: URL, signal: AbortSignal, close: () => void): Promise<HttpStream> {
    if (isPinned(request, url)) return await streamPinned(request, url, this.#proxyOf(url), signal, close);
    await this.#probe(request, url, signal);
    return streamOf(await this.#fetch(request, url, signal), url, signal, close);
  }

  async #once(request: HttpRequest, url: URL, signal: AbortSignal): Promise<HttpResponse> {
    const proxy = this.#proxyOf(url);
    if (isPinned(request, url)) {
      return request.keepsConnection === true
        ? await this.#kept.request(request, url, proxy, signal)
        : await requestPinned(request, url, proxy, signal);
    }
    await this.#probe(request, url, signal);
    request.begun?.();
    using stall = new TimeBound(request.stallTimeout, stalled(url, request.stallTimeout), signal);
    const response = await this.#fetch(request, url, stall.signal);
    return { status: response.status, headers: response.headers, body: await readBody(response, request, url, stall) };
  }

  /** fetch does not say how far it has come. */
  async #probe({ connectTimeout }: HttpRequest, url: URL, signal: AbortSignal): Promise<void> {
    if (connectTimeout === undefined) return;
    using bound = new TimeBound(connectTimeout, noConnection(url, connectTimeout), signal).start();
    await probe(url, this.#proxyOf(url), bound.signal);
  }

  async #fetch(request: HttpRequest, url: URL, signal: AbortSignal): Promise<Response> {
    try {
      return await fetch(url, {
        method: request.method,
        headers: { "user-agent": "etcha", ...request.headers },
        body: typeof request.body === "object" ? new Uint8Array(request.body) : request.body ?? null,
        redirect: "manual",
        client: this.#client(request.tls?.ca ?? ""),
        signal,
      });
    } catch (error) {
      signal.throwIfAborted();
      throw await this.#refusal(url, error, signal);
    }
  }

  async #refusal(url: URL, error: unknown, signal: AbortSignal): Promise<HostError> {
    const fault = certificateFault(error);
    if (fault === undefined) return connectionError(url, error);
    try {
      using bound = new TimeBound(LOOK_TIMEOUT, noConnection(url, LOOK_TIMEOUT), signal).start();
      return certificateError(url, fault, await fetchCertificate(url, this.#proxyOf(url), bound.signal));
    } catch (second) {
      // The second look only serves the message.
      if (second instanceof HostError) return certificateError(url, fault, undefined);
      throw second;
    }
  }

  #client(ca: string): Deno.HttpClient {
    const known = this.#clients.get(ca);
    if (known !== undefined) return known;
    if (this.#clients.size >= MAX_CLIENTS) {
      const [oldest, client] = this.#clients.entries().next().value!;
      this.#clients.delete(oldest);
      client.close();
    }
    // Not HTTP/2, in which the runtime lets the second of two small packets wait for 40 ms: every key of a remote shell.
    const client = Deno.createHttpClient({
      ...(ca !== "" && { caCerts: [ca] }),
      poolIdleTimeout: 30_000,
      http2: false,
    });
    this.#clients.set(ca, client);
    return client;
  }
}

/** fetch can neither pin nor skip. */
function isPinned({ tls }: HttpRequest, url: URL): boolean {
  return url.protocol === "https:" && (tls?.skipVerify === true || tls?.fingerprint !== undefined);
}

async function readBody(
  response: Response,
  request: HttpRequest,
  url: URL,
  stall: TimeBound,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = response.body?.getReader();
  try {
    for (;;) {
      stall.start();
      const part = await reader?.read();
      if (part === undefined || part.done) break;
      size += part.value.length;
      if (size > request.bodyLimit) {
        throw new HostError("other", `${url.host}: the answer is larger than ${request.bodyLimit} bytes`);
      }
      if (request.onBody === undefined || response.status !== 200) chunks.push(part.value);
      else if (await given(request.onBody, part.value) === "enough") {
        await reader?.cancel().catch(ignoreBroken);
        break;
      }
    }
  } catch (error) {
    await reader?.cancel().catch(ignoreBroken);
    stall.signal.throwIfAborted();
    if (error instanceof ReceiverError) throw error.cause;
    throw error instanceof HostError ? error : connectionError(url, error);
  }
  return concat(chunks);
}

function publicHeaders(headers: HttpRequest["headers"]): NonNullable<HttpRequest["headers"]> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).filter(([name]) => PUBLIC_HEADERS.has(name.toLowerCase())),
  );
}

/** What whoever takes the body has thrown, to be told from what the connection throws. */
class ReceiverError extends Error {}

async function given(onBody: NonNullable<HttpRequest["onBody"]>, part: Uint8Array): Promise<"more" | "enough"> {
  try {
    return await onBody(part);
  } catch (error) {
    throw new ReceiverError("the receiver of the body failed", { cause: error });
  }
}

/** A stream that is broken already says so once more when it is given up. */
function ignoreBroken(_: unknown): void {}
