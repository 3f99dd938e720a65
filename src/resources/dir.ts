import { dirname, join } from "node:path/posix";
import type { DirResource } from "../domain/resource.ts";
import type { FileAttributes, FileInfo } from "../host/host.ts";
import { attributeDetails, differingAttributes, wantedAttributes } from "./attributes.ts";
import type { Scene } from "./means.ts";
import { mountsBelow } from "./mounts.ts";
import { done, type Outcome, refused, shown } from "./outcome.ts";

/** What differs below a folder is told one by one, up to so many. */
const MAX_DETAILS = 50;

export async function dir(resource: DirResource, scene: Scene): Promise<Outcome> {
  if (resource.action === "remove") return await removeDir(resource, scene);
  const { path, action, makesParents, recursive } = resource;
  const { files } = scene;
  const at = scene.at(path);
  const attributes = await wantedAttributes(resource, scene);
  if (!attributes.ok) return refused(attributes.reason);
  const { wanted } = attributes;
  const found = files.look(at);
  if (found === undefined) {
    if (action === "check") return done([`${shown(path)} is not there`]);
    if (!makesParents && files.look(`${dirname(at)}/.`)?.kind !== "dir") {
      return refused(`cannot make ${shown(path)}: the folder above it is not there (--parents makes it)`);
    }
    if (makesParents) await files.makeDir(dirname(at));
    // Closed to others until it has its owner and mode.
    await files.makeDir(at, wanted.mode === undefined ? {} : { mode: 0o700 });
    await files.setAttributes(at, wanted);
    return done([`${shown(path)}: made`]);
  }
  if (found.kind !== "dir") {
    return refused(`${shown(path)} is ${found.kind === "link" ? "a link" : "a file"}, not a folder`);
  }
  const details: string[] = [];
  let others = 0;
  const tense = action === "check" ? "differs" : "changed";
  const settle = async (name: string, place: string, found: FileInfo, attributes: FileAttributes) => {
    scene.signal.throwIfAborted();
    const differences = await differingAttributes(attributes, found, scene);
    if (differences.length === 0) return;
    if (action === "change") await files.setAttributes(place, attributes);
    if (details.length < MAX_DETAILS) details.push(...attributeDetails(name, differences, tense));
    else others++;
  };
  await settle(shown(path), at, found, wanted);
  if (recursive && (wanted.uid ?? wanted.gid ?? wanted.mode) !== undefined) {
    await walk(
      at,
      scene,
      (below, found) => settle(shown(join(path, below)), join(at, below), found, belowOf(wanted, found)),
    );
  }
  return done(
    others === 0 ? details : [...details, `(${others} more ${tense === "differs" ? "differ" : "were changed"})`],
  );
}

/** Visits what lies below a folder, a folder before what is in it; links are left out. */
async function walk(
  folder: string,
  scene: Scene,
  visit: (below: string, found: FileInfo) => Promise<void>,
): Promise<void> {
  const rest = [""];
  for (let at = rest.pop(); at !== undefined; at = rest.pop()) {
    for (const name of await scene.files.list(join(folder, at))) {
      const below = join(at, name);
      const found = scene.files.look(join(folder, below));
      if (found?.kind !== "dir" && found?.kind !== "file") continue;
      await visit(below, found);
      if (found.kind === "dir") rest.push(below);
    }
  }
}

/** Of what lies below: no special bits for files, and the right to execute where somebody has it. */
function belowOf(wanted: FileAttributes, found: FileInfo): FileAttributes {
  if (wanted.mode === undefined || found.kind === "dir") return wanted;
  const executes = (found.mode & 0o111) === 0 ? 0 : 0o111;
  return { ...wanted, mode: wanted.mode & (0o666 | executes) };
}

async function removeDir({ path, recursive }: DirResource, scene: Scene): Promise<Outcome> {
  const { files } = scene;
  const at = scene.at(path);
  const found = files.look(at);
  if (found === undefined) return done([]);
  if (found.kind !== "dir") {
    return refused(`${shown(path)} is ${found.kind === "link" ? "a link" : "a file"}: not removed`);
  }
  if (at === "/") return refused("/ is not removed");
  const entries = await files.list(at);
  if (entries.length > 0 && !recursive) {
    return refused(`${shown(path)} is not empty, and -r is not given: not removed`);
  }
  const [mount] = await mountsBelow(at, files);
  if (mount !== undefined) return refused(`${mount} is a mounted file system: ${shown(path)} is not removed`);
  if (recursive) await files.removeTree(at);
  else await files.remove(at);
  return done([`${shown(path)}: removed`]);
}
