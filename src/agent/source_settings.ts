import type { Milliseconds } from "../domain/duration.ts";
import type { Http } from "../host/host.ts";
import type { Trust } from "../token/verify.ts";
import type { Courier } from "./courier.ts";
import type { Metrics } from "./metrics.ts";
import type { PauseWatch } from "./pause_watch.ts";
import type { RunContext } from "./run_request.ts";
import type { StaticCommands } from "./wanted.ts";

/** What a source of a running agent goes by, until a reload hands it another one. */
export interface SourceSettings {
  readonly context: RunContext;
  readonly trust: Trust;
  /** What is the pattern until a token replaces it. */
  readonly commands: StaticCommands | undefined;
  readonly http: Http;
  /** PEM of private authorities for pulls. */
  readonly ca: string | undefined;
  readonly timeouts: Readonly<Record<"pull" | "push" | "webhook", Milliseconds>>;
  readonly metrics: Metrics;
  readonly pause: PauseWatch;
  readonly courier: Courier;
  /** Ends the agent, as a signal would. */
  readonly exit: (why: string) => void;
  /** Milliseconds since the epoch: when the agent started. */
  readonly startedAt: number;
}
