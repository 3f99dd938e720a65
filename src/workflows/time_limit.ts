import type { Milliseconds } from "../domain/duration.ts";
import type { Clock } from "../host/host.ts";

export interface TimeLimit extends AsyncDisposable {
  readonly signal: AbortSignal;
}

/** Aborts its signal, with `reason`, when the time is up, unless it was disposed of before. */
export function timeLimit(timeout: Milliseconds, clock: Pick<Clock, "sleep">, reason: string): TimeLimit {
  const up = new AbortController();
  const ended = new AbortController();
  const timer = clock.sleep(timeout, ended.signal).then(() => {
    if (!ended.signal.aborted) up.abort(reason);
  });
  return {
    signal: up.signal,
    [Symbol.asyncDispose]: () => {
      ended.abort();
      return timer;
    },
  };
}
