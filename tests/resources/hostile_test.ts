import assert from "node:assert/strict";
import fc from "fast-check";
import { files } from "../../src/host/deno/files.ts";
import { FakeFiles } from "../fakes/fake_files.ts";
import { type Place, run } from "./cases.ts";

/** Each is tried in memory and on disk, where every change waits for the disk. */
const RUNS = 25;

/** What a shell, a glob, a format, an option or a regular expression would take for something else. */
const special = fc.constantFrom(...[
  "-p",
  "--",
  "-",
  "$(id)",
  "`id`",
  "${HOME}",
  "'",
  '"',
  "\\",
  "\n",
  "*",
  "?",
  "~",
  "#",
]);
const piece = fc.oneof(
  special,
  fc.constantFrom("%s", "{{ a }}", "é", "🙂", " ", ";", "&&", ">x"),
  fc.string({ unit: "binary" }),
);
const text = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join("").replaceAll("\0", ""));
/** One name in a folder: the kernel takes 255 bytes. */
const name = text.map((text) => text.replaceAll("/", "")).filter((name) =>
  !["", ".", ".."].includes(name) && new TextEncoder().encode(name).length <= 255
);

async function everywhere(use: (place: Place) => Promise<void>): Promise<void> {
  await use({ files: new FakeFiles(), folder: "/srv" });
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "etcha-test-" }));
  try {
    await use({ files, folder });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Made, recognised, and taken away again, with nothing beside it. */
async function holds(place: Place, kind: string, flags: readonly string[], words: readonly string[], path: string) {
  const etcha = (action: string) => run([kind, action, ...flags, "--", ...words], place);
  const before = await place.files.list(place.folder);
  assert.equal((await etcha("check")).code, 1);
  const { code, output } = await etcha("change");
  assert.equal(code, 0, output);
  assert.deepEqual(await place.files.list(place.folder), [...before, path].toSorted());
  assert.deepEqual([(await etcha("check")).code, (await etcha("check")).output], [0, ""]);
  return async () => {
    assert.equal((await etcha("remove")).code, 0);
    assert.deepEqual(await place.files.list(place.folder), before);
  };
}

Deno.test("names and contents are taken as they are, whatever they are", async () => {
  await fc.assert(
    fc.asyncProperty(name, name, text, async (name, other, contents) => {
      await everywhere(async (place) => {
        const { files, folder } = place;
        const undo = await holds(place, "file", ["-p", "0600"], [name, contents === "-" ? "" : contents], name);
        if (contents !== "-") assert.equal(await files.readText(`${folder}/${name}`), contents);
        if (other !== name) {
          const uncopy = await holds(place, "copy", [], [`${folder}/${name}`, `./${other}`], other);
          assert.equal(await files.readText(`${folder}/${other}`), await files.readText(`${folder}/${name}`));
          await uncopy();
        }
        await undo();
        await (await holds(place, "dir", [], [name], name))();
        const unlink = await holds(place, "link", [], [other, name], name);
        assert.equal(await files.readLink(`${folder}/${name}`), other);
        await unlink();
      });
    }),
    { numRuns: RUNS },
  );
});

Deno.test("values of a template are put in as they are, and not looked at again", async () => {
  await fc.assert(
    fc.asyncProperty(text, text, text, async (key, value, around) => {
      fc.pre(!key.includes("\n") && !key.includes("}}") && key === key.trim() && !around.includes("{{"));
      await everywhere(async (place) => {
        const { files, folder } = place;
        await files.writeAtomic(`${folder}/t`, `${around.replace(/\{$/, "")}{{ ${key} }}${around}`);
        await holds(place, "template", [], ["t", "made", JSON.stringify({ [key]: value })], "made");
        assert.equal(await files.readText(`${folder}/made`), `${around.replace(/\{$/, "")}${value}${around}`);
      });
    }),
    { numRuns: RUNS },
  );
});

Deno.test("a line is there after a change, the others are as they were, and a second change does nothing", async () => {
  const line = text.map((text) => text.replace(/[\r\n]/g, ""));
  const end = fc.constantFrom("\n", "\r\n");
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { minLength: 1, maxLength: 5 }),
      end,
      line,
      line,
      async (lines, end, key, value) => {
        fc.pre(!value.includes("${"));
        const before = lines.map((line) => line + end).join("");
        const quoted = `^${key.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&")}=.*`;
        const wanted = `${key}=${value}`;
        await everywhere(async (place) => {
          const { files, folder } = place;
          await files.writeAtomic(`${folder}/a`, before);
          const change = ["line", "change", "--", "a", quoted, wanted];
          const { code, output } = await run(change, place);
          assert.equal(code, 0, output);
          const after = (await files.readText(`${folder}/a`)).split(end);
          const isKey = (line: string) => line.startsWith(`${key}=`);
          assert.ok(after.includes(wanted));
          assert.deepEqual(after.filter((line) => !isKey(line)), [...lines.filter((line) => !isKey(line)), ""]);
          assert.equal((await run(change, place)).kind, "same");
          assert.equal((await run(["line", "remove", "--", "a", quoted], place)).code, 0);
          assert.equal(
            await files.readText(`${folder}/a`),
            lines.filter((line) => !isKey(line)).map((l) => l + end).join(""),
          );
        });
      },
    ),
    { numRuns: RUNS },
  );
});
