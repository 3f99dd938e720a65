import assert from "node:assert/strict";
import fc from "fast-check";
import type { JsonObject } from "../../src/domain/json.ts";
import { encodeClaims, parseClaims, type UnsignedClaims } from "../../src/token/claims.ts";
import { CLAIMS, ok } from "./tokens.ts";

const PATTERN = { entrypoint: "/a.jsonnet", files: { "/a.jsonnet": "{}" } };

/** `code where` of every problem. */
function problems(payload: JsonObject): readonly string[] {
  const parsed = parseClaims(payload);
  return parsed.ok ? [] : parsed.problems.map((problem) => `${problem.code} ${problem.where}`);
}

const FULL: UnsignedClaims = {
  pattern: {
    entrypoint: "/a/b.jsonnet",
    files: { "/a/b.jsonnet": "{}" },
    binaryFiles: { "/a/x.bin": "AP8=" },
    libraryPaths: ["/lib"],
  },
  buildManifest: "one\ntwo\n",
  runVars: { level: 3, deep: { list: [null, true, "x"] } },
  version: "1.2",
  source: "core",
  audience: ["web", "db"],
  expires: 2000,
  issuedAt: 1000.5,
  issuer: "issuer",
  id: "id",
  notBefore: 0,
  subject: "subject",
};

const WITH_CACHE: UnsignedClaims = { ...FULL, cached: { "getEnv:a": "x", "get:b": null, "getRecord:c": ["1"] } };

Deno.test("claims: parsing gives back what was encoded", () => {
  const { pattern: _, ...rest } = FULL;
  for (const claims of [FULL, CLAIMS, { ...rest, once: "uptime" }, { ...FULL, audience: ["web"] }, WITH_CACHE]) {
    const payload = encodeClaims(claims);
    assert.deepEqual(ok(parseClaims(payload)), { ...claims, raw: payload });
  }
});

Deno.test("claims: several audiences are an array, a single one is a string", () => {
  const audience = (values: readonly string[]) => encodeClaims({ ...CLAIMS, audience: values })["aud"];
  assert.deepEqual([audience([]), audience(["a"]), audience(["a", "b"])], [undefined, "a", ["a", "b"]]);
});

Deno.test("claims: null is no map at all, as other writers of JSON have it", () => {
  const claims = ok(parseClaims({ etchaRunVars: null, etchaPattern: { ...PATTERN, binaryFiles: null } }));
  assert.deepEqual([claims.runVars, claims.pattern?.binaryFiles], [{}, {}]);
});

Deno.test("claims: every wrong type is told, all of them at once", () => {
  assert.deepEqual(
    problems({
      aud: ["a", 1],
      exp: "1",
      iat: -1,
      iss: null,
      etchaRunVars: [],
      etchaVersion: 2,
      etchaBuildManifest: {},
    }),
    ["exp", "iat", "iss", "etchaBuildManifest", "etchaRunVars", "etchaVersion", "aud"]
      .map((claim) => `token-malformed ${claim}`),
  );
  assert.deepEqual(problems({ exp: 1e300, nbf: 253_402_300_800 }), ["token-malformed exp", "token-malformed nbf"]);
  assert.deepEqual(problems({ etchaPattern: [] }), ["token-malformed etchaPattern"]);
  assert.deepEqual(problems({ etchaOnce: "" }), ["token-malformed etchaOnce"]);
  assert.deepEqual(problems({ etchaOnce: "x", etchaPattern: PATTERN }), ["token-malformed etchaOnce"]);
});

