import { until } from "./agent.ts";

/**
 * Processes that carry `name=value` in their environment, which is handed down: an agent and everything that it began,
 * whatever sessions and groups they have made of themselves. Reads /proc (proc(5)); the dead have no environment.
 */
export function markedProcesses(name: string, value: string): readonly number[] {
  const mark = `${name}=${value}`;
  return [...Deno.readDirSync("/proc")].map((entry) => entry.name).filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => readEnvironment(pid).includes(mark)).map(Number);
}

/** Ends them all at once, as when the power goes. */
export async function killMarked(name: string, value: string): Promise<void> {
  await until(() => {
    const pids = markedProcesses(name, value);
    for (const pid of pids) kill(pid);
    return pids.length === 0;
  }, () => "processes can't be killed");
}

function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    // It ended by itself meanwhile.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function readEnvironment(pid: string): readonly string[] {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/environ`).split("\0");
  } catch (error) {
    // It ended, or belongs to somebody else and so is none of ours.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) return [];
    if (error instanceof Error && /os error 3/.test(error.message)) return [];
    throw error;
  }
}
