import type { Config } from "../../domain/config.ts";
import type { Host, Log, PeerAddress } from "../../host/host.ts";
import type { Metrics } from "../metrics.ts";
import type { SourceRunner } from "../source.ts";

/** What every route may use. */
export interface RouteMeans {
  readonly config: Config;
  readonly host: Host;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly runners: ReadonlyMap<string, SourceRunner>;
}

/** What a route is told besides the request. */
export interface Connection {
  readonly Bindings: { readonly peer: PeerAddress };
}
