import type { LinkResource } from "../domain/resource.ts";
import type { Scene } from "./means.ts";
import { done, type Outcome, refused, shown } from "./outcome.ts";

export async function link({ path, target, action, replacesFile }: LinkResource, scene: Scene): Promise<Outcome> {
  const { files } = scene;
  const at = scene.at(path);
  const found = files.look(at);
  const leadsTo = found?.kind === "link" ? await files.readLink(at) : undefined;
  if (action === "remove") {
    if (found === undefined) return done([]);
    if (leadsTo === undefined) return refused(`${shown(path)} is no link: not removed`);
    if (leadsTo !== target) {
      return refused(`${shown(path)} leads to ${shown(leadsTo)}, not to ${shown(target)}: not removed`);
    }
    await files.remove(at);
    return done([`${shown(path)}: removed`]);
  }
  if (leadsTo === target) return done([]);
  if (found !== undefined && leadsTo === undefined && !(found.kind === "file" && replacesFile)) {
    const what = found.kind === "dir" ? "a folder" : found.kind === "file" ? "a file (--force replaces it)" : "no link";
    return refused(`${shown(path)} is ${what}`);
  }
  if (action === "check") {
    if (found === undefined) return done([`${shown(path)} is not there`]);
    return done([
      leadsTo === undefined
        ? `${shown(path)} is a file`
        : `${shown(path)} leads to ${shown(leadsTo)}, should lead to ${shown(target)}`,
    ]);
  }
  await files.writeLink(at, target);
  return done([`${shown(path)} → ${shown(target)}`]);
}
