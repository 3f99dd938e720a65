import process from "node:process";
import { errorCode } from "./errors.ts";
import { endGroup } from "./process_group.ts";
import { listProcesses } from "./process_list.ts";
import { Timer } from "./timer.ts";

/** Milliseconds between HUP and KILL, and at most between KILL and the end of the session. */
const GRACE = 5000;
/** How often a session that was told to end is looked at, in milliseconds: soon at first, then rarely. */
const FIRST_LOOK = 5;
const LONGEST_PAUSE = 160;

/**
 * HUP to every process of a session, as when its terminal goes away, whatever groups a shell has made of them; KILL to what
 * is left after the grace. Without /proc (proc(5)) only the leader's own group is known.
 */
export async function endSession(leader: number): Promise<void> {
  if ((await listProcesses()).length === 0) return await endGroup(leader);
  for (const name of ["SIGHUP", "SIGKILL"] as const) {
    const end = performance.now() + GRACE;
    const told = new Set<number>();
    for (let pause = FIRST_LOOK; performance.now() < end; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      const members = (await listProcesses()).filter(({ session, isDead }) => session === leader && !isDead);
      if (members.length === 0) return;
      for (const { pid } of members.filter(({ pid }) => !told.has(pid))) {
        told.add(pid);
        signal(pid, name);
        // One that was stopped would not see it.
        if (name === "SIGHUP") signal(pid, "SIGCONT");
      }
      using timer = new Timer(pause);
      await timer.promise;
    }
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It has just ended, or is somebody else's, which only root could end.
    if (errorCode(error) !== "ESRCH" && errorCode(error) !== "EPERM") throw error;
  }
}
