import process from "node:process";
import { errorCode } from "./errors.ts";
import { listProcesses } from "./process_list.ts";
import { Timer } from "./timer.ts";

/** Milliseconds between TERM and KILL, and at most between KILL and the end of the group. */
const GRACE = 5000;
/** How often a group that was told to end is looked at, in milliseconds: soon at first, then rarely. */
const FIRST_LOOK = 5;
const LONGEST_PAUSE = 160;

/** TERM to the whole process group and, when some of it is left after the grace, KILL. Takes at most twice the grace. */
export async function endGroup(group: number): Promise<void> {
  for (const name of ["SIGTERM", "SIGKILL"] as const) {
    // In its first moment a process may not lead its group yet: then it is alone, and is meant itself.
    if (!signalGroup(group, name) && !signal(group, name)) return;
    const end = performance.now() + GRACE;
    for (let pause = FIRST_LOOK; performance.now() < end; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      using timer = new Timer(pause);
      await timer.promise;
      if ((!signalGroup(group, 0) && !signal(group, 0)) || await isDead(group)) return;
    }
  }
}

/** Whether the group has members still; 0 asks without sending anything. */
function signalGroup(group: number, name: NodeJS.Signals | 0): boolean {
  return signal(-group, name);
}

function signal(target: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(target, name);
    return true;
  } catch (error) {
    if (errorCode(error) === "ESRCH") return false;
    // Members of another user, which only root could end.
    if (errorCode(error) === "EPERM") return true;
    throw error;
  }
}

/**
 * Whether all that is left of a group has ended and only waits for an `init` that is slow to collect it, or never does,
 * as the first process of many containers. Without /proc nobody can tell.
 */
async function isDead(group: number): Promise<boolean> {
  const members = (await listProcesses()).filter((process) => process.group === group);
  return members.length > 0 && members.every(({ isDead }) => isDead);
}
