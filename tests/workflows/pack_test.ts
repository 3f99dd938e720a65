import assert from "node:assert/strict";
import { packFiles } from "../../src/workflows/pack.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("pack: paths are below the deepest folder that holds all files", () => {
  const files = new Map([["/srv/p/patterns/a.jsonnet", bytes("{}")], ["/srv/p/lib/x.libsonnet", bytes("1")]]);
  assert.deepEqual(packFiles("/srv/p/patterns/a.jsonnet", files, []), {
    entrypoint: "/patterns/a.jsonnet",
    files: { "/lib/x.libsonnet": "1", "/patterns/a.jsonnet": "{}" },
    binaryFiles: {},
    libraryPaths: [],
  });
});

Deno.test("pack: a single file, and files without a common folder but the root", () => {
  assert.equal(packFiles("/srv/a.jsonnet", new Map([["/srv/a.jsonnet", bytes("{}")]]), []).entrypoint, "/a.jsonnet");
  const files = new Map([["/srv/a.jsonnet", bytes("{}")], ["/opt/b", bytes("")]]);
  assert.deepEqual(Object.keys(packFiles("/srv/a.jsonnet", files, []).files), ["/opt/b", "/srv/a.jsonnet"]);
});

Deno.test("pack: names that only begin alike share no folder", () => {
  const files = new Map([["/srv/ab/a.jsonnet", bytes("{}")], ["/srv/abc/b", bytes("")]]);
  assert.deepEqual(Object.keys(packFiles("/srv/ab/a.jsonnet", files, []).files), ["/ab/a.jsonnet", "/abc/b"]);
});

Deno.test("pack: what is not UTF-8 travels as base64, a byte order mark stays", () => {
  const files = new Map([["/a/a.jsonnet", bytes("\ufeff{}")], ["/a/b", new Uint8Array([0xff, 0x00])]]);
  const packed = packFiles("/a/a.jsonnet", files, []);
  assert.deepEqual(packed.files, { "/a.jsonnet": "\ufeff{}" });
  assert.deepEqual(packed.binaryFiles, { "/b": "/wA=" });
});

Deno.test("pack: a library folder travels when something was found in it", () => {
  const files = new Map([["/srv/p/a.jsonnet", bytes("{}")], ["/usr/share/lib/x/y.libsonnet", bytes("1")]]);
  const packed = packFiles("/srv/p/a.jsonnet", files, ["/usr/share/lib", "/opt/unused"]);
  assert.deepEqual(packed.libraryPaths, ["/usr/share/lib"]);
  const inside = packFiles("/lib/x/a.jsonnet", new Map([["/lib/x/a.jsonnet", bytes("{}")]]), ["/lib"]);
  assert.deepEqual([inside.libraryPaths, inside.entrypoint], [["/"], "/x/a.jsonnet"]);
});
