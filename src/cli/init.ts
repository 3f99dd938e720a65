import { initProject } from "../workflows/init.ts";
import { type Context, failed, type Outcome } from "./subcommand.ts";

export interface Init {
  readonly command: "init";
  readonly folder: string;
  readonly output: "text" | "json";
}

/** Sets up a folder and says what was written there. */
export async function init({ folder, output }: Init, { host, libraryDir }: Context): Promise<Outcome> {
  const made = await initProject(folder, { files: host.files, libraryDir });
  if (!made.ok) return failed(made.problems);
  const { written, kept } = made.value;
  return {
    status: "done",
    view: output === "json" ? { kind: "json", value: { written, kept } } : { kind: "project", written, kept },
  };
}
