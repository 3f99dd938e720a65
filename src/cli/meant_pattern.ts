import type { Files } from "../host/host.ts";

/** The path of the pattern that a text names but for its ending, if there is such a file. */
export async function meantPattern(text: string, files: Pick<Files, "stat">): Promise<string | undefined> {
  // What is no name of a file is not worth asking for: a text may be long, and hold anything.
  if (!/^[\w.@%+/-]{1,200}$/.test(text) || text.endsWith(".jsonnet")) return undefined;
  const path = `${text.replace(/\.$/, "")}.jsonnet`;
  return await files.stat(path) === undefined ? undefined : path;
}
