import type { Ledger } from "./ledger.ts";
import type { ReportBuilder } from "./report.ts";

/** `check`: nothing is changed or remembered; the report says what would be. */
export type Mode = "change" | "check";

/** Everything that one run shares. */
export interface Run {
  readonly mode: Mode;
  readonly ledger: Ledger;
  readonly report: ReportBuilder;
  readonly forgetDeparted: boolean;
  /** Nothing further may start: the time is up, or the agent stops. */
  stopped: boolean;
}
