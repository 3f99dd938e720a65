/** What the program asks of a machine where it is asked itself: types only. */
import type { Milliseconds } from "../domain/duration.ts";
import type { ListenAddress } from "../domain/listen_address.ts";

export interface PeerAddress {
  /** `unix` for a client of a socket in the file system. */
  readonly hostname: string;
  /** 0 where there is none. */
  readonly port: number;
}

/** Certificate, perhaps with its chain, and private key, both PEM. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
}

/** Where connections are taken. */
export interface ListenPlace {
  /** In their order; none is no mistake. */
  readonly addresses: readonly ListenAddress[];
  /** Needed for addresses with TLS. */
  readonly tls?: ServerTls;
}

export interface ListenOptions extends ListenPlace {
  /** Of all addresses together. */
  readonly limits: {
    /** Where there is no room, the connection that has waited longest for a request is closed for a new one. */
    readonly maxConnections: number;
    readonly maxConnectionsPerAddress: number;
    /** From the connection to its first request. */
    readonly headersTimeout: Milliseconds;
    /** From one request to the next, and for a client to read some of an answer. */
    readonly idleTimeout: Milliseconds;
    /** How long a handler may have to wait, in all, for the body of one request. */
    readonly requestTimeout: Milliseconds;
  };
  /** Told what a handler threw; the client gets a bare 500. */
  readonly onError?: (error: unknown) => void;
  /** Told of every connection. */
  readonly onConnection?: (event: ConnectionEvent) => void;
}

/** `refused`: there was no room; `displaced`: closed while it was waiting, to make room. One that was accepted has ended. */
export type ConnectionEvent = "accepted" | "refused" | "displaced" | "ended";

export interface Listener {
  /** As they were taken: with the port that was free for 0. */
  readonly addresses: readonly ListenAddress[];
  /**
   * Takes connections elsewhere, or with another certificate; those that there are go on as they are. Rejects like
   * `listen`; then everything is as it was.
   */
  move(place: ListenPlace): Promise<void>;
  /** Stops accepting at once and ends when answers under way are sent, at the latest after `grace`. */
  close(grace: Milliseconds): Promise<void>;
}

export interface Network {
  /**
   * Takes all addresses, or none and rejects with HostError: "busy" when one is taken already, "tls" when the certificate
   * or its key can't be used.
   */
  listen(
    options: ListenOptions,
    /** `target`: path and query as they came (RFC 9112, 3.2.1), where the URL of a request is normalised. */
    handler: (request: Request, peer: PeerAddress, target: string) => Promise<Response>,
  ): Promise<Listener>;
  /**
   * Whether something answers at an address of this machine: the status. Certificates are not looked at. Rejects with
   * HostError "unreachable", "denied" or "timeout".
   */
  knock(address: ListenAddress, timeout: Milliseconds, signal: AbortSignal): Promise<number>;
}
