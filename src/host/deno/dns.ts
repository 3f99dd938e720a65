import { type Dns, HostError } from "../host.ts";

/** Milliseconds: shorter than this no resolver answers across the world. */
const MIN_TIMEOUT = 1;

/**
 * The resolver of the machine, or the one name server that is given. A name that does not exist, or has nothing of that
 * type, gives an empty list; failures of the resolver itself are HostError `unreachable`, `timeout` or `other`. Texts of
 * a TXT record are joined (RFC 7208, 3.3). A name server that answers SERVFAIL or REFUSED can't be told from one that knows
 * of nothing: the runtime reports both alike.
 */
export function createDns(nameServer?: NameServer): Dns {
  return { resolve: (type, name, timeout) => resolve(type, name, timeout, nameServer) };
}

interface NameServer {
  readonly ipAddr: string;
  readonly port: number;
}

async function resolve(
  type: "A" | "AAAA" | "CNAME" | "TXT",
  name: string,
  timeout: number,
  nameServer: NameServer | undefined,
): Promise<readonly string[]> {
  const bound = new AbortController();
  const late = new HostError("timeout", `${type} of ${name}: no answer within ${timeout / 1000} seconds`);
  const timer = setTimeout(() => bound.abort(late), Math.max(timeout, MIN_TIMEOUT));
  const options = { signal: bound.signal, ...(nameServer !== undefined && { nameServer }) };
  try {
    // The union of overloads can't be called with a union of types: each gets its own call.
    const values = type === "TXT"
      ? (await Deno.resolveDns(name, type, options)).map((texts) => texts.join(""))
      : await Deno.resolveDns(name, type, options);
    return values.map((value) => type === "CNAME" ? value.replace(/\.$/, "") : value).toSorted();
  } catch (error) {
    if (bound.signal.aborted) throw late;
    if (error instanceof Deno.errors.NotFound) return [];
    throw failure(type, name, error);
  } finally {
    clearTimeout(timer);
  }
}

function failure(type: string, name: string, error: unknown): HostError {
  const text = error instanceof Error ? error.message : String(error);
  const kind = /timed? ?out/i.test(text)
    ? "timeout"
    : /refused|unreachable|io error/i.test(text)
    ? "unreachable"
    : "other";
  return new HostError(kind, `${type} of ${name}: the resolver failed`, { cause: error });
}
