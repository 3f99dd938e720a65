import { parseLocation } from "../domain/location.ts";
import type { Http } from "../host/host.ts";
import { absolutePath } from "./imports.ts";
import { lookUp, type Reading } from "./native_value.ts";

/** Bytes of a file or body. */
const SIZE_LIMIT = 16 * 1024 * 1024;
const HTTP_TIMEOUT = 30_000;

/** What is needed to read files and URLs. */
interface LocationHost {
  readonly environment: { readonly [name: string]: string };
  readonly files: { readonly cwd: string };
  readonly readFile: (path: string, limit: number, signal: AbortSignal) => Promise<Uint8Array>;
  readonly http: Http;
}

/**
 * The text of a file or of an http(s) URL. `~` and `~/` stand for HOME, a relative path starts at the working directory.
 * A status other than 2xx is a missing value.
 */
export async function readLocation(text: string, host: LocationHost, signal: AbortSignal): Promise<Reading> {
  const parsed = parseLocation(text);
  if (!parsed.ok) return { kind: "invalid", reason: parsed.reason };
  const { location } = parsed;
  if (location.kind === "path") {
    const path = homePath(location.path, host);
    if (path === undefined) return { kind: "missing", key: location.path, reason: "HOME is not set" };
    return await lookUp(location.path, async () => decode(await host.readFile(path, SIZE_LIMIT, signal)));
  }
  let status = 0;
  const reading = await lookUp(location.shown, async () => {
    const response = await host.http.request({
      method: "GET",
      url: location.url,
      headers: location.headers,
      timeout: location.timeout ?? HTTP_TIMEOUT,
      bodyLimit: SIZE_LIMIT,
      tls: { skipVerify: location.skipVerify },
    }, signal);
    status = response.status;
    return status >= 200 && status < 300 ? decode(response.body) : undefined;
  });
  return reading.kind === "missing" && status !== 0
    ? { ...reading, reason: `the server answered with status ${status}` }
    : reading;
}

function homePath(path: string, { environment, files }: LocationHost): string | undefined {
  if (path !== "~" && !path.startsWith("~/")) return absolutePath(files.cwd, path);
  const home = environment["HOME"];
  return home === undefined ? undefined : absolutePath(home, `.${path.slice(1)}`);
}

/** Bytes that are not UTF-8 become U+FFFD: Jsonnet has no other strings. */
function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
