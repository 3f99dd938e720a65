import type { Row } from "./measure.ts";
import { FORMS } from "./program.ts";

/** What has to be downloaded, beside the runtime alone. */
export async function measureSize(): Promise<readonly Row[]> {
  const executable = FORMS["executable"];
  if (executable === undefined) return [];
  const megabytes = async (path: string) => (await Deno.stat(path)).size / 1e6;
  const [value, base] = [await megabytes(executable[0]), await megabytes(Deno.execPath())];
  return [{ section: "size", name: "executable, size", unit: "MB", value, against: "deno itself", base }];
}
