import type { Attributes } from "../domain/resource.ts";
import { type FileAttributes, type FileInfo } from "../host/host.ts";
import type { Scene } from "./means.ts";
import { done, type Outcome, shown } from "./outcome.ts";

/** Owner and group as numbers; or which of them this machine does not know. */
export async function wantedAttributes(
  { owner, group, mode }: Attributes,
  { accounts }: Scene,
): Promise<{ readonly ok: true; readonly wanted: FileAttributes } | { readonly ok: false; readonly reason: string }> {
  const uid = owner === undefined ? undefined : await accounts.userId(owner);
  const gid = group === undefined ? undefined : await accounts.groupId(group);
  if (owner !== undefined && uid === undefined) {
    return { ok: false, reason: `there is no user ${JSON.stringify(owner)}` };
  }
  if (group !== undefined && gid === undefined) {
    return { ok: false, reason: `there is no group ${JSON.stringify(group)}` };
  }
  const wanted = {
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
    ...(mode !== undefined && { mode }),
  };
  return { ok: true, wanted };
}

/**
 * What a file that gets new contents keeps of the old one. A new owner, or group, gets none of its bits that give rights of
 * the owner, as with chown(2): whoever had the file could set them, and the contents are not theirs.
 */
export function keptAttributes({ uid, gid, mode }: FileInfo, wanted: FileAttributes): FileAttributes {
  const isOwnerNew = (wanted.uid ?? uid) !== uid || (wanted.gid ?? gid) !== gid;
  return { uid, gid, mode: isOwnerNew ? mode & ~0o6000 : mode, ...wanted };
}

/** What is another than wanted, as `name: [found, wanted]`, in words. */
export async function differingAttributes(
  wanted: FileAttributes,
  found: FileInfo,
  { accounts }: Scene,
): Promise<readonly AttributeDifference[]> {
  const differences: AttributeDifference[] = [];
  if (wanted.uid !== undefined && wanted.uid !== found.uid) {
    const name = async (id: number) => named(id, await accounts.userName(id));
    differences.push({ name: "owner", found: await name(found.uid), wanted: await name(wanted.uid) });
  }
  if (wanted.gid !== undefined && wanted.gid !== found.gid) {
    const name = async (id: number) => named(id, await accounts.groupName(id));
    differences.push({ name: "group", found: await name(found.gid), wanted: await name(wanted.gid) });
  }
  if (wanted.mode !== undefined && wanted.mode !== found.mode) {
    differences.push({ name: "mode", found: octal(found.mode), wanted: octal(wanted.mode) });
  }
  return differences;
}

export interface AttributeDifference {
  readonly name: "owner" | "group" | "mode";
  readonly found: string;
  readonly wanted: string;
}

/** What a check says of each, and what a change says that has mended them. */
export function attributeDetails(
  path: string,
  differences: readonly AttributeDifference[],
  tense: "differs" | "changed",
): readonly string[] {
  return differences.map(({ name, found, wanted }) =>
    tense === "differs" ? `${path}: ${name} is ${found}, should be ${wanted}` : `${path}: ${name} ${found} → ${wanted}`
  );
}

function named(id: number, name: string | undefined): string {
  return name === undefined ? String(id) : `${name} (${id})`;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

/** Says, or mends, that an owner, group or mode is another one. */
export async function settleAttributes(
  { path, action, wanted, attributes }: {
    readonly path: string;
    readonly action: "check" | "change";
    readonly wanted: FileAttributes;
    readonly attributes: readonly AttributeDifference[];
  },
  { files, at }: Scene,
): Promise<Outcome> {
  if (attributes.length === 0) return done([]);
  if (action === "check") return done(attributeDetails(shown(path), attributes, "differs"));
  await files.setAttributes(at(path), wanted);
  return done(attributeDetails(shown(path), attributes, "changed"));
}
