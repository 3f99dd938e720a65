/**
 * `deno task package`: of every executable that was compiled (dist/etcha, dist/etcha-TARGET) an archive and, for Linux, the
 * packages deb, rpm and apk, made by nfpm; with SHA256SUMS, the bill of materials and the install script, in dist/release.
 */
import project from "../deno.json" with { type: "json" };
import { CONFIG_PATH, EXAMPLE_CONFIG, serviceText } from "../src/domain/service_files.ts";
import { stamped } from "../src/workflows/stamped_text.ts";
import { findGo } from "./go_toolchain.ts";
import { manPages } from "./man_pages.ts";
import { findOrigin } from "./origin.ts";
import { billOfMaterials } from "./sbom.ts";
import { fail, root, step } from "./steps.ts";
import { type Target, TARGETS } from "./targets.ts";

/** A Go module, fetched and built by the go command: its sums are in Go's public database. */
const NFPM = "github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.43.0";
const path = (name: string) => decodeURIComponent(new URL(name, root).pathname);
const release = path("dist/release");
const stage = path("dist/package");
const scripts = path(".tasks/package");

const { commit, date } = await findOrigin();
const epoch = String(date.getTime() / 1000);
const version = project.version;
const made = executables();

await step("files", async () => {
  for (const folder of [release, stage]) {
    await Deno.remove(folder, { recursive: true }).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
    await Deno.mkdir(folder, { recursive: true });
  }
  await stageTexts();
});
for (const { target, executable } of made) {
  await step(target.name, async () => {
    await makeArchive(target, executable);
    if (target.os === "linux") await makePackages(target, executable);
  });
}
await writeInstallScript();
await Deno.writeTextFile(
  `${release}/etcha.cdx.json`,
  await billOfMaterials({ version, commit, date, runtime: await runtime() }),
);
await writeSums();

/** Where releases lie is known where one is made (GitHub sets both variables); elsewhere the script asks for it. */
async function writeInstallScript(): Promise<void> {
  const [server, repository] = ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY"].map((name) => Deno.env.get(name));
  const address = server === undefined || repository === undefined ? "" : `${server}/${repository}`;
  const text = await Deno.readTextFile(`${scripts}/install.sh`);
  const written = text.replace(/^REPOSITORY=$/m, `REPOSITORY=${address}`);
  if (written === text && address !== "") fail("install.sh has no line for the address of the project");
  await Deno.writeTextFile(`${release}/install.sh`, written, { mode: 0o755 });
}

function executables() {
  const found: { readonly target: Target; readonly executable: string }[] = [];
  for (const target of TARGETS) {
    const names = [`dist/etcha-${target.name}`, ...(isOwn(target) ? ["dist/etcha"] : [])].map(path);
    const executable = names.find((name) => exists(name));
    if (executable !== undefined) found.push({ target, executable });
  }
  if (found.length === 0) fail("there is no executable in dist: deno task compile makes one");
  return found;
}

/** What is the same for every platform. */
async function stageTexts(): Promise<void> {
  const settings = { program: ["/usr/bin/etcha"], config: CONFIG_PATH, user: "root" };
  const texts = new Map<string, string>([
    ["etcha.service", await stamped(serviceText("systemd", settings), "#")],
    ["etcha.openrc", await stamped(serviceText("openrc", settings), "#")],
    ["etcha.jsonnet", EXAMPLE_CONFIG],
  ]);
  for (const [name, text] of manPages({ version, date })) texts.set(`man/${name}`, text);
  for (const shell of ["bash", "zsh", "fish"]) {
    texts.set(
      `completions/${shell}`,
      await output(Deno.execPath(), ["run", "-A", path("src/main.ts"), "autocomplete", shell]),
    );
  }
  await Deno.mkdir(`${stage}/man`);
  await Deno.mkdir(`${stage}/completions`);
  for (const [name, text] of texts) await Deno.writeTextFile(`${stage}/${name}`, text);
  for (const name of ["LICENSE", "CHANGELOG.md"]) await Deno.copyFile(path(name), `${stage}/${name}`);
  for (const { name } of Deno.readDirSync(`${stage}/man`)) await run("gzip", ["-9n", `${stage}/man/${name}`]);
}

/** etcha_OS_ARCH.tar.gz: the program with its pages, in a folder etcha. The same bytes for the same contents. */
async function makeArchive({ os, arch }: Target, executable: string): Promise<void> {
  const folder = `${stage}/${os}_${arch}/etcha`;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.copyFile(executable, `${folder}/etcha`);
  await run("cp", [
    "-R",
    ...["LICENSE", "CHANGELOG.md", "man", "completions", "etcha.service", "etcha.jsonnet"].map((name) =>
      `${stage}/${name}`
    ),
    folder,
  ]);
  const order = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", `--mtime=@${epoch}`];
  const archive = `${release}/etcha_${os}_${arch}.tar`;
  await run("tar", [...order, "--mode=u=rwX,go=rX", "-cf", archive, "-C", `${stage}/${os}_${arch}`, "etcha"]);
  await run("gzip", ["-9n", archive]);
}

