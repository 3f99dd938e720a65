import assert from "node:assert/strict";
import fc from "fast-check";
import { formatDuration, parseDuration } from "../../src/domain/duration.ts";

const READ: readonly (readonly [string, number | undefined])[] = [
  ["0", 0],
  ["0s", 0],
  ["90s", 90_000],
  ["1h30m", 5_400_000],
  ["1.5h", 5_400_000],
  [".5s", 500],
  ["1.s", 1000],
  ["2ms", 2],
  ["3us", 0.003],
  ["3µs", 0.003],
  ["4ns", 0.000004],
  ["1m1m", 120_000],
  ["", undefined],
  ["5", undefined],
  ["s", undefined],
  ["-1s", undefined],
  ["+1s", undefined],
  ["1s ", undefined],
  [" 1s", undefined],
  ["1 s", undefined],
  ["1d", undefined],
  ["1S", undefined],
  [".s", undefined],
  ["1..5s", undefined],
  ["1s2", undefined],
  ["00", undefined],
];

for (const [text, expected] of READ) {
  Deno.test(`the duration ${JSON.stringify(text)} is ${expected ?? "none"}`, () => {
    const read = parseDuration(text);
    if (expected === undefined) assert.equal(read, undefined);
    else assert.ok(Math.abs(read! - expected) < 1e-9, `${read}`);
  });
}

Deno.test("a duration is written in its usual spelling", () => {
  const written = [0, 2, 1000, 90_000, 3_600_000, 5_400_000, 86_400_000, 3_661_001].map(formatDuration);
  assert.deepEqual(written, ["0s", "2ms", "1s", "1m30s", "1h", "1h30m", "24h", "1h1m1s1ms"]);
});

Deno.test("what is written is read as the same whole milliseconds", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e12 }), (duration) => {
      assert.equal(parseDuration(formatDuration(duration)), duration);
    }),
    { numRuns: 300, seed: 1 },
  );
});

Deno.test("any text is a duration of 0 or more, or none", () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(..."0123456789.hmsnuµ-+ e") }));
  fc.assert(
    fc.property(text, (some) => {
      const read = parseDuration(some);
      assert.ok(read === undefined || read >= 0);
    }),
    { numRuns: 500, seed: 1 },
  );
});
