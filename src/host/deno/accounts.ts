import type { Accounts } from "../host.ts";
import { errorCode } from "./errors.ts";

/** What a `user` and `group` come to. `name` is absent for a number without an entry. */
interface Identity {
  readonly uid: number;
  readonly gid: number;
  readonly name?: string;
}

type FoundIdentity = { readonly ok: true; readonly identity: Identity } | {
  readonly ok: false;
  readonly reason: string;
};

/**
 * Looks up a user and group, each by name or number: first in /etc/passwd and /etc/group (passwd(5), group(5)), then with
 * `getent` for directories such as LDAP. Without a user it is the own one; without a group it is the user's.
 */
export async function findIdentity(user: string | undefined, group: string | undefined): Promise<FoundIdentity> {
  const wanted = user ?? String(Deno.uid());
  const entry = await findEntry("passwd", wanted);
  const uid = entry === undefined ? toId(wanted) : Number(entry[2]);
  if (uid === undefined) return { ok: false, reason: `there is no user ${JSON.stringify(wanted)}` };
  const name = entry === undefined ? {} : { name: entry[0]! };
  if (group !== undefined) {
    const gid = toId(group) ?? toId((await findEntry("group", group))?.[2] ?? "");
    if (gid === undefined) return { ok: false, reason: `there is no group ${JSON.stringify(group)}` };
    return { ok: true, identity: { uid, gid, ...name } };
  }
  if (entry !== undefined) return { ok: true, identity: { uid, gid: Number(entry[3]), ...name } };
  return { ok: false, reason: `user ${uid} has no entry that names its group: set the group, too` };
}

/** The users and groups of this machine. */
export const accounts: Accounts = {
  // None on systems that have no numbers for users.
  ownId: Deno.uid() ?? 0,
  userId: (name) => idOf("passwd", name),
  groupId: (name) => idOf("group", name),
  userName: (id) => nameOf("passwd", id),
  groupName: (id) => nameOf("group", id),
};

async function idOf(database: "passwd" | "group", name: string): Promise<number | undefined> {
  // A number is not asked for in directories: it stands for itself, unless it is a name on this machine.
  const number = toId(name);
  const entry = number === undefined
    ? await findEntry(database, name)
    : (await readEntries(database)).find((fields) => fields[0] === name);
  return entry === undefined ? number : toId(entry[2] ?? "");
}

async function nameOf(database: "passwd" | "group", id: number): Promise<string | undefined> {
  const key = String(id);
  const entry = (await readEntries(database)).find((fields) => fields[2] === key) ?? await getent(database, key);
  return entry?.[0];
}

/** The fields of the entry with this name or number. A number that is a name counts as a name. */
async function findEntry(database: "passwd" | "group", key: string): Promise<readonly string[] | undefined> {
  const entries = await readEntries(database);
  return entries.find((fields) => fields[0] === key) ?? entries.find((fields) => fields[2] === key) ??
    await getent(database, key);
}

interface Known {
  readonly modifiedMs: number;
  readonly inode: number;
  readonly entries: readonly (readonly string[])[];
}

/** What was read of /etc/passwd and /etc/group: what manages a thousand files asks a thousand times who owns them. */
const known = new Map<string, Known>();

async function readEntries(database: "passwd" | "group"): Promise<Known["entries"]> {
  const path = `/etc/${database}`;
  try {
    const { mtime, ino } = Deno.statSync(path);
    const state = { modifiedMs: mtime?.getTime() ?? 0, inode: ino ?? 0 };
    const before = known.get(path);
    if (before?.modifiedMs === state.modifiedMs && before.inode === state.inode) return before.entries;
    const lines = (await Deno.readTextFile(path)).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    const entries = lines.map((line) => line.split(":"));
    known.set(path, { ...state, entries });
    return entries;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function getent(database: string, key: string): Promise<readonly string[] | undefined> {
  // It would take it for an option (`-sfiles`) and name the first user there is; no name begins so (POSIX, 3.429).
  if (key.startsWith("-")) return undefined;
  try {
    const command = new Deno.Command("getent", {
      args: [database, key],
      stdin: "null",
      stderr: "null",
      signal: AbortSignal.timeout(10_000),
    });
    const { success, stdout } = await command.output();
    return success ? new TextDecoder().decode(stdout).trim().split(":") : undefined;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** A user or group number; 2^32-1 is the kernel's "no change" and none. */
function toId(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) && Number(text) < 0xffff_ffff ? Number(text) : undefined;
}
