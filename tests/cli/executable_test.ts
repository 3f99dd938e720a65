/** That the executable is whole: all that it needs is inside, and nothing of the machine gets into it. */
import { deepEqual, equal, match } from "node:assert/strict";
import { Agent, until } from "./agent.ts";
import { Folder } from "./folder.ts";
import { etcha } from "./program.ts";

const executable = Deno.env.get("ETCHA_PROGRAM");
/** Where the runtime of the executable would look for a module that is not inside, below the folder for temporary files. */
const LOOKED_FOR = "deno-compile-etcha";

Deno.test({
  name: "the executable works alone in a folder, without HOME, and takes nothing from the shared folder",
  ignore: executable === undefined,
  async fn() {
    await using folder = await Folder.make();
    await folder.write({
      "srv/etcha.jsonnet": "{ vars: { sum: 1 + 1 } }",
      "srv/words.jsonnet":
        "{ run: [{ id: 'a', always: true, change: ['etcha', 'version'], onChange: ['etcha:stdout'] }] }",
      "srv/pattern.jsonnet": "{ run: [{ id: 'a', change: 'echo hello >made', check: 'test -e made' }] }",
      ...Object.fromEntries(
        ["main.js", "jsonnet_worker.js", "state_worker.js", "deno.json", "package.json", "lib/etcha/evil.libsonnet"]
          .map(
            (name) => [`tmp/${LOOKED_FOR}/${name}`, "throw new Error('from the shared folder');"],
          ),
      ),
    });
    await Deno.copyFile(executable!, `${folder.path}/etcha`);
    const before = everything(`${folder.path}/tmp`);
    const run = async (...args: readonly string[]) => {
      const { code, stdout, stderr } = await new Deno.Command(`${folder.path}/etcha`, {
        args: [...args],
        cwd: `${folder.path}/srv`,
        env: { PATH: Deno.env.get("PATH") ?? "", TMPDIR: `${folder.path}/tmp` },
        clearEnv: true,
        stdin: "null",
        signal: AbortSignal.timeout(60_000),
      }).output();
      const decoder = new TextDecoder();
      equal(code, 0, decoder.decode(stderr));
      return decoder.decode(stdout);
    };

    match(await run("version"), /^\d+\.\d+\.\d+\n$/);
    equal(JSON.parse(await run("show-config")).vars.sum, 2);
    const { privateKey } = JSON.parse(await run("generate-keys"));
    await folder.write({ "srv/key": privateKey });
    // Two evaluations in one process: what the first one held has been freed.
    match(await run("-x", "build_signingKeyPath=key", "build", "pattern.jsonnet", "token"), /wrote token/);
    match(await run("local", "pattern.jsonnet"), /Changed 1: a/);
    // Not on the PATH: it is the executable itself.
    match(await run("local", "words.jsonnet"), /^\d+\.\d+\.\d+\n {4}Changed 1: a/);
    await run("init", "project");
    deepEqual(
      everything(`${folder.path}/srv/project/lib`),
      everything(new URL("../../lib", import.meta.url).pathname),
    );
    deepEqual(everything(`${folder.path}/tmp`), before);
  },
});

Deno.test({
  name:
    "the executable runs in an empty root with nothing but its libraries and /proc, read-only, as root and as nobody",
  ignore: executable === undefined,
  async fn() {
    if (Deno.build.os !== "linux" || Deno.uid() !== 0) return console.log("skipped: it needs root on Linux");
    await using folder = await Folder.make();
    await folder.write({ "key.jsonnet": "{ vars: { sum: 1 + 1 } }", "root.sh": IN_EMPTY_ROOT });
    for (const user of ["0:0", "65534:65534"]) {
      const { code, stdout, stderr } = await new Deno.Command("unshare", {
        args: ["--mount", "sh", `${folder.path}/root.sh`, executable!, folder.path, user],
        stdin: "null",
        signal: AbortSignal.timeout(120_000),
      }).output();
      const decoder = new TextDecoder();
      equal(code, 0, decoder.decode(stderr));
      const [version, keys, sum, denied, ...files] = decoder.decode(stdout).trimEnd().split("\n");
      match(version!, /^\d+\.\d+\.\d+$/);
      equal(keys, "keys made");
      equal(sum, "2");
      match(denied!, /^ERROR open the state: /);
      deepEqual(files, ["etcha", "key.jsonnet"], "what lies in that root, but for libraries");
    }
  },
});

