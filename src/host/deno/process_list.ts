import { errorCode } from "./errors.ts";

interface ListedProcess {
  readonly pid: number;
  /** It has ended and waits to be collected. */
  readonly isDead: boolean;
  readonly group: number;
  readonly session: number;
}

/** All processes of the machine, as /proc (proc(5)) has them; none where there is no /proc. */
export async function listProcesses(): Promise<readonly ListedProcess[]> {
  const found: ListedProcess[] = [];
  for (const pid of await processIds()) {
    const stat = await readIfThere(`/proc/${pid}/stat`);
    if (stat === undefined) continue;
    // The name in parentheses may hold anything; after it: state, parent, group, session.
    const [state = "", , group, session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    found.push({
      pid: Number(pid),
      isDead: state === "Z" || state === "X",
      group: Number(group),
      session: Number(session),
    });
  }
  return found;
}

async function processIds(): Promise<readonly string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir("/proc"))).map((entry) => entry.name).filter((name) =>
      /^\d+$/.test(name)
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    // A process that ended while it was being looked at: NotFound or, in the middle of it, ESRCH.
    if (error instanceof Deno.errors.NotFound || errorCode(error) === "ESRCH") return undefined;
    throw error;
  }
}
