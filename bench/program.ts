/** The program under measurement, in the forms in which it can be started. */
import type { Program } from "./measure.ts";

const root = new URL("../", import.meta.url);
const path = (name: string) => decodeURIComponent(new URL(name, root).pathname);

const source: Program["words"] = [
  Deno.execPath(),
  "run",
  "-A",
  "--quiet",
  "-c",
  path("deno.json"),
  path("src/main.ts"),
];
const executable = path("dist/etcha");

/** By name: the executable when `deno task compile` has made one, and the source. */
export const FORMS: Readonly<Record<string, Program["words"]>> = {
  ...(exists(executable) && { executable: [executable] }),
  source,
};

/** What measurements use that need only one form: the executable where there is one. */
export const BEST = Object.values(FORMS)[0]!;

function exists(file: string): boolean {
  try {
    return Deno.statSync(file).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
