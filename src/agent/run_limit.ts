import { formatDuration, type Milliseconds } from "../domain/duration.ts";
import type { Clock } from "../host/host.ts";
import { type TimeLimit, timeLimit } from "../workflows/time_limit.ts";

/** The bound of a whole run; its reason is for people. */
export function runLimit(clock: Pick<Clock, "sleep">, timeout: Milliseconds): TimeLimit {
  return timeLimit(timeout, clock, `the time of the run, ${formatDuration(timeout)}, was up`);
}
