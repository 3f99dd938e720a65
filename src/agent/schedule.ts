import type { Milliseconds } from "../domain/duration.ts";
import type { Clock } from "../host/host.ts";
import type { SourceRunner } from "./source.ts";

/** How often a source without a frequency of its own looks for a new token. */
const LOOK_EVERY: Milliseconds = 5_000;
/** Hosts that were started together shall not ask a server together. */
const JITTER = 0.1;

export interface Schedule {
  readonly pulls: boolean;
  /** How often the pattern is run; nothing: only when there is something new, due or to be tried again. 0: never. */
  readonly every: Milliseconds | undefined;
}

/**
 * Keeps one source going until `stop`: looks for new tokens, repairs drift at the frequency that was asked for, and tries
 * failed runs again. While it is paused nothing of that; what has become due meanwhile comes when the pause is over.
 */
export async function keepRunning(
  runner: SourceRunner,
  schedule: Schedule,
  means: { readonly clock: Clock; readonly random: () => number; readonly stop: AbortSignal },
): Promise<void> {
  const { clock, random, stop } = means;
  const turn = schedule.every ?? (schedule.pulls ? LOOK_EVERY : 0);
  if (schedule.pulls) await runner.pull(stop);
  let nextTurn = turn === 0 ? Infinity : clock.monotonic() + jittered(turn, random);
  while (!stop.aborted) {
    if (await runner.isPaused()) {
      await clock.sleep(LOOK_EVERY, stop);
      continue;
    }
    const now = clock.monotonic();
    const due = Math.min(nextTurn, runner.retryAt ?? Infinity);
    if (due > now) {
      // A push may fail meanwhile and ask for a new try: look again soon.
      await clock.sleep(Math.min(due - now, LOOK_EVERY), stop);
      continue;
    }
    if (nextTurn <= now) {
      nextTurn = now + jittered(turn, random);
      if (schedule.pulls) await runner.pull(stop);
      if (schedule.every !== undefined && !stop.aborted) await runner.run("pull");
    }
    if (!stop.aborted && (runner.retryAt ?? Infinity) <= clock.monotonic()) await runner.retry();
  }
}

function jittered(duration: Milliseconds, random: () => number): Milliseconds {
  return duration * (1 + JITTER * (2 * random() - 1));
}
