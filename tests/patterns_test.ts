/** The examples in patterns/ are held to what the program asks of everybody's. */
import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { Folder } from "./cli/folder.ts";
import { etcha } from "./cli/program.ts";

const root = new URL("../", import.meta.url).pathname;
const patterns = [...Deno.readDirSync(`${root}patterns`)].map(({ name }) => name)
  .filter((name) => name.endsWith(".jsonnet")).sort();

Deno.test("lint finds nothing in the examples and the library, their format included", async () => {
  truthy(patterns.length > 1, "there are examples");
  for (const folder of ["patterns", "lib"]) {
    const { code, stdout, stderr } = await etcha(["lint", "--strict", "-f", folder], { cwd: root });
    deepEqual([code, stderr], [0, ""], stdout);
    match(stdout, /^\d+ files?: no findings\n$/);
  }
});

Deno.test("the examples do what they say and are undone, leaving nothing behind", async () => {
  await using folder = await Folder.make();
  const ran = await etcha(["-l", "none", "-x", `vars_dir=${folder.path}`, "test", "-b", "patterns"], { cwd: root });
  deepEqual([ran.code, ran.stderr], [0, ""], ran.stdout);
  match(ran.stdout, new RegExp(`\\n${patterns.length} passed, 0 failed\\n$`));
  deepEqual(folder.list(), []);
});

Deno.test("every example is rendered and built", async () => {
  await using folder = await Folder.make();
  const keys = JSON.parse((await etcha(["generate-keys", "-a", "ed25519", "test"], { cwd: root })).stdout);
  for (const name of patterns) {
    const rendered = await etcha(["render", `patterns/${name}`], { cwd: root });
    equal(rendered.code, 0, rendered.stderr);
    truthy(Array.isArray(JSON.parse(rendered.stdout).run), name);
    const built = await etcha(["-l", "none", "build", `patterns/${name}`, `${folder.path}/${name}.jwt`], {
      cwd: root,
      env: { ETCHA_build_signingKey: keys.privateKey },
    });
    equal(built.code, 0, built.stderr);
    equal((await folder.read(`${name}.jwt`)).split(".").length, 3);
  }
});
