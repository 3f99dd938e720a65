import { createHash } from "node:crypto";
import { type Location, parseLocation } from "../domain/location.ts";
import { type FileInfo, HostError } from "../host/host.ts";
import type { Scene } from "./means.ts";
import { shown } from "./outcome.ts";

/** Milliseconds for a whole answer, unless the URL says otherwise (`clientTimeout`), and for a connection. */
const TIMEOUT = 3_600_000;
const CONNECT_TIMEOUT = 30_000;
/** From one part of an answer to the next. */
const STALL_TIMEOUT = 60_000;
/** Bytes. */
const SIZE_LIMIT = 2 ** 40;

/** Where contents come from. */
export interface Source {
  /** Free of secrets. */
  readonly name: string;
  /** Of what lies on this machine. */
  readonly info?: FileInfo;
  /**
   * Gives all of it to `take`, part by part, until that has enough. `known`: what recognises the version that is here
   * already; then it may be said that it is still that one.
   */
  read(take: (part: Uint8Array) => Promise<"more" | "enough">, known?: Version): Promise<Read>;
}

/** How a version of a URL's contents is recognised (RFC 9110, 8.8). */
export interface Version {
  readonly etag?: string;
  readonly lastModified?: string;
}

export type Read =
  | { readonly kind: "unchanged"; readonly version: Version }
  | { readonly kind: "read"; readonly sha256: string; readonly version: Version };

/** Where a path or URL leads to; undefined when nothing is at that path. Rejects with HostError when it can't be read. */
export async function openSource(text: string, scene: Scene): Promise<Source | undefined> {
  const parsed = parseLocation(text);
  if (!parsed.ok) throw new HostError("other", `cannot read SRC: ${parsed.reason}`);
  const { location } = parsed;
  return location.kind === "path" ? await fileSource(location.path, scene) : urlSource(location, scene);
}

async function fileSource(path: string, { files, at, signal }: Scene): Promise<Source | undefined> {
  const info = await files.stat(at(path));
  if (info === undefined) return undefined;
  if (info.kind !== "file") throw new HostError("other", `${shown(path)} is no file`);
  return {
    name: shown(path),
    info,
    async read(take) {
      const hash = createHash("sha256");
      for await (const part of files.readParts(at(path))) {
        signal.throwIfAborted();
        hash.update(part);
        if (await take(part) === "enough") break;
      }
      return { kind: "read", sha256: hash.digest("hex"), version: {} };
    },
  };
}

function urlSource(location: Extract<Location, { kind: "url" }>, { http, signal }: Scene): Source {
  return {
    name: location.shown,
    async read(take, known = {}) {
      const hash = createHash("sha256");
      const response = await http.request({
        method: "GET",
        url: location.url,
        headers: {
          // The bytes that lie there are meant, such as those of a tar.gz that the server calls compressed text.
          "accept-encoding": "identity",
          ...location.headers,
          ...(known.etag !== undefined && { "if-none-match": known.etag }),
          ...(known.lastModified !== undefined && { "if-modified-since": known.lastModified }),
        },
        timeout: location.timeout ?? TIMEOUT,
        connectTimeout: CONNECT_TIMEOUT,
        stallTimeout: STALL_TIMEOUT,
        bodyLimit: SIZE_LIMIT,
        tls: { skipVerify: location.skipVerify },
        async onBody(part) {
          hash.update(part);
          return await take(part);
        },
      }, signal);
      const [etag, lastModified] = [response.headers.get("etag"), response.headers.get("last-modified")];
      const version = { ...(etag !== null && { etag }), ...(lastModified !== null && { lastModified }) };
      const isConditional = (known.etag ?? known.lastModified) !== undefined;
      if (response.status === 304 && isConditional) return { kind: "unchanged", version };
      if (response.status !== 200) {
        throw new HostError("other", `${location.shown}: the server answered with status ${response.status}`);
      }
      return { kind: "read", sha256: hash.digest("hex"), version };
    },
  };
}

/** The SHA-256 of a file, in hex. */
export async function sha256Of(path: string, { files, signal }: Scene): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of files.readParts(path, { nofollow: true })) {
    signal.throwIfAborted();
    hash.update(part);
  }
  return hash.digest("hex");
}

/** The SHA-256 of a text, in hex. */
export function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
