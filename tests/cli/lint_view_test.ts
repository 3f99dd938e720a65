import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import fc from "fast-check";
import { findingsGithub, findingsText } from "../../src/cli/lint_view.ts";
import type { Finding } from "../../src/domain/finding.ts";

const finding = fc.record({
  file: fc.string({ unit: "grapheme-composite" }),
  line: fc.nat(),
  column: fc.nat(),
  severity: fc.constantFrom("error", "warning"),
  rule: fc.string(),
  message: fc.string({ unit: "binary" }),
}) satisfies fc.Arbitrary<Finding>;

Deno.test("whatever a finding says, it stays one workflow command, and the runner reads its parts back", () => {
  const decoded = (text: string) =>
    text.replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%0A", "\n").replaceAll("%0D", "\r")
      .replaceAll("%25", "%");
  fc.assert(
    fc.property(fc.array(finding, { maxLength: 5 }), (findings) => {
      const lines = findingsGithub({ files: 1, findings, fixed: [] }).split("\n");
      equal(lines.pop(), "");
      equal(lines.length, findings.length);
      for (const [i, line] of lines.entries()) {
        const { severity, rule } = findings[i]!;
        const parts = /^::(error|warning) file=([^:,]*),line=\d+,col=\d+,title=([^:,]*)::(.*)$/s.exec(line);
        truthy(parts !== null, line);
        equal(parts[1], severity);
        if (/^[\x20-\x7e]*$/.test(rule)) equal(decoded(parts[3]!), rule);
      }
    }),
    { numRuns: 300, seed: 4 },
  );
});

Deno.test("nothing that a finding says steers the terminal", () => {
  fc.assert(
    fc.property(fc.array(finding, { maxLength: 3 }), (findings) => {
      // deno-lint-ignore no-control-regex
      truthy(!/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]/.test(findingsText({ files: 1, findings, fixed: [] })));
    }),
    { numRuns: 300, seed: 4 },
  );
});

Deno.test("findings in text: warnings marked, details indented, numbers in words", () => {
  const one: Finding = { file: "a", line: 1, column: 2, severity: "error", rule: "r", message: "m", detail: "x\ny\n" };
  const text = findingsText({
    files: 2,
    findings: [one, { file: "b", line: 3, column: 4, severity: "warning", rule: "s", message: "n" }],
    fixed: ["c"],
  });
  deepEqual(text.split("\n"), [
    "formatted c",
    "a:1:2: m (r)",
    "    x",
    "    y",
    "b:3:4: warning: n (s)",
    "2 files: 1 error, 1 warning",
    "",
  ]);
  match(findingsText({ files: 1, findings: [], fixed: [] }), /^1 file: no findings\n$/);
});
