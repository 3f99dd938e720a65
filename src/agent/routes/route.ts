import type { Config } from "../../domain/config.ts";
import type { Host, Log } from "../../host/host.ts";
import type { PeerAddress } from "../../host/network.ts";
import type { RefusalLimiter } from "../limits.ts";
import type { Metrics } from "../metrics.ts";
import type { Shells } from "../shells.ts";
import type { SourceRunner } from "../source.ts";
import type { BodyBudget } from "./body.ts";

/** What every route may use. */
export interface RouteMeans {
  readonly host: Host;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly shells: Shells;
  /** For bodies whose senders have not proved yet who they are, of all callers together. */
  readonly budget: BodyBudget;
  /** Aborted when the listener is about to close. */
  readonly ending: AbortSignal;
  /** To be asked at each request: a reload puts others in the place of all of it. */
  readonly live: () => Live;
}

/** What is served now. */
export interface Live {
  readonly config: Config;
  readonly runners: ReadonlyMap<string, SourceRunner>;
  readonly limiter: RefusalLimiter;
}

/** What a route is told besides the request. */
export interface Connection {
  readonly Bindings: {
    /** Who sent it, or for whom a trusted proxy did. */
    readonly peer: PeerAddress;
    /** Path and query as they came. */
    readonly target: string;
  };
}
