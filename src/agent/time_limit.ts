import { formatDuration, type Milliseconds } from "../domain/duration.ts";
import type { Clock } from "../host/host.ts";

/** Aborts its signal, with a text as the reason, when the time of the run is up. */
export function timeLimit(
  clock: Clock,
  timeout: Milliseconds,
): AsyncDisposable & { readonly signal: AbortSignal } {
  const up = new AbortController();
  const ended = new AbortController();
  const timer = clock.sleep(timeout, ended.signal).then(() => {
    if (!ended.signal.aborted) up.abort(`the time of the run, ${formatDuration(timeout)}, was up`);
  });
  return {
    signal: up.signal,
    [Symbol.asyncDispose]: () => {
      ended.abort();
      return timer;
    },
  };
}