Deno.test("claims: a pattern must hold its entrypoint, and each file once", () => {
  const pattern = (more: JsonObject) => problems({ etchaPattern: { ...PATTERN, ...more } });
  assert.deepEqual(pattern({}), []);
  assert.deepEqual(pattern({ entrypoint: "/b" }), ["token-malformed etchaPattern.entrypoint"]);
  assert.deepEqual(pattern({ entrypoint: "__proto__" }), ["token-malformed etchaPattern.entrypoint"]);
  assert.deepEqual(pattern({ entrypoint: 1 }), ["token-malformed etchaPattern.entrypoint"]);
  assert.deepEqual(pattern({ files: { "/a.jsonnet": 1 } }), ['token-malformed etchaPattern.files["/a.jsonnet"]']);
  assert.deepEqual(pattern({ binaryFiles: { "/b": "?" } }), ['token-malformed etchaPattern.binaryFiles["/b"]']);
  assert.deepEqual(pattern({ binaryFiles: { "/a.jsonnet": "" } }), [
    'token-malformed etchaPattern.binaryFiles["/a.jsonnet"]',
  ]);
});

Deno.test("claims: paths that lead elsewhere are refused", () => {
  for (const path of ["a", "", "../a", "/..", "/a/../b", "/a/..", "/a\0", "C:/a"]) {
    for (const kind of ["files", "binaryFiles"]) {
      const files = { "/a.jsonnet": "{}", ...(kind === "files" && { [path]: "" }) };
      const binaryFiles = kind === "binaryFiles" ? { [path]: "" } : {};
      assert.deepEqual(
        problems({ etchaPattern: { ...PATTERN, files, binaryFiles } }),
        [`token-path etchaPattern.${kind}[${JSON.stringify(path)}]`],
      );
    }
  }
  assert.deepEqual(problems({ etchaPattern: { ...PATTERN, files: { "/a.jsonnet": "", "/a..b/...": "" } } }), []);
});

Deno.test("claims: 10,000 files are accepted, one more is not", () => {
  const files = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`/${i}`, ""]));
  const pattern = (count: number, binaryFiles = {}) =>
    problems({ etchaPattern: { entrypoint: "/0", files: files(count), binaryFiles } });
  assert.deepEqual(pattern(10_000), []);
  assert.deepEqual(pattern(10_001), ["token-files etchaPattern"]);
  assert.deepEqual(pattern(10_000, { "/binary": "" }), ["token-files etchaPattern"]);
});

Deno.test("claims: 10,000 cached values are accepted, one more is not; none are left out", () => {
  const cached = (count: number) =>
    problems({ etchaCache: Object.fromEntries(Array.from({ length: count }, (_, i) => [`get:${i}`, i])) });
  assert.deepEqual(cached(10_000), []);
  assert.deepEqual(cached(10_001), ["token-cache etchaCache"]);
  assert.deepEqual(problems({ etchaCache: ["x"] }), ["token-malformed etchaCache"]);
  assert.deepEqual(problems({ etchaCache: null }), []);
  assert.ok(!("etchaCache" in encodeClaims({ ...CLAIMS, cached: {} })));
});

Deno.test("claims: a hostile payload is told by a few problems, and short ones", () => {
  const files = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`${i}${"x".repeat(1000)}`, ""]));
  const parsed = parseClaims({ etchaPattern: { entrypoint: "/0", files } });
  assert.ok(!parsed.ok && parsed.problems.length <= 10 && JSON.stringify(parsed.problems).length < 4000);
});

Deno.test("claims: any object gives a result", () => {
  const names = ["aud", "exp", "etchaPattern", "etchaOnce", "etchaRunVars", "__proto__", "constructor"];
  const payload = fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), fc.jsonValue(), {
    noNullPrototype: true,
  });
  const pattern = fc.record({
    entrypoint: fc.jsonValue(),
    files: fc.jsonValue(),
    binaryFiles: fc.jsonValue(),
    libraryPaths: fc.jsonValue(),
  });
  fc.assert(
    fc.property(fc.oneof(payload, pattern.map((etchaPattern) => ({ etchaPattern }))), (value) => {
      const parsed = parseClaims(JSON.parse(JSON.stringify(value)));
      assert.ok(parsed.ok || parsed.problems.every((problem) => problem.code.startsWith("token-")));
    }),
    { numRuns: 500, seed: 3 },
  );
});
