import { type ListenAddress, listenAddressText } from "../../domain/listen_address.ts";
import { HostError } from "../host.ts";
import type { Client } from "./connections.ts";
import { errorCode, hosted } from "./errors.ts";
import { Timer } from "./timer.ts";

/** Milliseconds before accepting is tried again when the system had no room for one more connection. */
const ACCEPT_PAUSE = 100;

/** One address at which connections are taken. */
export class Entrance {
  /** With the port that was free for 0. */
  readonly address: ListenAddress;
  readonly #listener: Deno.Listener<Client>;
  readonly #accepting: Promise<void>;

  private constructor(
    /** As it was asked for. */
    readonly wanted: ListenAddress,
    listener: Deno.Listener<Client>,
    take: (client: Client) => void,
  ) {
    const { addr } = listener;
    this.address = wanted.kind === "tcp" && "hostname" in addr
      ? { ...wanted, hostname: addr.hostname, port: addr.port }
      : wanted;
    this.#listener = listener;
    this.#accepting = this.#accept(take);
  }

  /** Rejects with HostError, "busy" when somebody else listens there. `at`: where it was before, perhaps by chance. */
  static open(wanted: ListenAddress, take: (client: Client) => void, at = wanted): Promise<Entrance> {
    return hosted(`listen on ${listenAddressText(at)}`, async () => {
      const listener = at.kind === "unix" ? await listenUnix(at) : listenTcp(at.hostname, at.port);
      return new Entrance(wanted, listener, take);
    });
  }

  async close(): Promise<void> {
    // Of a socket in the file system the runtime removes the file.
    this.#listener.close();
    await this.#accepting;
  }

  async #accept(take: (client: Client) => void): Promise<void> {
    for (;;) {
      try {
        take(await this.#listener.accept());
      } catch (error) {
        if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) return;
        // A client that left while it was waiting, or no room for one more file: the next may have more luck.
        if (errorCode(error) === undefined) throw error;
        using pause = new Timer(ACCEPT_PAUSE);
        await pause.promise;
      }
    }
  }
}

/** An empty name: every interface of both families, or of IPv4 alone where the system has no IPv6. */
function listenTcp(hostname: string, port: number): Deno.TcpListener {
  if (hostname !== "") return Deno.listen({ hostname, port });
  try {
    return Deno.listen({ hostname: "::", port });
  } catch (error) {
    if (errorCode(error) !== "EAFNOSUPPORT" && errorCode(error) !== "EADDRNOTAVAIL") throw error;
    return Deno.listen({ hostname: "0.0.0.0", port });
  }
}

/** What a program that was killed has left there is taken away; what somebody listens on is not. */
async function listenUnix(wanted: { readonly path: string; readonly mode: number }): Promise<Deno.UnixListener> {
  try {
    return bindUnix(wanted);
  } catch (error) {
    if (errorCode(error) !== "EADDRINUSE") throw error;
  }
  const { path } = wanted;
  if (!(await Deno.lstat(path)).isSocket) {
    throw new HostError("exists", `cannot listen on unix:${path}: something that is no socket lies there`);
  }
  if (await isListenedTo(path)) throw new HostError("busy", `cannot listen on unix:${path}: another program does`);
  await Deno.remove(path);
  return bindUnix(wanted);
}

/** The kernel makes the file when it binds; so it is the umask that keeps others out from its first moment on. */
function bindUnix({ path, mode }: { readonly path: string; readonly mode: number }): Deno.UnixListener {
  const before = Deno.umask(0o777 & ~mode);
  try {
    return Deno.listen({ transport: "unix", path });
  } finally {
    Deno.umask(before);
  }
}

async function isListenedTo(path: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
    return true;
  } catch (error) {
    // Anything else, a full queue for one, is the answer of somebody.
    return errorCode(error) !== "ECONNREFUSED";
  }
}
