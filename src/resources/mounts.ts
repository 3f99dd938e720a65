import { type Files, HostError } from "../host/host.ts";

/** Where file systems are mounted at or below a folder, as the kernel tells (proc_pid_mountinfo(5)); none where it does not. */
export async function mountsBelow(
  folder: string,
  files: Pick<Files, "readText" | "realPath">,
): Promise<readonly string[]> {
  // The kernel knows no links on the way to a mount.
  const real = await files.realPath(folder);
  let table: string;
  try {
    table = await files.readText("/proc/self/mountinfo", 16 * 1024 * 1024);
  } catch (error) {
    if (error instanceof HostError) return [];
    throw error;
  }
  return table.split("\n").map((line) => unescaped(line.split(" ")[4] ?? ""))
    .filter((path) => path === real || path.startsWith(`${real}/`));
}

/** Blanks and backslashes are written in octal, byte by byte. */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
