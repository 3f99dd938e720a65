import { deepEqual } from "node:assert/strict";
import fc from "fast-check";
import { parseOsRelease } from "../../src/domain/os_release.ts";

Deno.test("os-release: quotes, escapes, and what is no assignment", () => {
  const cases: readonly (readonly [string, Record<string, string>])[] = [
    ["ID=debian\n", { ID: "debian" }],
    [`NAME="Debian GNU/Linux"`, { NAME: "Debian GNU/Linux" }],
    ["NAME='it \\ is'", { NAME: "it \\ is" }],
    [`A="say \\"hi\\" for \\$5 \\\\ \\n"`, { A: `say "hi" for $5 \\ \\n` }],
    ["A=two\\ words", { A: "two words" }],
    ["A=\nB=''\nC=\"\"", { A: "", B: "", C: "" }],
    ["# A=1\n\n B=2 \nno assignment\n=3\n1A=4", { B: "2" }],
    ["A=1\r\nA=2\r\n", { A: "2" }],
    ["toString=1", { toString: "1" }],
    [`A="open`, { A: `"open` }],
  ];
  for (const [text, found] of cases) deepEqual(Object.fromEntries(parseOsRelease(text)), found, text);
});

Deno.test("os-release: what was quoted comes back", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[ -~]{0,20}$/), (value) => {
      const quoted = `"${value.replace(/[$"\\`]/g, "\\$&")}"`;
      deepEqual(parseOsRelease(`X=${quoted}`).get("X"), value);
    }),
    { seed: 1, numRuns: 200 },
  );
});
