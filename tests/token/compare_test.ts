import assert from "node:assert/strict";
import type { Claims } from "../../src/domain/claims.ts";
import { encodeClaims, parseClaims, type UnsignedClaims } from "../../src/token/claims.ts";
import { claimsDiff } from "../../src/token/claims_diff.ts";
import { differingParts } from "../../src/token/compare.ts";
import { CLAIMS, ok } from "./tokens.ts";

const FILES = { "/main.jsonnet": "{}" };

function claims(more: Partial<UnsignedClaims> = {}): Claims {
  return ok(parseClaims(encodeClaims({ ...CLAIMS, ...more })));
}

function pattern(files: { [path: string]: string }, binaryFiles: { [path: string]: string } = {}) {
  return { pattern: { entrypoint: "/main.jsonnet", files: { ...FILES, ...files }, binaryFiles, libraryPaths: [] } };
}

function diff(newer: Claims, older: Claims): string {
  return claimsDiff(newer, older, differingParts(newer, older, "all"));
}

Deno.test("compare: who signed when, and the order of keys, make no difference", () => {
  const a = claims({ runVars: { a: 1, b: [{ x: 1, y: null }] }, ...pattern({ "/a": "1", "/b": "2" }), issuedAt: 1 });
  const b = claims({
    runVars: { b: [{ y: null, x: 1 }], a: 1 },
    ...pattern({ "/b": "2", "/a": "1" }),
    expires: 9,
    id: "z",
  });
  assert.deepEqual(differingParts(a, b, "all"), []);
  assert.equal(diff(a, b), "");
});

Deno.test("compare: every part counts, the version only where it is asked for", () => {
  const cases: readonly (readonly [Partial<UnsignedClaims>, string])[] = [
    [{ buildManifest: "x" }, "manifest"],
    [{ runVars: { a: null } }, "runVars"],
    [{ cached: { "get:a": 1 } }, "cached"],
    [{ version: "2" }, "version"],
    [pattern({ "/new": "" }), "pattern"],
    [pattern({ "/main.jsonnet": "{ }" }), "pattern"],
    [pattern({}, { "/b": "AAAA" }), "pattern"],
    [{ pattern: { entrypoint: "/b", files: { ...FILES, "/b": "" }, binaryFiles: {}, libraryPaths: [] } }, "pattern"],
  ];
  for (const [more, part] of cases) {
    assert.deepEqual(differingParts(claims(more), claims(), "all"), [part]);
    assert.deepEqual(differingParts(claims(), claims(more), "without-version"), part === "version" ? [] : [part]);
    assert.notEqual(diff(claims(more), claims()), "");
  }
  const { pattern: _, ...rest } = CLAIMS;
  const once = ok(parseClaims(encodeClaims({ ...rest, once: "uptime" })));
  assert.deepEqual(differingParts(once, claims(), "all"), ["pattern", "command"]);
});

Deno.test("compare: values that look alike are told apart", () => {
  const values = [null, false, 0, "", "0", [], {}, [null], { "0": null }];
  for (const [i, a] of values.entries()) {
    for (const [j, b] of values.entries()) {
      const parts = differingParts(claims({ runVars: { v: a } }), claims({ runVars: { v: b } }), "all");
      assert.deepEqual(parts, i === j ? [] : ["runVars"]);
    }
  }
});

Deno.test("compare: the diff shows what is new and what was", () => {
  const older = claims({
    ...pattern({ "/gone": "bye\n", "/changed": "a\nb\nc\nd\ne\nf\ng\n" }, { "/logo": "AAAA" }),
    buildManifest: "one\n",
    version: "1",
  });
  const newer = claims({
    ...pattern({ "/new": "hello", "/changed": "a\nb\nc\nD\ne\nf\ng\n" }, { "/logo": "AAAB" }),
    buildManifest: "two\n",
    runVars: { n: 1 },
    version: "2",
  });
  assert.equal(
    diff(newer, older),
    [
      "--- old /changed",
      "+++ new /changed",
      "@@ -1,7 +1,7 @@",
      " a",
      " b",
      " c",
      "-d",
      "+D",
      " e",
      " f",
      " g",
      "--- old /gone",
      "+++ /dev/null",
      "@@ -1,1 +0,0 @@",
      "-bye",
      "--- /dev/null",
      "+++ new /new",
      "@@ -0,0 +1,1 @@",
      "+hello",
      "\\ No newline at end of file",
      "Binary file /logo differs",
      "--- old manifest",
      "+++ new manifest",
      "@@ -1,1 +1,1 @@",
      "-one",
      "+two",
      "--- old runVars",
      "+++ new runVars",
      "@@ -1,1 +1,3 @@",
      "-{}",
      "+{",
      '+  "n": 1',
      "+}",
      "--- old version",
      "+++ new version",
      "@@ -1,1 +1,1 @@",
      "-1",
      "+2",
      "",
    ].join("\n"),
  );
});

Deno.test("compare: texts that have next to nothing in common are not searched for long", () => {
  const lines = (word: string) => Array.from({ length: 20_000 }, (_, i) => `${word} ${i}\n`).join("");
  const text = diff(claims(pattern({ "/a": lines("a") })), claims(pattern({ "/a": lines("b") })));
  assert.equal(text, "--- old /a\n+++ new /a\n(more than 2000 changed lines)\n");
});

Deno.test("compare: a path can't forge lines of the diff", () => {
  const text = diff(claims(pattern({ "/a\n+++ new /etc/passwd": "x" })), claims());
  assert.ok(!text.split("\n").includes("+++ new /etc/passwd"));
});
