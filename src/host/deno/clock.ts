import type { Clock } from "../host.ts";

/** Longer timers overflow the 32 bits that the runtime has for them and would fire at once. */
const LONGEST_TIMER = 2_147_483_647;

export const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(duration, signal) {
    const end = performance.now() + duration;
    for (let rest = duration; rest > 0 && !signal.aborted; rest = end - performance.now()) {
      await sleepOnce(Math.min(rest, LONGEST_TIMER), signal);
    }
  },
};

function sleepOnce(duration: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    // Rounded up, so that the clock has really moved on by the duration.
    const timer = setTimeout(end, Math.ceil(duration));
    signal.addEventListener("abort", end);
  });
}
