import assert from "node:assert/strict";
import fc from "fast-check";
import { checkTarget, nameBelow } from "../../src/resources/archive_entries.ts";
import { createHttp } from "../../src/host/deno/http.ts";
import { files } from "../../src/host/deno/files.ts";
import { HostError } from "../../src/host/host.ts";
import { gzip, tar, type TarItem, zip } from "./archives.ts";
import { run } from "./cases.ts";

interface Here extends AsyncDisposable {
  readonly folder: string;
  /** Runs a resource; paths are below `folder`. */
  readonly etcha: (...words: string[]) => ReturnType<typeof run>;
  /** Paths below a folder: with their text, `-> target`, or nothing for a folder. */
  readonly tree: (below: string) => Record<string, string>;
}

async function begin(): Promise<Here> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "etcha-test-" }));
  const http = createHttp({});
  const tree = (below: string) => {
    const found: Record<string, string> = {};
    for (const { name, isDirectory, isSymlink } of Deno.readDirSync(`${folder}/${below}`)) {
      const path = `${folder}/${below}/${name}`;
      if (isSymlink) found[name] = `-> ${Deno.readLinkSync(path)}`;
      else if (!isDirectory) found[name] = name === ".etcha-archive.json" ? "" : Deno.readTextFileSync(path);
      else {
        found[`${name}/`] = "";
        for (const [key, text] of Object.entries(tree(`${below}/${name}`))) found[`${name}/${key}`] = text;
      }
    }
    return found;
  };
  return {
    folder,
    etcha: (...words) => run(words, { files, folder, http }),
    tree,
    [Symbol.asyncDispose]: async () => {
      http[Symbol.dispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

const APP: readonly TarItem[] = [
  { name: "app/", type: "directory", mode: 0o755 },
  { name: "app/run", text: "#!/bin/sh\n", mode: 0o4755 },
  { name: "./app/etc/deep/a b'\"$(x)\n é", text: "text" },
  { name: "app/current", type: "symlink", linkname: "etc/deep" },
  { name: "app/etc/up", type: "symlink", linkname: "../run" },
  { name: "app/same", type: "link", linkname: "app/run" },
];
const UNPACKED = {
  ".etcha-archive.json": "",
  "app/": "",
  "app/run": "#!/bin/sh\n",
  "app/etc/": "",
  "app/etc/deep/": "",
  "app/etc/deep/a b'\"$(x)\n é": "text",
  "app/current": "-> etc/deep",
  "app/etc/up": "-> ../run",
  "app/same": "#!/bin/sh\n",
};

for (const form of ["tar", "tar.gz", "zip"] as const) {
  Deno.test(`archive: a ${form} is unpacked, recognised, and taken away again`, async () => {
    await using here = await begin();
    const { etcha, tree, folder } = here;
    const items = form === "zip" ? APP.filter(({ type }) => type !== "link") : APP;
    const packed = form === "zip" ? await zip(items) : form === "tar" ? await tar(items) : await gzip(await tar(items));
    await Deno.writeFile(`${folder}/a`, packed);
    const wanted: Record<string, string> = { ...UNPACKED };
    if (form === "zip") delete wanted["app/same"];
    assert.deepEqual(await outcome(etcha("archive", "check", "a", "d")), [1, "d: nothing was unpacked there"]);
    const count = form === "zip" ? 4 : 5;
    assert.deepEqual(await outcome(etcha("archive", "change", "a", "d")), [0, `d: unpacked ${count} files, from a`]);
    assert.deepEqual(sorted(tree("d")), sorted(wanted));
    // Bits that give rights of the owner are not taken from archives.
    assert.equal(Deno.statSync(`${folder}/d/app/run`).mode! & 0o7777, 0o755);
    assert.deepEqual(await outcome(etcha("archive", "check", "a", "d")), [0, ""]);
    assert.deepEqual(await outcome(etcha("archive", "change", "a", "d")), [0, ""]);
    await Deno.writeTextFile(`${folder}/d/app/own`, "mine");
    assert.deepEqual(await outcome(etcha("archive", "remove", "a", "d")), [0, "d: what was unpacked there is removed"]);
    assert.deepEqual(tree("d"), { "app/": "", "app/own": "mine" });
    assert.deepEqual(await outcome(etcha("archive", "remove", "a", "d")), [0, ""]);
  });
}

Deno.test("archive: what a newer one has not goes, what was lost comes back, a first part is left out", async () => {
  await using here = await begin();
  const { etcha, tree, folder } = here;
  await Deno.writeFile(
    `${folder}/1`,
    await tar([
      { name: "v1/a", text: "1" },
      { name: "v1/old/b", text: "1" },
      { name: "v1/turns", text: "1" },
      { name: "top", text: "left out" },
    ]),
  );
  await Deno.writeFile(`${folder}/2`, await tar([{ name: "v2/a", text: "2" }, { name: "v2/turns/c", text: "2" }]));
  const change = (from: string) => outcome(etcha("archive", "change", "--strip", "1", from, "d"));
  assert.deepEqual(await change("1"), [0, "d: unpacked 3 files, from 1"]);
  assert.deepEqual(sorted(tree("d")), {
    ".etcha-archive.json": "",
    a: "1",
    "old/": "",
    "old/b": "1",
    turns: "1",
  });
  await Deno.remove(`${folder}/d/a`);
  assert.deepEqual(await outcome(etcha("archive", "check", "--strip", "1", "1", "d")), [1, "d: a is not there"]);
  assert.deepEqual(await change("1"), [0, "d: unpacked 3 files, from 1"]);
  assert.deepEqual(
    await outcome(etcha("archive", "check", "--strip", "1", "2", "d")),
    [1, "d: it was unpacked from another archive"],
  );
  assert.equal((await etcha("archive", "check", "1", "d")).code, 1);
  assert.deepEqual(await change("2"), [0, "d: unpacked 2 files, from 2"]);
  assert.deepEqual(sorted(tree("d")), { ".etcha-archive.json": "", a: "2", "turns/": "", "turns/c": "2" });
  assert.deepEqual(await outcome(etcha("archive", "remove", "2", "d")), [0, "d: removed"]);
  await assert.rejects(Deno.lstat(`${folder}/d`), Deno.errors.NotFound);
});

const HOSTILE: Readonly<Record<string, readonly TarItem[]>> = {
  "a name above": [{ name: "../x", text: "" }],
  "a name above, later": [{ name: "a/../../x", text: "" }],
  "an absolute name": [{ name: "/tmp/etcha-x", text: "" }],
  "a link above": [{ name: "l", type: "symlink", linkname: "../x" }],
  "an absolute link": [{ name: "l", type: "symlink", linkname: "/etc" }],
  "a link that turns round": [{ name: "a/x", type: "symlink", linkname: ".." }, {
    name: "a/y",
    type: "symlink",
    linkname: "x/../../etc",
  }],
  "a name through a link": [{ name: "l", type: "symlink", linkname: "d" }, { name: "l/x", text: "" }],
  "a folder in place of a link": [{ name: "l", type: "symlink", linkname: "d" }, { name: "l/", type: "directory" }],
  "a hard link to what is not in it": [{ name: "h", type: "link", linkname: "/etc/passwd" }],
  "a hard link to a link": [{ name: "l", type: "symlink", linkname: "d" }, { name: "h", type: "link", linkname: "l" }],
  "a hard link to itself": [{ name: "h", type: "link", linkname: "h" }],
  "a device": [{ name: "d", type: "character-device" }],
  "a pipe": [{ name: "p", type: "fifo" }],
  "its own memory": [{ name: ".etcha-archive.json", text: "{}" }],
  "a folder in place of its memory": [{ name: ".etcha-archive.json/x", text: "" }],
  "what it calls itself while it is fetched": [{ name: "./.etcha-archive.part", text: "" }],
};

for (const [name, items] of Object.entries(HOSTILE)) {
  Deno.test(`archive: ${name} is refused before anything is written`, async () => {
    await using here = await begin();
    const { etcha, tree, folder } = here;
    await Deno.writeFile(`${folder}/a`, await tar([{ name: "first", text: "fine" }, ...items]));
    await Deno.mkdir(`${folder}/d`);
    const { code, output } = await etcha("archive", "change", "a", "d");
    assert.equal(code, 1);
    assert.match(output, /^(the archive has|cannot unpack the archive: it has)/);
    assert.deepEqual(tree("d"), {});
  });
}

Deno.test("archive: what is broken, or no archive, is refused", async () => {
  await using here = await begin();
  const { etcha, tree, folder } = here;
  const whole = await gzip(await tar([{ name: "a", text: "x".repeat(100_000) }]));
  const zipped = await zip([{ name: "a", text: "x".repeat(100_000) }]);
  const broken: Record<string, Uint8Array> = {
    short: whole.subarray(0, whole.length - 20),
    zipped: zipped.with(60, zipped[60]! ^ 255),
    text: new TextEncoder().encode("no archive at all"),
    empty: new Uint8Array(),
    xz: new Uint8Array([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]),
  };
  for (const [name, bytes] of Object.entries(broken)) {
    await Deno.writeFile(`${folder}/${name}`, bytes);
    const { code, output } = await etcha("archive", "change", name, "d");
    assert.equal(code, 1, name);
    assert.match(output, /^cannot unpack the archive: /, name);
    assert.deepEqual(tree("d"), {}, name);
  }
});

Deno.test("archive: a zip that lies about the size of a file is refused", async () => {
  await using here = await begin();
  // 1000 bytes by its header, 5 by the central directory (APPNOTE, 4.3.7 and 4.3.12).
  const bytes = Uint8Array.fromBase64(
    "UEsDBBQAAAAIAAAAIQCDmV+oCwAAAOgDAAABAAAAYTMwGAWjYBQMdwAAUEsBAhQDFAAAAAgAAAAhAIOZX6gLAAAABQAAAAEAAAAA" +
      "AAAAAAAAAIABAAAAAGFQSwUGAAAAAAEAAQAvAAAAKgAAAAAA",
  );
  await Deno.writeFile(`${here.folder}/a`, bytes);
  const { code, output } = await here.etcha("archive", "change", "a", "d");
  assert.equal(code, 1);
  assert.match(output, /^cannot unpack the archive: it is broken/);
});

Deno.test("archive: nothing is written or removed through links that somebody has put there", async () => {
  await using here = await begin();
  const { etcha, tree, folder } = here;
  await Deno.writeFile(`${folder}/a`, await tar([{ name: "sub/x", text: "new" }]));
  await Deno.mkdir(`${folder}/other`);
  await Deno.mkdir(`${folder}/d`);
  await Deno.symlink("../other", `${folder}/d/sub`);
  assert.equal((await etcha("archive", "change", "a", "d")).code, 1);
  assert.deepEqual(tree("other"), {});
  await Deno.remove(`${folder}/d/sub`);
  assert.equal((await etcha("archive", "change", "a", "d")).code, 0);
  await Deno.remove(`${folder}/d/sub`, { recursive: true });
  await Deno.writeTextFile(`${folder}/other/x`, "of another");
  await Deno.symlink("../other", `${folder}/d/sub`);
  assert.equal((await etcha("archive", "remove", "a", "d")).code, 0);
  assert.deepEqual(tree("other"), { x: "of another" });
});

Deno.test("archive: a memory that others could have written is not trusted", async () => {
  await using here = await begin();
  const { etcha, folder } = here;
  await Deno.writeFile(`${folder}/a`, await tar([{ name: "x", text: "" }]));
  await etcha("archive", "change", "a", "d");
  const memory = `${folder}/d/.etcha-archive.json`;
  const text = await Deno.readTextFile(memory);
  await Deno.writeTextFile(`${folder}/precious`, "");
  await Deno.writeTextFile(memory, text.replace('"x"', '"../precious"'));
  assert.match((await etcha("archive", "remove", "a", "d")).output, /cannot trust .*: it is not what was written/);
  await Deno.writeTextFile(memory, text);
  await Deno.chmod(memory, 0o666);
  assert.match((await etcha("archive", "check", "a", "d")).output, /cannot trust .*: others may write to it/);
  assert.deepEqual(Deno.statSync(`${folder}/precious`).size, 0);
});

Deno.test("archive: a URL is asked whether it is newer, and a checksum asks nobody", async () => {
  await using here = await begin();
  const { etcha, tree, folder } = here;
  let packed = await gzip(await tar([{ name: "a", text: "1" }]));
  const asked: string[] = [];
  const serve = (request: Request) => {
    const etag = `"${packed.length}"`;
    const isKnown = request.headers.get("if-none-match") === etag;
    asked.push(isKnown ? "known" : "whole");
    return isKnown ? new Response(null, { status: 304 }) : new Response(packed, { headers: { etag } });
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, serve);
  try {
    const url = `http://127.0.0.1:${server.addr.port}/a.tgz?token=secret`;
    const shown = `http://127.0.0.1:${server.addr.port}/a.tgz`;
    assert.deepEqual(await outcome(etcha("archive", "change", url, "d")), [0, `d: unpacked 1 files, from ${shown}`]);
    assert.deepEqual(await outcome(etcha("archive", "check", url, "d")), [0, ""]);
    packed = await gzip(await tar([{ name: "a", text: "2" }, { name: "b", text: "2".repeat(5000) }]));
    assert.equal((await etcha("archive", "check", url, "d")).code, 1);
    assert.equal((await etcha("archive", "change", url, "d")).code, 0);
    assert.deepEqual(asked, ["whole", "known", "whole", "whole", "whole"]);
    assert.deepEqual(Object.keys(sorted(tree("d"))), [".etcha-archive.json", "a", "b"]);
    assert.ok(!Deno.readTextFileSync(`${folder}/d/.etcha-archive.json`).includes("secret"));
    const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", packed)).toHex();
    asked.length = 0;
    assert.deepEqual(await outcome(etcha("archive", "check", "--sha256", sha256, url, "d")), [0, ""]);
    assert.deepEqual(asked, []);
    const refusal = await etcha("archive", "change", "--sha256", sha256.replace(/./, "z".replace("z", "0")), url, "e");
    assert.equal(refusal.code, sha256.startsWith("0") ? 0 : 1);
  } finally {
    await server.shutdown();
  }
});

Deno.test("archive: owner and group are set of all that is unpacked", async () => {
  if (Deno.uid() !== 0) {
    console.log("  (skipped: needs root)");
    return;
  }
  await using here = await begin();
  const { etcha, folder } = here;
  await Deno.writeFile(`${folder}/a`, await tar([{ name: "sub/x", text: "" }]));
  assert.equal((await etcha("archive", "change", "-o", "65534", "-g", "65533", "a", "d")).code, 0);
  for (const path of ["d", "d/sub", "d/sub/x"]) {
    const { uid, gid } = Deno.lstatSync(`${folder}/${path}`);
    assert.deepEqual([uid, gid], [65534, 65533], path);
  }
  assert.equal(Deno.lstatSync(`${folder}/d/.etcha-archive.json`).uid, 0);
  assert.equal((await etcha("archive", "check", "-o", "65534", "-g", "65533", "a", "d")).code, 0);
  assert.equal((await etcha("archive", "check", "-o", "1", "a", "d")).code, 1);
});

Deno.test("archive: no name and no link leads out of the folder, whatever it is made of", () => {
  const part = fc.constantFrom("..", ".", "", "a", "b", "...", "a..", " ", "\\..", "é");
  const path = fc.array(part, { minLength: 1, maxLength: 8 }).map((parts) => parts.join("/"));
  const accepted = <T>(act: () => T): T | undefined => {
    try {
      return act();
    } catch (error) {
      assert.ok(error instanceof HostError);
      return undefined;
    }
  };
  fc.assert(fc.property(path, path, fc.nat(3), (name, target, strip) => {
    const below = accepted(() => nameBelow(name, strip));
    if (below === undefined) return;
    const at = new URL(`file:///top/${below.split("/").map(encodeURIComponent).join("/")}`);
    assert.ok(at.pathname.startsWith("/top/"));
    if (accepted(() => (checkTarget(below, target), true)) !== true) return;
    // Each part taken for a folder of its own: as deep as the link lies, it goes up no further than that.
    let depth = below.split("/").length - 1;
    for (const one of target.split("/")) {
      depth += one === ".." ? -1 : one === "" || one === "." ? 0 : 1;
      assert.ok(depth >= 0, `${below} -> ${target}`);
    }
  }));
});

async function outcome(result: ReturnType<typeof run>): Promise<[number, string]> {
  const { code, output } = await result;
  return [code, output];
}

function sorted(tree: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(tree).toSorted(([a], [b]) => a < b ? -1 : 1));
}

for (
  const [form, pack] of Object.entries({
    tar,
    "tar.gz": async (items: readonly TarItem[]) => gzip(await tar(items)),
    zip,
  })
) {
  Deno.test(`archive: who no longer waits for a large file in a ${form} is not waited for`, async () => {
    await using here = await begin();
    // Nothing that could be packed well: it has to be read in many parts.
    let last = 1;
    const letters = Array.from({ length: 3_000_000 }, () => {
      last = Math.imul(last, 1_103_515_245) + 12_345;
      return String.fromCharCode(33 + (last >>> 16) % 90);
    });
    await Deno.writeFile(`${here.folder}/a`, await pack([{ name: "large", text: letters.join("") }]));
    const ending = new AbortController();
    let after = 0;
    const open: typeof files.open = async (path) => {
      const file = await files.open(path);
      const readAt: typeof file.readAt = (at, length) => {
        if (ending.signal.aborted) after++;
        else if (at > 200_000) ending.abort(new Error("no longer"));
        return file.readAt(at, length);
      };
      return { size: file.size, readAt, [Symbol.asyncDispose]: () => file[Symbol.asyncDispose]() };
    };
    await assert.rejects(
      run(
        ["archive", "change", "a", "d"],
        { files: { ...files, open }, folder: here.folder },
        undefined,
        ending.signal,
      ),
      /no longer/,
    );
    assert.ok(after < 10, `${after} more reads`);
  });
}
