import { initProject } from "../workflows/init.ts";
import { type Context, failed, type Outcome } from "./subcommand.ts";

export interface Init {
  readonly command: "init";
  readonly folder: string;
}

/** Sets up a folder and says what was written there. */
export async function init({ folder }: Init, { host, libraryDir }: Context): Promise<Outcome> {
  const made = await initProject(folder, { files: host.files, libraryDir });
  return made.ok ? { status: "done", view: { kind: "project", ...made.value } } : failed(made.problems);
}
