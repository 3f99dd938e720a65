import assert from "node:assert/strict";
import fc from "fast-check";
import { HostError } from "../../src/host/host.ts";
import { absolutePath, findImport, folderOf, loadFrom } from "../../src/jsonnet/imports.ts";
import { FakeFiles } from "../fakes/fake_files.ts";

Deno.test("absolutePath and folderOf", () => {
  for (
    const [base, path, expected] of [
      ["/a/b", "c", "/a/b/c"],
      ["/a/b", "../c//./d", "/a/c/d"],
      ["/a", "../../../c", "/c"],
      ["/", "c", "/c"],
      ["/a", "/x/../y", "/y"],
      ["/a", "", "/a"],
    ] as const
  ) assert.equal(absolutePath(base, path), expected);
  assert.deepEqual(["/a/b/c", "/a", "/"].map(folderOf), ["/a/b", "/", "/"]);
});

Deno.test("an absolute path has no dots and no empty parts, and is its own absolute path", () => {
  const part = fc.constantFrom("a", "..", ".", "", "b.c");
  fc.assert(
    fc.property(fc.array(part), fc.array(part), (base, path) => {
      const absolute = absolutePath(`/${base.join("/")}`, path.join("/"));
      assert.match(absolute, /^\/(([a-z.]*[a-z]+\/)*[a-z.]*[a-z]+)?$/);
      assert.equal(absolutePath("/elsewhere", absolute), absolute);
    }),
    { numRuns: 300, seed: 1 },
  );
});

Deno.test("where it was looked for is said once", async () => {
  const hint = async (path: string) => {
    const found = await findImport(() => Promise.resolve(undefined), "/a/b.jsonnet", path, ["/lib"]);
    return found.ok ? "it was found" : found.problems[0]?.hint;
  };
  assert.equal(await hint("/a/gone.jsonnet"), undefined);
  assert.equal(await hint("gone.jsonnet"), "looked for /a/gone.jsonnet, /lib/gone.jsonnet");
});

Deno.test("folders are not files; what can't be read is told apart from what is not there", async () => {
  const load = loadFrom(new FakeFiles({ "/srv/dir/x": "in a folder", "/lib/dir": "a file" }));
  const found = await findImport(load, "/srv/main.jsonnet", "dir", ["/lib"]);
  assert.equal(found.ok && found.value.path, "/lib/dir");
  const denied = await findImport(() => Promise.reject(new HostError("denied", "no permission")), "/a", "b", []);
  assert.deepEqual(denied.ok ? [] : denied.problems.map(({ code }) => code), ["jsonnet-import-unreadable"]);
});
