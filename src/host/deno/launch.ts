import { resolve } from "node:path";
import type { ProgramRequest } from "../programs.ts";
import { findIdentity } from "./accounts.ts";

/** How a request is handed to the kernel: the program with the helpers before it. */
export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
  /** Who it runs as, where that is somebody else. */
  readonly owner?: number;
  /** Both streams arrive on standard output; otherwise standard error comes by a pipe of its own. */
  readonly combined: boolean;
  /** The helpers make the session; otherwise the runtime has to, which copies the whole process to do so. */
  readonly makesSession: boolean;
  /** What a helper said when the program itself could not be executed (no permission, a missing interpreter). */
  refusal(code: number, output: string): string | undefined;
}

type PreparedLaunch = { readonly ok: true; readonly launch: Launch } | {
  readonly ok: false;
  readonly reason: string;
};

const SHELL = "/bin/sh";
/** The name by which the joining shell speaks of itself; random, so that no program can speak in its name. */
const JOINER = `etcha-${crypto.randomUUID().slice(0, 8)}`;
const JOINER_MESSAGE = new RegExp(`^${JOINER}: (?:line )?\\d+: (?:exec: )?([^\\n]*)`);
const SHELL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Finds the program and puts the helpers before it that the runtime's own spawn lacks: a shell that joins standard error to
 * standard output in order, and `setpriv` that sets supplementary groups.
 */
export async function prepareLaunch(request: ProgramRequest): Promise<PreparedLaunch> {
  const identified = await prepareProgram(request);
  // The shell comes before everything else, so that the helpers' own messages arrive as well.
  return identified.ok ? { ok: true, launch: joinOutput(identified.launch, request.env) } : identified;
}

/** The same for a program whose standard streams are all the given terminal, which becomes that of its session. */
export async function prepareTerminalLaunch(request: ProgramRequest, terminal: string): Promise<PreparedLaunch> {
  if (!isProgram(SHELL)) return { ok: false, reason: `${SHELL} is needed to open a terminal, and is not there` };
  const identified = await prepareProgram(request);
  return identified.ok ? { ok: true, launch: openTerminal(identified.launch, request.env, terminal) } : identified;
}

async function prepareProgram(request: ProgramRequest): Promise<PreparedLaunch> {
  const [name, ...args] = request.argv;
  const program = findProgram(name, request.env["PATH"] ?? "", request.cwd ?? ".");
  if (program === undefined) return { ok: false, reason: notFound(name, request.env["PATH"]) };
  if (request.cwd !== undefined && !isFolder(request.cwd)) {
    return { ok: false, reason: `there is no folder ${JSON.stringify(request.cwd)} to run it in` };
  }
  const direct: Launch = { program, args, combined: false, makesSession: false, refusal: () => undefined };
  const raised = request.privilege === undefined ? { ok: true, launch: direct } as const : await raise(direct, request);
  return !raised.ok || (request.user === undefined && request.group === undefined)
    ? raised
    : await changeIdentity(raised.launch, request);
}

/** A helper that can't execute the program exits with 126 or 127 (as POSIX has it for shells) and says why. */
function saidBy(message: RegExp): Launch["refusal"] {
  return (code, output) => code === 126 || code === 127 ? message.exec(output)?.[1] : undefined;
}

function joinOutput(launch: Launch, env: ProgramRequest["env"]): Launch {
  // A shell hands on only variables whose names it can spell: with others the streams stay apart, so that none is lost.
  const joinable = Object.keys(env).every((name) => SHELL_NAME.test(name)) && isProgram(SHELL);
  if (!joinable) return launch;
  const script = `${unsetAdded(env)}exec "$@" 2>&1`;
  const setsid = findSetsid();
  const session = setsid === undefined ? [] : [setsid];
  const refusals = [saidBy(JOINER_MESSAGE), saidBy(/^setsid: ([^\n]*)/), launch.refusal];
  return {
    ...launch,
    program: SHELL,
    args: ["-c", script, JOINER, ...session, launch.program, ...launch.args],
    combined: true,
    makesSession: setsid !== undefined,
    refusal: (code, output) => refusals.map((said) => said(code, output)).find((text) => text !== undefined),
  };
}

/**
 * A leader of a session without a terminal that opens one gets it as the controlling one (tty(4)). Variables whose names no
 * shell can spell are lost on the way.
 */
