import { type Problem } from "../domain/problem.ts";
import { type Location, parseLocation } from "../domain/location.ts";
import { TOKEN_LIMITS } from "../domain/token_limits.ts";
import { type Files, HostError, type Http } from "../host/host.ts";

/** Milliseconds that a server has for its answer. */
const TIMEOUT = 30_000;

/** What a path gave: a text, the word that it is still the one before, or why neither. The text is not trusted yet. */
export type Pulled =
  | { readonly kind: "text"; readonly text: string; readonly validators: Validators }
  | { readonly kind: "unchanged" }
  | { readonly kind: "failed"; readonly problem: Problem };

/** What a server gave to recognise its answer by (RFC 9110, 8.8). */
export interface Validators {
  readonly etag?: string;
  readonly lastModified?: string;
}

/**
 * Fetches a token's text from a local path or an http(s) URL (with the header syntax of `parseLocation`). `known`: the
 * validators of the text that is already here; a server may then answer that nothing changed.
 */
export async function pull(
  path: string,
  known: Validators | undefined,
  host: { readonly files: Files; readonly http: Http; readonly ca: string | undefined },
  signal: AbortSignal,
): Promise<Pulled> {
  const parsed = parseLocation(path);
  if (!parsed.ok) return failed("", parsed.reason);
  const { location } = parsed;
  try {
    if (location.kind === "url") return await fetchText(location, known ?? {}, host, signal);
    return { kind: "text", text: await host.files.readText(location.path, TOKEN_LIMITS.bytes), validators: {} };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return failed(location.kind === "url" ? location.shown : location.path, error.message);
  }
}

async function fetchText(
  location: Extract<Location, { kind: "url" }>,
  known: Validators,
  host: { readonly http: Http; readonly ca: string | undefined },
  signal: AbortSignal,
): Promise<Pulled> {
  const response = await host.http.request({
    method: "GET",
    url: location.url,
    headers: {
      ...location.headers,
      ...(known.etag !== undefined && { "if-none-match": known.etag }),
      ...(known.lastModified !== undefined && { "if-modified-since": known.lastModified }),
    },
    timeout: location.timeout ?? TIMEOUT,
    bodyLimit: TOKEN_LIMITS.bytes,
    tls: { skipVerify: location.skipVerify, ...(host.ca !== undefined && { ca: host.ca }) },
  }, signal);
  const isConditional = known.etag !== undefined || known.lastModified !== undefined;
  if (response.status === 304 && isConditional) return { kind: "unchanged" };
  if (response.status !== 200) return failed(location.shown, `the server answered with status ${response.status}`);
  const etag = response.headers.get("etag");
  const lastModified = response.headers.get("last-modified");
  return {
    kind: "text",
    text: new TextDecoder().decode(response.body),
    validators: { ...(etag !== null && { etag }), ...(lastModified !== null && { lastModified }) },
  };
}

/** A problem of the token that a path gave, with the path: several may be tried. Shows nothing of a URL that may be secret. */
export function pulledFrom(path: string, problem: Problem): Problem {
  const parsed = parseLocation(path);
  const shown = !parsed.ok ? "" : parsed.location.kind === "url" ? parsed.location.shown : parsed.location.path;
  return { ...problem, where: [shown, problem.where ?? ""].filter((part) => part !== "").join(": ") };
}

function failed(where: string, found: string): Pulled {
  return {
    kind: "failed",
    problem: { code: "pull-failed", attempted: "pull a token", found, where },
  };
}
