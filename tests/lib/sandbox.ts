/** Runs shell texts of lib/etcha where they can do nothing but tell what they would have run. */
import { isScript, type LibraryCommand } from "./library.ts";

/** Programs that change a system: in the sandbox they only note what they were given. */
const PROGRAMS = [
  ...["apk", "apt-get", "dnf", "dpkg-query", "rpm", "git", "python3", "nft", "networkctl", "systemctl"],
  ...["date", "mount", "umount", "mountpoint", "chown", "chpasswd"],
  ...[
    "useradd",
    "usermod",
    "userdel",
    "groupadd",
    "groupmod",
    "groupdel",
    "adduser",
    "deluser",
    "addgroup",
    "delgroup",
  ],
];
/** Folders of the system that are folders of the sandbox for the texts. */
const MOVED = /(?<![\w/.}])\/(?:var\/lib|etc|run|proc\/sys)\//g;

const STUB = `#!/bin/sh
{
  printf '%s\\0' "\${0##*/}" "$@"
  printf '\\n\\0'
} >> "$SANDBOX_LOG"
case \${0##*/} in
  date) echo 1700000000 ;;
  mount) : > "$SANDBOX_LOG.mounted" ;;
  mountpoint) [ -e "$SANDBOX_LOG.mounted" ] ;;
esac
`;

export interface Recorded {
  /** Words of every program that was run, in order; the sandbox is called «sandbox». */
  readonly calls: readonly (readonly string[])[];
  /** After every step: the files, each with what it holds. */
  readonly files: readonly (readonly (readonly [path: string, contents: string])[])[];
  /** Names of files that appeared where nothing was to be made. */
  readonly strays: readonly string[];
}

/** Runs check, change and remove of commands, one after the other. */
export async function record(commands: readonly LibraryCommand[]): Promise<Recorded> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "etcha-test-" }));
  try {
    for (const name of ["bin", "cwd", "tree/etc", "tree/var/lib", "tree/run", "tree/proc/sys/a", "tree/srv/etc"]) {
      await Deno.mkdir(`${folder}/${name}`, { recursive: true });
    }
    await Deno.writeTextFile(`${folder}/tree/proc/sys/a/b`, "0\n");
    for (const file of ["passwd", "group", "shadow"]) {
      await Deno.writeTextFile(`${folder}/tree/srv/etc/${file}`, file === "group" ? "adm:x:4:\n" : "");
    }
    for (const name of PROGRAMS) await Deno.writeTextFile(`${folder}/bin/${name}`, STUB, { mode: 0o755 });
    const files = [];
    for (const command of commands) {
      for (const step of ["check", "change", "remove"] as const) {
        const words = command[step];
        if (words === undefined || !isScript(words)) continue;
        await run(words, command.stdin ?? "", folder);
        files.push(await readTree(`${folder}/tree`, ""));
      }
    }
    const strays = [...Deno.readDirSync(`${folder}/cwd`)].map(({ name }) => name);
    return { calls: await readLog(folder), files, strays };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function run(words: readonly string[], stdin: string, folder: string): Promise<void> {
  const tree = `${folder}/tree`;
  const [, , text = "", name = "", ...args] = words;
  const moved = text.replaceAll(MOVED, (path) => `${tree}${path}`).replace(/^root=$/m, `root=${tree}`);
  // What is below /srv for a function is below it in the sandbox.
  const inside = args.map((word) => word.replace(/^\/srv\b/, `${tree}/srv`));
  const child = new Deno.Command("sh", {
    args: ["-c", moved, name, ...inside],
    cwd: `${folder}/cwd`,
    env: { PATH: `${folder}/bin:/usr/bin:/bin`, SANDBOX_LOG: `${folder}/log`, HOME: folder },
    clearEnv: true,
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  // A text that does not read it may be over by now.
  await writer.write(new TextEncoder().encode(stdin)).then(() => writer.close()).catch((error) => {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  });
  await child.status;
}

async function readLog(folder: string): Promise<readonly (readonly string[])[]> {
  const text = await Deno.readTextFile(`${folder}/log`).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
  return text.split("\0\n\0").slice(0, -1)
    .map((call) => call.split("\0").map((word) => word.replaceAll(`${folder}/tree`, "«sandbox»")));
}

async function readTree(folder: string, below: string): Promise<readonly (readonly [string, string])[]> {
  const found: (readonly [string, string])[] = [];
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(`${folder}${below}`)) {
    const path = `${below}/${name}`;
    // A path that is the name of a note.
    const shown = path.replaceAll("%2F", "/").replaceAll("%25", "%").replaceAll(folder, "«sandbox»");
    if (isDirectory) found.push([`${shown}/`, ""], ...await readTree(folder, path));
    else if (isSymlink) found.push([shown, (await Deno.readLink(`${folder}${path}`)).replaceAll(folder, "«sandbox»")]);
    else found.push([shown, (await Deno.readTextFile(`${folder}${path}`)).replaceAll(folder, "«sandbox»")]);
  }
  return found;
}