function openTerminal(launch: Launch, env: ProgramRequest["env"], terminal: string): Launch {
  const script = `${unsetAdded(env)}exec 0<>"$1" 1>&0 2>&0; shift; exec "$@"`;
  const words = ["-c", script, JOINER, terminal, launch.program, ...launch.args];
  const setsid = findSetsid();
  return {
    ...launch,
    ...(setsid === undefined ? { program: SHELL, args: words } : { program: setsid, args: [SHELL, ...words] }),
    makesSession: setsid !== undefined,
  };
}

/** A shell adds these by itself; they are not part of the environment that was asked for. */
function unsetAdded(env: ProgramRequest["env"]): string {
  const added = ["PWD", "OLDPWD", "SHLVL"].filter((name) => !Object.hasOwn(env, name));
  return added.length > 0 ? `unset ${added.join(" ")}; ` : "";
}

/** Puts `sudo -E` before what would not run as root. */
async function raise(launch: Launch, { user, group, env, cwd }: ProgramRequest): Promise<PreparedLaunch> {
  if (user !== undefined) {
    const found = await findIdentity(user, group);
    if (!found.ok) return found;
    if (found.identity.uid === 0) return { ok: true, launch };
  } else if (Deno.uid() === 0) {
    return { ok: true, launch };
  }
  const sudo = findProgram("sudo", env["PATH"] ?? "", cwd ?? ".");
  if (sudo === undefined) return { ok: false, reason: notFound("sudo", env["PATH"]) };
  return {
    ok: true,
    launch: {
      ...launch,
      program: sudo,
      args: ["-E", "--", launch.program, ...launch.args],
      // There is no terminal to ask for a password on: sudo(8) then exits with 1 and says so.
      refusal: (code, output) => code === 1 ? /^(sudo: [^\n]*)/m.exec(output)?.[1] : undefined,
    },
  };
}

async function changeIdentity(launch: Launch, { user, group }: ProgramRequest): Promise<PreparedLaunch> {
  const found = await findIdentity(user, group);
  if (!found.ok) return found;
  const { uid, gid, name } = found.identity;
  if (Deno.uid() !== 0) {
    if (uid === Deno.uid() && gid === Deno.gid()) return { ok: true, launch };
    return { ok: false, reason: `only root can run it as user ${uid}, group ${gid}` };
  }
  // A user without an entry is in no further groups: the runtime sets both numbers and clears the rest.
  if (name === undefined) return { ok: true, launch: { ...launch, uid, gid, owner: uid } };
  const setpriv = findSetpriv();
  if (setpriv === undefined) {
    return {
      ok: false,
      reason: `setpriv (of util-linux) is needed to become ${name} with all groups, and is not there`,
    };
  }
  const options = ["--reuid", String(uid), "--regid", String(gid), "--init-groups", "--"];
  return {
    ok: true,
    launch: {
      ...launch,
      owner: uid,
      program: setpriv,
      args: [...options, launch.program, ...launch.args],
      refusal: (code, output) => saidBy(/^setpriv: ([^\n]*)/)(code, output) ?? launch.refusal(code, output),
    },
  };
}

/** The one of util-linux; busybox has the name, but not the options. */
function findSetpriv(): string | undefined {
  for (const path of ["/usr/bin/setpriv", "/bin/setpriv"]) {
    if (isProgram(path) && !Deno.realPathSync(path).endsWith("/busybox")) return path;
  }
  return undefined;
}

/** setsid(1), of util-linux or busybox: as the child is no group leader, it needs no fork and keeps the process id. */
function findSetsid(): string | undefined {
  return ["/usr/bin/setsid", "/bin/setsid"].find(isProgram);
}

function findProgram(name: string, path: string, cwd: string): string | undefined {
  if (name.includes("/")) {
    const file = resolve(cwd, name);
    return isProgram(file) ? file : undefined;
  }
  for (const folder of path.split(":")) {
    // An empty part of PATH is the working directory (POSIX, 8.3).
    const file = resolve(cwd, folder, name);
    if (isProgram(file)) return file;
  }
  return undefined;
}

function notFound(name: string, path: string | undefined): string {
  if (name.includes("/")) return `${name} is no program that can be executed`;
  return `program ${JSON.stringify(name)} not found, PATH is ${JSON.stringify(path ?? "")}`;
}

function isProgram(path: string): boolean {
  const info = statIfThere(path);
  return info !== undefined && info.isFile && ((info.mode ?? 0) & 0o111) !== 0;
}

function isFolder(path: string): boolean {
  return (statIfThere(path))?.isDirectory === true;
}

/** Synchronous, as execvp(3) is: a search of PATH costs microseconds so, and most of a millisecond otherwise. */
function statIfThere(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    // Not there, or in a folder that may not be searched: the same to someone who wants to execute it.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.FilesystemLoop) return undefined;
    throw error;
  }
}
