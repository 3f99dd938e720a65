import assert from "node:assert/strict";
import { createHost } from "../../src/host/deno/host.ts";
import { parseResource } from "../../src/domain/resource.ts";
import { runResource } from "../../src/resources/run_resource.ts";

const host = createHost(new URL("../../src/main.ts", import.meta.url).href);

async function etcha(words: readonly string[], workDir: string): Promise<[number, string]> {
  const resource = parseResource(["etcha", ...words]);
  assert.ok(resource?.ok);
  const { code, output } = await runResource(resource.value, { workDir }, host, new AbortController().signal);
  return [code, output];
}

/** Names as this machine has them: 65534 is nobody, or without a name in a small container. */
async function shown(id: number): Promise<string> {
  const name = await host.accounts.userName(id);
  return name === undefined ? String(id) : `${name} (${id})`;
}

Deno.test("owners are set by name and number, before the mode, and of what lies below, but through no link", async () => {
  if (Deno.uid() !== 0) {
    console.log("  (skipped: needs root)");
    return;
  }
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "etcha-test-" }));
  try {
    const own = await shown(0);
    const other = await shown(65534);
    const file = (action: string) =>
      etcha(["file", action, "-o", "65534", "-g", "65533", "-p", "6755", "a", "x"], folder);
    assert.deepEqual(await file("change"), [0, "a: made"]);
    assert.deepEqual(await file("check"), [0, ""]);
    const { uid, gid, mode } = Deno.statSync(`${folder}/a`);
    assert.deepEqual([uid, gid, mode! & 0o7777], [65534, 65533, 0o6755]);
    assert.deepEqual(await etcha(["file", "check", "-o", "root", "a"], folder), [
      1,
      `a: owner is ${other}, should be ${own}`,
    ]);
    // The owner that is not named stays when the contents are new, and so do the bits that chown would clear.
    assert.deepEqual(await etcha(["file", "change", "a", "y"], folder), [0, "a: contents written"]);
    assert.deepEqual(Deno.statSync(`${folder}/a`).uid, 65534);
    assert.deepEqual(Deno.statSync(`${folder}/a`).mode! & 0o7777, 0o6755);

    // A new owner has not set them: contents of root's are no program that anybody's bits let run as root.
    for (const words of [["file", "change", "-o", "root", "a", "z"], ["copy", "change", "-g", "root", "b", "a"]]) {
      await Deno.writeTextFile(`${folder}/b`, "b");
      await Deno.chown(`${folder}/a`, 65534, 65533);
      await Deno.chmod(`${folder}/a`, 0o6755);
      assert.equal((await etcha(words, folder))[0], 0);
      assert.equal(Deno.statSync(`${folder}/a`).mode! & 0o7777, 0o755, words[0]);
    }

    await Deno.mkdir(`${folder}/d/e`, { recursive: true });
    await Deno.writeTextFile(`${folder}/d/e/f`, "");
    await Deno.writeTextFile(`${folder}/precious`, "");
    await Deno.symlink("../precious", `${folder}/d/l`);
    assert.equal((await etcha(["dir", "change", "-r", "-o", "65534", "d"], folder))[0], 0);
    for (const path of ["d", "d/e", "d/e/f"]) assert.equal(Deno.lstatSync(`${folder}/${path}`).uid, 65534, path);
    assert.equal(Deno.lstatSync(`${folder}/precious`).uid, 0);
    assert.equal(Deno.lstatSync(`${folder}/d/l`).uid, 0);
    assert.deepEqual(await etcha(["dir", "change", "-r", "-o", "65534", "d"], folder), [0, ""]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("who may not give a file away is told so, and the file stays as it was", async () => {
  if (Deno.uid() === 0) {
    console.log("  (skipped: root may)");
    return;
  }
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "etcha-test-" }));
  try {
    await Deno.writeTextFile(`${folder}/a`, "old");
    const [code, output] = await etcha(["file", "change", "-o", "0", "a", "new"], folder);
    assert.equal(code, 1);
    assert.match(output, /not permitted/);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["a"]);
    assert.equal(Deno.readTextFileSync(`${folder}/a`), "old");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("what looks like an option is no user or group", async () => {
  for (const name of ["-sfiles", "--service=files", "-s", "--help", "--"]) {
    assert.equal(await host.accounts.userId(name), undefined, name);
    assert.equal(await host.accounts.groupId(name), undefined, name);
  }
});
