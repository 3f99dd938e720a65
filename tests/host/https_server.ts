import assert from "node:assert/strict";
import { HostError, type HttpRequest } from "../../src/host/host.ts";
import { testCertificate } from "./certificates.ts";

export const certificate = await testCertificate();
export const never = new AbortController().signal;

export type Handler = (request: Request) => Response | Promise<Response>;

/** A server on a free port for the duration of `use`. */
export async function withServer(tls: "plain" | "tls", handler: Handler, use: (origin: string) => Promise<void>) {
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  const server = tls === "tls"
    ? Deno.serve({ ...options, cert: certificate.cert, key: certificate.key }, handler)
    : Deno.serve(options, handler);
  try {
    await use(`${tls === "tls" ? "https" : "http"}://localhost:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

export function get(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return { method: "GET", url, timeout: 10_000, bodyLimit: 1000, ...more };
}

export async function failure(request: Promise<unknown>): Promise<HostError> {
  try {
    await request;
  } catch (error) {
    assert.ok(error instanceof HostError, String(error));
    return error;
  }
  assert.fail("the request should have failed");
}

export const text = (body: Uint8Array) => new TextDecoder().decode(body);
