import type { RunReport } from "../engine/report.ts";

interface WholeRun {
  readonly tokenHash: string;
  readonly trigger: string;
  /** None: it ended before anything was run. */
  readonly report: RunReport | undefined;
  readonly isSuccess: boolean;
}

/**
 * Tells drift from work that was still to be done: after a whole run of a token has succeeded, all is as it should be, and
 * a check that fails in the next interval run of the same token fails because somebody or something has changed the host.
 */
export class Drift {
  /** Hash of the token whose last run succeeded. */
  #settled: string | undefined;

  /** How many commands had drifted. To be told of every run of the whole list. What triggers have changed is none. */
  count({ tokenHash, trigger, report, isSuccess }: WholeRun): number {
    const isRepair = trigger === "pull" && tokenHash === this.#settled;
    this.#settled = isSuccess ? tokenHash : undefined;
    return isRepair ? report?.changed.filter(({ why }) => why === "check-failed").length ?? 0 : 0;
  }
}
