import type { Scene } from "./means.ts";
import { done, type Outcome, refused, shown } from "./outcome.ts";

/** Removes a file that may be there. What is something else is not what was made: it stays. */
export async function removeFile(path: string, { files, at }: Scene): Promise<Outcome> {
  const found = files.look(at(path));
  if (found === undefined) return done([]);
  if (found.kind !== "file") {
    return refused(
      `${shown(path)} is ${
        found.kind === "dir" ? "a folder" : found.kind === "link" ? "a link" : "no file"
      }: not removed`,
    );
  }
  await files.remove(at(path));
  return done([`${shown(path)}: removed`]);
}
