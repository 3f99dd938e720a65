import assert from "node:assert/strict";
import fc from "fast-check";
import type { Json } from "../../src/domain/json.ts";
import { parsePattern } from "../../src/domain/pattern.ts";
import { problemsText } from "../../src/domain/problem.ts";

function codes(value: Json): readonly string[] {
  const parsed = parsePattern(value);
  assert.ok(!parsed.ok);
  return parsed.problems.map(({ code, where }) => `${code} at ${where ?? "-"}`);
}

Deno.test("an empty pattern is one that does nothing", () => {
  const parsed = parsePattern({});
  assert.deepEqual(parsed, { ok: true, value: { audience: [], build: [], expiresIn: 0, run: [], runVars: {} } });
});

Deno.test("every property of a pattern", () => {
  const parsed = parsePattern({
    audience: ["one", "two"],
    build: [{ id: "b" }],
    buildExec: { command: "sh -c" },
    buildOutput: "out.jwt",
    expiresInSec: 90,
    id: "jti",
    issuer: "iss",
    run: [[{ id: "r" }], { id: "s" }],
    runExec: { allowOverride: true, envInherit: false, timeout: "5s" },
    runVars: { a: { b: [1, null, true] } },
    subject: "sub",
  });
  assert.ok(parsed.ok);
  const { build, run, ...rest } = parsed.value;
  assert.deepEqual([build, run].map((list) => list.map(({ id }) => id)), [["b"], ["r", "s"]]);
  assert.deepEqual(rest, {
    audience: ["one", "two"],
    buildExec: { command: "sh -c" },
    buildOutput: "out.jwt",
    expiresIn: 90_000,
    id: "jti",
    issuer: "iss",
    runExec: { allowOverride: true, envInherit: false, timeout: "5s" },
    runVars: { a: { b: [1, null, true] } },
    subject: "sub",
  });
});

Deno.test("an audience may be one string, an expiry a duration", () => {
  const parsed = parsePattern({ audience: "one", expiresIn: "1h30m" });
  assert.ok(parsed.ok);
  assert.deepEqual([parsed.value.audience, parsed.value.expiresIn], [["one"], 5_400_000]);
});

Deno.test("what is no pattern", () => {
  for (const value of [null, 5, "text", [{ run: [] }]]) assert.deepEqual(codes(value), ["wrong-type at -"]);
});

Deno.test("all mistakes of a pattern and of both lists are told at once", () => {
  assert.deepEqual(
    codes({
      audience: [1],
      build: {},
      buildOutput: 5,
      expiresIn: "soon",
      expiresInSec: -1,
      rnu: [],
      run: [{ id: "a", onChange: ["b"] }, { id: "c", chek: "" }],
      runExec: { comand: "sh" },
      runVars: "x",
    }),
    [
      "wrong-type at pattern: audience",
      "wrong-type at pattern: buildOutput",
      "bad-value at pattern: expiresIn",
      "bad-value at pattern: expiresInSec",
      "unknown-property at pattern",
      "wrong-type at pattern: runVars",
      "unknown-property at pattern",
      "both-spellings at pattern",
      "wrong-type at build",
      "unknown-property at run > c",
      "target-not-found at run > a",
    ],
  );
});

Deno.test("hints for properties of the pattern and of its execs", () => {
  const parsed = parsePattern({ rnu: [], runExec: { comand: "sh" }, buildExec: { usr: "a" } });
  assert.ok(!parsed.ok);
  const hints = parsed.problems.map(({ found, hint }) => `${found}: ${hint}`).sort();
  assert.deepEqual(hints, [
    'unknown property "comand": did you mean "command"?',
    'unknown property "rnu": did you mean "run"?',
    'unknown property "usr": did you mean "user"?',
  ]);
});

Deno.test("whatever a program evaluates to, it is a pattern or has problems that can be read", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const parsed = parsePattern(value as Json);
      assert.ok(parsed.ok || problemsText(parsed.problems) !== "");
    }),
    { numRuns: 300, seed: 1 },
  );
});
