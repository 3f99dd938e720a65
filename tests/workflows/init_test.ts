import { deepEqual, equal, ok as truthy } from "node:assert/strict";
import { initProject } from "../../src/workflows/init.ts";
import { FakeFiles } from "../fakes/fake_files.ts";

const LIBRARY = { "/library/native.libsonnet": "{ new: true }", "/library/notes.txt": "not part of it" };

Deno.test("a new folder gets the library, patterns and a README", async () => {
  const files = new FakeFiles(LIBRARY);
  const made = await initProject("project", { files, libraryDir: "/library" });
  deepEqual(made, {
    ok: true,
    value: {
      written: ["project/lib/etcha/native.libsonnet", "project/patterns/", "project/README.md"],
      kept: [],
    },
  });
  equal(await files.readText("project/lib/etcha/native.libsonnet"), "{ new: true }");
  equal((await files.stat("project/patterns"))?.kind, "dir");
  truthy((await files.readText("project/README.md")).includes("etcha local patterns/hello.jsonnet"));
});

Deno.test("the second time only the library is written", async () => {
  const files = new FakeFiles({
    ...LIBRARY,
    "/srv/lib/etcha/native.libsonnet": "{ new: false }",
    "/srv/lib/etcha/mine.libsonnet": "{}",
  });
  const made = await initProject(".", { files, libraryDir: "/library" });
  deepEqual(made, { ok: true, value: { written: ["lib/etcha/native.libsonnet"], kept: [] } });
  equal(await files.readText("lib/etcha/native.libsonnet"), "{ new: true }");
  equal(await files.readText("lib/etcha/mine.libsonnet"), "{}");
  equal(await files.stat("README.md"), undefined);
  equal(await files.stat("patterns"), undefined);
});

Deno.test("a README of the user's own is kept", async () => {
  const files = new FakeFiles({ ...LIBRARY, "/srv/README.md": "mine" });
  const made = await initProject(".", { files, libraryDir: "/library" });
  truthy(made.ok);
  deepEqual(made.value.kept, ["README.md"]);
  equal(await files.readText("README.md"), "mine");
});

Deno.test("a folder that can't be written is a problem", async () => {
  const files = new FakeFiles({ ...LIBRARY, "/srv/file": "" });
  files.makeDir = () => files.read("/srv/nothing").then(() => {});
  const made = await initProject("file", { files, libraryDir: "/library" });
  truthy(!made.ok);
  equal(made.problems[0]?.code, "init-failed");
});