/** EXECUTABLE FOLDER USER:GROUP */
const IN_EMPTY_ROOT = `set -eu
mkdir "$2/root"
mount -t tmpfs -o mode=0755 none "$2/root"
cd "$2/root"
cp "$1" etcha
cp ../key.jsonnet .
for library in $(ldd "$1" | grep -o '/[^ ]*'); do
  mkdir -p ".\${library%/*}"
  cp "$library" ".$library"
done
mkdir proc
mount -t proc none proc
mount -o remount,ro .
run() { env -i $chroot --userspec="$user" . /etcha "$@"; }
user=$3
chroot=$(command -v chroot)
run version
run generate-keys | grep -q '"privateKey": "ed25519private:' && echo keys made
run -c /key.jsonnet show-config | grep -o '"sum": [0-9]*' | cut -d ' ' -f 2
run -x 'sources={"a":{"commands":[{"id":"x","check":"true"}]}}' run -o 2>&1 | head -n 1
find . -xdev -type f | grep -v '/lib' | sed 's|^./||' | sort
cd ..
umount root/proc root
rmdir root
`;

Deno.test({
  name: "an executable that is replaced while its agent works keeps state and what is owed",
  ignore: executable === undefined,
  async fn() {
    await using folder = await Folder.make();
    const cwd = folder.path;
    const { stdout } = await etcha(["generate-keys"], { cwd });
    const { publicKey } = JSON.parse(stdout);
    await folder.write({
      "keys.json": stdout,
      "pattern.jsonnet": `{ run: [
        { id: 'kept', check: 'test -e kept', change: 'touch kept', remove: 'rm kept' },
        { id: 'slow', check: 'test -e slow', change: 'touch begun; while [ ! -e go ]; do sleep 0.05; done; touch slow',
          onChange: ['owed'] },
        { id: 'owed', change: 'echo done >>owed' },
      ] }`,
    });
    const program = `${cwd}/etcha`;
    await Deno.copyFile(executable!, program);
    const settings = {
      run_listenAddress: "127.0.0.1:0",
      run_stateDir: "state",
      sources_base: { allowPush: true, verifyKeys: [publicKey] },
    };
    await using before = await new Agent({ cwd, settings, program: [program] }).listening();
    const flags = ["-x", "build_signingKeyPath=keys.json", "-x", "build_pushTLSSkipVerify=true"];
    const push = (port: number, ...what: string[]) =>
      etcha([...flags, "push", "-h", `127.0.0.1:${port}`, "base", ...what], { cwd });
    const pushed = push(before.port!, "pattern.jsonnet");
    await until(() => folder.list().includes("begun"), () => "the change did not begin");

    await Deno.copyFile(executable!, `${program}.new`);
    await Deno.rename(`${program}.new`, program);
    before.signal("SIGKILL");
    await pushed;
    await folder.write({ go: "" });
    await using after = await new Agent({ cwd, settings, program: [program] }).listening();
    await until(() => folder.list().includes("owed"), () => `the reaction was lost:\n${after.log}`);
    equal(await folder.read("owed"), "done\n");
    await folder.write({ "pattern.jsonnet": "{ run: [] }" });
    match((await push(after.port!, "pattern.jsonnet")).stdout, /Removed \d: .*kept/);
    deepEqual(folder.list().includes("kept"), false);
  },
});

/** Paths of all files below a folder, relative to it. */
function everything(folder: string, prefix = ""): readonly string[] {
  return [...Deno.readDirSync(`${folder}/${prefix}`)].flatMap(({ name, isDirectory }) =>
    isDirectory ? everything(folder, `${prefix}${name}/`) : [`${prefix}${name}`]
  ).sort();
}
