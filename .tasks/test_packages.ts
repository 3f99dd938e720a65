/**
 * `deno task test-packages`: what `deno task package` has made, used: the deb in a throw-away Debian, from the installation to
 * the removal; the apk in a root with nothing but busybox; the install script, also against an archive that was tampered
 * with. Needs root and debootstrap on Linux.
 */
import { debianBase } from "./debian_base.ts";
import { fail, root, step } from "./steps.ts";

if (Deno.build.os !== "linux" || Deno.uid() !== 0) fail("test-packages needs root on Linux: nothing was tested");
const path = (name: string) => decodeURIComponent(new URL(name, root).pathname);
const release = path("dist/release");
const names = [...Deno.readDirSync(release)].map(({ name }) => name);
const arch = Deno.build.arch === "x86_64" ? "amd64" : "arm64";

const place = await Deno.makeTempDir({ prefix: "etcha-packages-" });
try {
  await step("install script", installScript);
  await step("apk", apk);
  await step("deb", deb);
} finally {
  await Deno.remove(place, { recursive: true });
}

async function installScript(): Promise<void> {
  const files = `${place}/files`;
  const prefix = `${place}/prefix`;
  await run("cp", ["-r", release, files]);
  const install = (expected: "success" | "failure") =>
    run("sh", [`${release}/install.sh`], { BASE_URL: `file://${files}`, PREFIX: prefix }, expected);
  // As it lies in the source it knows no place to fetch from.
  await run("sh", [decodeURIComponent(new URL("package/install.sh", import.meta.url).pathname)], {}, "failure");
  await install("success");
  await run(`${prefix}/bin/etcha`, ["version"]);
  const archive = `${files}/etcha_linux_${arch}.tar.gz`;
  await Deno.remove(`${prefix}/bin/etcha`);
  await Deno.writeTextFile(archive, "x", { append: true });
  await install("failure");
  if ([...Deno.readDirSync(`${prefix}/bin`)].length > 0) fail("what was tampered with was installed");
}

/** As on a system without glibc: what the package brings must be all that is needed. */
async function apk(): Promise<void> {
  const tree = `${place}/apk`;
  await Deno.mkdir(`${tree}/bin`, { recursive: true });
  await run("tar", ["-xzf", `${release}/${named(/\.apk$/)}`, "-C", tree, "--warning=no-unknown-keyword"]);
  await run("sh", [
    "-c",
    'cp "$(command -v busybox)" "$0/bin/busybox" && ln -s busybox "$0/bin/sh" && mkdir "$0/proc"',
    tree,
  ]);
  const script = 'mount -t proc none "$0/proc" && exec chroot "$0" /usr/bin/etcha version';
  await run("unshare", ["--mount", "sh", "-c", script, tree]);
}

async function deb(): Promise<void> {
  const base = await debianBase();
  const packages = `${place}/packages`;
  await Deno.mkdir(packages);
  await Deno.copyFile(`${release}/${named(new RegExp(`_${arch}\\.deb$`))}`, `${packages}/old.deb`);
  // The next version of it, which is the same but for its number.
  await run("dpkg-deb", ["--raw-extract", `${packages}/old.deb`, `${packages}/new`]);
  await run("sed", ["-i", "s/^Version: .*/Version: 0.1.1/", `${packages}/new/DEBIAN/control`]);
  // nfpm writes an empty line, which dpkg-deb does not like.
  await Deno.remove(`${packages}/new/DEBIAN/conffiles`);
  await run("dpkg-deb", ["--build", "-Zgzip", "-z1", `${packages}/new`, `${packages}/new.deb`]);
  await Deno.remove(`${packages}/new`, { recursive: true });
  await Deno.mkdir(`${place}/debian`);
  const scripts = [path("tests/packages/root.sh"), base, `${place}/debian`, packages, path("tests/packages/deb.sh")];
  await run("unshare", ["--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child", "sh", ...scripts]);
}

function named(pattern: RegExp): string {
  return names.find((name) => pattern.test(name)) ?? fail(`dist/release has no ${pattern}: deno task package makes it`);
}

async function run(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
  expected: "success" | "failure" = "success",
): Promise<void> {
  const { success } = await new Deno.Command(program, { args: [...args], env, stdin: "null" }).spawn().status;
  if (success !== (expected === "success")) fail(`${program} ${args[0]}: expected ${expected}`);
}