async function makePackages(target: Target, executable: string): Promise<void> {
  await using go = await findGo({ download: false });
  const nfpm = Deno.env.get("NFPM");
  if (go === undefined && nfpm === undefined) {
    fail("packages are made by nfpm, for which Go is needed: https://go.dev/dl/");
  }
  const config = `${stage}/nfpm-${target.arch}.json`;
  await Deno.writeTextFile(config, JSON.stringify(await packageConfig(target, executable)));
  // The apk brings libraries of this machine, and so is for machines like this one.
  for (const packager of ["deb", "rpm", ...isOwn(target) ? ["apk"] : []]) {
    const args = ["package", "--config", config, "--packager", packager, "--target", `${release}/`];
    const words = nfpm === undefined ? [go!.program, "run", NFPM, ...args] : [nfpm, ...args];
    await run(words[0]!, words.slice(1));
  }
}

/** nfpm's own words, https://nfpm.goreleaser.com/configuration. */
async function packageConfig(target: Target, executable: string) {
  const { arch } = target;
  const file = (src: string, dst: string, mode = 0o644) => ({
    src,
    dst,
    file_info: { mode, mtime: date.toISOString() },
  });
  const pages = [...Deno.readDirSync(`${stage}/man`)].map(({ name }) =>
    file(`${stage}/man/${name}`, `/usr/share/man/man1/${name}`)
  );
  const unit = file(`${stage}/etcha.service`, "/usr/lib/systemd/system/etcha.service");
  const script = file(`${stage}/etcha.openrc`, "/etc/init.d/etcha", 0o755);
  const only = (packager: string, one: object) => ({ ...one, packager });
  const glibc = isOwn(target) ? await libraries(executable) : [];
  return {
    name: "etcha",
    arch,
    platform: "linux",
    version,
    section: "admin",
    priority: "optional",
    maintainer: "The authors of Etcha <etcha@localhost>",
    description:
      "Keeps hosts the way you describe them\nOne program is the command line and the agent; patterns are written in Jsonnet.",
    license: "Apache-2.0",
    mtime: date.toISOString(),
    contents: [
      file(executable, "/usr/bin/etcha", 0o755),
      { dst: "/etc/etcha", type: "dir", file_info: { mode: 0o755, mtime: date.toISOString() } },
      file(`${stage}/etcha.jsonnet`, "/usr/share/doc/etcha/etcha.jsonnet"),
      file(`${stage}/LICENSE`, "/usr/share/doc/etcha/copyright"),
      file(`${stage}/completions/bash`, "/usr/share/bash-completion/completions/etcha"),
      file(`${stage}/completions/zsh`, "/usr/share/zsh/vendor-completions/_etcha"),
      file(`${stage}/completions/fish`, "/usr/share/fish/vendor_completions.d/etcha.fish"),
      ...pages,
      only("deb", unit),
      only("rpm", unit),
      only("apk", script),
      // Whole files: what is a link here would be one there.
      ...glibc.map((library) => only("apk", file(Deno.realPathSync(library), library, 0o755))),
    ],
    scripts: {
      postinstall: `${scripts}/postinstall.sh`,
      preremove: `${scripts}/preremove.sh`,
      postremove: `${scripts}/postremove.sh`,
    },
    overrides: {
      deb: { depends: ["libc6 (>= 2.27)", "libgcc-s1"], recommends: ["bash", "ca-certificates"] },
      rpm: { depends: ["glibc >= 2.27", "libgcc"], recommends: ["bash", "ca-certificates"] },
      // The libraries of glibc come with it, for there is none: what else brings its loader can't stand beside it.
      apk: { conflicts: ["gcompat"] },
    },
    // There an upgrade is none of the others.
    apk: { scripts: { postupgrade: `${scripts}/postinstall.sh` } },
    deb: { compression: "zstd" },
    rpm: { compression: "zstd", group: "System" },
  };
}

function isOwn({ name }: Target): boolean {
  return name === Deno.build.target;
}

/** Of this machine, for packages that bring them. */
async function libraries(executable: string): Promise<readonly string[]> {
  const text = await output("ldd", [executable]);
  return [...text.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, library]) => library!);
}

/** Of the deno that puts its runtime into executables. */
async function runtime(): Promise<string> {
  const text = await output(Deno.env.get("COMPILE_DENO") ?? Deno.execPath(), ["--version"]);
  return /^deno (\S+)/.exec(text)?.[1] ?? fail("deno --version says nothing of its version");
}

async function writeSums(): Promise<void> {
  const lines: string[] = [];
  for (const { name } of [...Deno.readDirSync(release)].sort((a, b) => a.name < b.name ? -1 : 1)) {
    const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(`${release}/${name}`));
    lines.push(`${new Uint8Array(digest).toHex()}  ${name}\n`);
  }
  await Deno.writeTextFile(`${release}/SHA256SUMS`, lines.join(""));
}

function exists(file: string): boolean {
  try {
    return Deno.statSync(file).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function run(program: string, args: readonly string[]): Promise<void> {
  await output(program, args);
}

async function output(program: string, args: readonly string[]): Promise<string> {
  const env = { SOURCE_DATE_EPOCH: epoch };
  const { success, stdout, stderr } = await new Deno.Command(program, { args: [...args], env, stdin: "null" }).output();
  if (!success) fail(`${program} ${args.slice(0, 3).join(" ")} …: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}
