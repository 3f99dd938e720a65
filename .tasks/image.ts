/**
 * `deno task image`: dist/rootfs, all that the container image holds: the executable with exactly the shared libraries that
 * it names, busybox as the shell, certificates, time zones, a user. The Dockerfile is that tree from scratch, so that it is
 * built without a network. What is taken from this machine: the libraries (glibc), a static busybox, /etc/ssl, the zones.
 */
import { cpSync } from "node:fs";
import { dirname } from "node:path/posix";
import { fail, root, step } from "./steps.ts";

const tree = decodeURIComponent(new URL("dist/rootfs", root).pathname);
const executable = decodeURIComponent(new URL("dist/etcha", root).pathname);
const CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt";
const ZONES = "/usr/share/zoneinfo";
/** Of the zones: other ways to count seconds, sources and tables, and what is a setting of this machine. */
const NO_ZONES: ReadonlySet<string> = new Set(["right", "posix", "posixrules", "localtime"]);
/** Who runs in the image when nobody else is named; the number is the usual one for that. */
const USER = { name: "etcha", id: 65532 } as const;
/** The commands that patterns have in the image, as far as this busybox has them. */
const COMMANDS = `
  [ [[ ash awk base64 basename cat chgrp chmod chown chroot cmp cp cut date dd df diff dirname du echo egrep env expr
  false fgrep find getopt grep gunzip gzip head hostname id install kill killall less ln logger ls md5sum mkdir mkfifo
  mktemp more mv nc nice nohup nproc nslookup od paste patch pgrep pidof ping pkill printf ps pwd readlink realpath rm
  rmdir sed seq sh sha1sum sha256sum sha512sum sleep sort split stat sync tail tar tee test timeout touch tr true tty
  uname uniq unxz unzip uptime vi wc wget which whoami xargs xz yes zcat
`.trim().split(/\s+/);

const TEXTS: Readonly<Record<string, string>> = {
  "/etc/passwd": `root:x:0:0:root:/root:/bin/sh\n${USER.name}:x:${USER.id}:${USER.id}:Etcha:/var/lib/etcha:/bin/sh\n`,
  "/etc/group": `root:x:0:\n${USER.name}:x:${USER.id}:\n`,
  "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
  "/etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
};

await step("image", async () => {
  await Deno.remove(tree, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await copy(executable, "/usr/bin/etcha", 0o755);
  for (const library of await libraries()) await copy(library, library, 0o755);
  await placeBusybox();
  await copy(CERTIFICATES, CERTIFICATES, 0o644);
  await placeZones();
  for (const [path, text] of Object.entries(TEXTS)) {
    await Deno.mkdir(tree + dirname(path), { recursive: true });
    await Deno.writeTextFile(tree + path, text, { mode: 0o644 });
  }
  await folder("/etc/etcha", 0o755);
  await folder("/root", 0o700);
  await folder("/tmp", 0o1777);
  // Containers run as any user; what the agent makes there is 0700.
  await folder("/var/lib/etcha", 0o1777);
});
console.log(`dist/rootfs: ${(await size(tree) / 1e6).toFixed(1)} MB`);

/** All that the executable is linked to, with the loader, as ldd(1) finds them: paths on this machine and in the image. */
async function libraries(): Promise<readonly string[]> {
  const text = await output("ldd", executable);
  const paths = [...text.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path]) => path!);
  if (paths.length === 0) fail(`ldd finds no libraries of ${executable}; images are made on Linux with glibc`);
  return paths;
}

async function placeBusybox(): Promise<void> {
  const path = (await output("sh", "-c", "command -v busybox || true")).trim();
  const isStatic = path !== "" &&
    /statically linked|not a dynamic/.test(await output("sh", "-c", `ldd ${path} 2>&1 || true`));
  if (!isStatic) fail("the image needs a static busybox on PATH: the package busybox-static of Debian has one");
  await copy(path, "/bin/busybox", 0o755);
  const known = new Set((await output(path, "--list")).split("\n"));
  for (const name of COMMANDS.filter((name) => known.has(name))) await Deno.symlink("busybox", `${tree}/bin/${name}`);
  // Scripts begin with #!/usr/bin/env.
  await Deno.symlink("../../bin/busybox", `${tree}/usr/bin/env`);
}

async function placeZones(): Promise<void> {
  await Deno.mkdir(`${tree}${ZONES}`, { recursive: true });
  for (const { name } of Deno.readDirSync(ZONES)) {
    if (NO_ZONES.has(name) || /^leap|\.(tab|list|zi)$/.test(name)) continue;
    cpSync(`${ZONES}/${name}`, `${tree}${ZONES}/${name}`, { recursive: true, verbatimSymlinks: true });
  }
}

async function copy(from: string, to: string, mode: number): Promise<void> {
  await Deno.mkdir(tree + dirname(to), { recursive: true });
  try {
    await Deno.copyFile(from, tree + to);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    fail(`${from} is not there; ${from === executable ? "deno task compile makes it" : "the image needs it"}`);
  }
  await Deno.chmod(tree + to, mode);
}

async function folder(path: string, mode: number): Promise<void> {
  await Deno.mkdir(tree + path, { recursive: true });
  await Deno.chmod(tree + path, mode);
}

async function output(program: string, ...args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args: [...args] }).output();
  if (!success) fail(`${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

async function size(path: string): Promise<number> {
  let sum = 0;
  for await (const { name, isDirectory, isFile } of Deno.readDir(path)) {
    if (isDirectory) sum += await size(`${path}/${name}`);
    else if (isFile) sum += (await Deno.stat(`${path}/${name}`)).size;
  }
  return sum;
}
