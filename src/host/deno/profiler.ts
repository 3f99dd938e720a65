import { Session } from "node:inspector/promises";
import { HostError, type Profiler } from "../host.ts";
import { clock } from "./clock.ts";

let isBusy = false;

/**
 * By the inspector of V8 (https://chromedevtools.github.io/devtools-protocol/v8/), which nobody outside of the process can
 * reach.
 */
export const profiler: Profiler = {
  async profile(kind, duration, signal) {
    if (isBusy) throw new HostError("busy", "the process is being profiled already");
    isBusy = true;
    const session = new Session();
    session.connect();
    try {
      const measure = kind === "cpu" ? measureCpu : measureHeap;
      return JSON.stringify(await measure(session, () => clock.sleep(duration, signal)));
    } finally {
      session.disconnect();
      isBusy = false;
    }
  },
};

async function measureCpu(session: Session, wait: () => Promise<void>): Promise<object> {
  await session.post("Profiler.enable");
  await session.post("Profiler.start");
  await wait();
  return (await session.post("Profiler.stop")).profile;
}

async function measureHeap(session: Session, wait: () => Promise<void>): Promise<object> {
  await session.post("HeapProfiler.enable");
  await session.post("HeapProfiler.startSampling");
  await wait();
  return (await session.post("HeapProfiler.stopSampling")).profile;
}
