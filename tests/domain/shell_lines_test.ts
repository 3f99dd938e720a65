import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { LineReader, parseShellLine, type ShellLine, shellLine } from "../../src/domain/shell_lines.ts";

const bytes = fc.uint8Array({ maxLength: 200 }).map((data) => new Uint8Array(data));
const line: fc.Arbitrary<ShellLine> = fc.oneof(
  bytes.map((data) => ({ kind: "output" as const, data })),
  bytes.map((padding) => ({ kind: "alive" as const, padding })),
  fc.integer({ min: 0, max: 255 }).map((code) => ({ kind: "exited" as const, code })),
  fc.string({ unit: "grapheme" }).map((why) => ({ kind: "ended" as const, why })),
);

Deno.test("shell lines: what is written is read again, in whatever pieces it comes", () => {
  fc.assert(fc.property(fc.array(line, { maxLength: 8 }), fc.array(fc.nat(60)), (lines, cuts) => {
    const sent = new TextEncoder().encode(lines.map(shellLine).join(""));
    const reader = new LineReader();
    const read: string[] = [];
    let at = 0;
    for (const cut of [...cuts, sent.length]) {
      read.push(...reader.take(sent.subarray(at, at + cut)) ?? []);
      at += cut;
    }
    deepEqual(read.map(parseShellLine), lines);
  }));
});

Deno.test("shell lines: anything else is none", () => {
  for (const text of ["", "x", "x256", "x-1", "x7 ", "o*", "oA", "y", "<html>", "q7"]) {
    equal(parseShellLine(text), undefined, text);
  }
  const reader = new LineReader();
  const part = new Uint8Array(100_000).fill(97);
  deepEqual([reader.take(part), reader.take(part), reader.take(part)], [[], [], undefined]);
});
