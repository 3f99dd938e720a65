/** That the executable is whole: all that it needs is inside, and nothing of the machine gets into it. */
import { deepEqual, equal, match } from "node:assert/strict";
import { Folder } from "./folder.ts";

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

/** Paths of all files below a folder, relative to it. */
function everything(folder: string, prefix = ""): readonly string[] {
  return [...Deno.readDirSync(`${folder}/${prefix}`)].flatMap(({ name, isDirectory }) =>
    isDirectory ? everything(folder, `${prefix}${name}/`) : [`${prefix}${name}`]
  ).sort();
}
