/** The examples in patterns/ are held to what the program asks of everybody's. */
import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { Folder } from "./cli/folder.ts";
import { etcha } from "./cli/program.ts";

const root = new URL("../", import.meta.url).pathname;
const patterns = namesIn("patterns");
/** They change the whole host: `deno task test-library` tries them in a system that nobody will miss. */
const forHosts = namesIn("patterns/hosts").map((name) => `hosts/${name}`);
const hasCompiler = await new Deno.Command("cc", { args: ["--version"], stdout: "null" }).output()
  .then(({ success }) => success, () => false);

function namesIn(folder: string): readonly string[] {
  return [...Deno.readDirSync(`${root}${folder}`)].map(({ name }) => name).filter((name) => name.endsWith(".jsonnet"))
    .sort();
}

Deno.test("lint finds nothing in the examples and the library, their format included", async () => {
  truthy(patterns.length > 1, "there are examples");
  for (const folder of ["patterns", "lib"]) {
    const { code, stdout, stderr } = await etcha(["lint", "--strict", "-f", folder], { cwd: root });
    deepEqual([code, stderr], [0, ""], stdout);
    match(stdout, /^\d+ files?: no findings\n$/);
  }
});

Deno.test(`the examples do what they say and are undone${hasCompiler ? "" : " (without ship: no cc)"}`, async () => {
  await using folder = await Folder.make();
  const tried = patterns.filter((name) => hasCompiler || name !== "ship.jsonnet");
  const exclude = JSON.stringify(["^patterns/hosts/", ...hasCompiler ? [] : ["ship.jsonnet$"]]);
  const settings = [`vars_dir=${folder.path}`, `lint_exclude=${exclude}`].flatMap((setting) => ["-x", setting]);
  const ran = await etcha(["-l", "none", ...settings, "test", "-b", "patterns"], { cwd: root });
  deepEqual([ran.code, ran.stderr], [0, ""], ran.stdout);
  match(ran.stdout, new RegExp(`\\n${tried.length} passed, 0 failed\\n$`));
  deepEqual(folder.list(), [], "nothing is left behind");
});

Deno.test("every example is rendered and built", async () => {
  await using folder = await Folder.make();
  const keys = JSON.parse((await etcha(["generate-keys", "-a", "ed25519", "test"], { cwd: root })).stdout);
  for (const name of [...patterns, ...forHosts]) {
    const rendered = await etcha(["render", `patterns/${name}`], { cwd: root });
    equal(rendered.code, 0, rendered.stderr);
    truthy(Array.isArray(JSON.parse(rendered.stdout).run), name);
    if (!hasCompiler && name === "ship.jsonnet") continue;
    const token = `${name.replace("/", "-")}.jwt`;
    const settings = ["-x", `vars_dir=${folder.path}`];
    const built = await etcha(["-l", "none", ...settings, "build", `patterns/${name}`, `${folder.path}/${token}`], {
      cwd: root,
      env: { ETCHA_build_signingKey: keys.privateKey },
    });
    equal(built.code, 0, built.stderr);
    equal((await folder.read(token)).split(".").length, 3);
  }
});
