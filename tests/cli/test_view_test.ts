import { equal, ok as truthy } from "node:assert/strict";
import fc from "fast-check";
import { testedJunit } from "../../src/cli/test_view.ts";
import type { PatternResult } from "../../src/workflows/test_patterns.ts";

const text = fc.string({ unit: "binary", maxLength: 20 });
const result: fc.Arbitrary<PatternResult> = fc.record({
  pattern: text,
  status: fc.constantFrom("passed", "failed", "skipped"),
  duration: fc.nat(),
  steps: fc.array(
    fc.record({
      step: text,
      duration: fc.nat(),
      failures: fc.array(fc.record({ code: text, command: text, message: text, output: text }), { maxLength: 2 }),
    }),
    { maxLength: 3 },
  ),
});

Deno.test("JUnit XML is well-formed and counts what it holds, whatever commands print", () => {
  fc.assert(
    fc.property(fc.array(result, { maxLength: 4 }), (results) => {
      const xml = testedJunit(results);
      // XML 1.0, section 2.2: the characters that a document may have.
      truthy(/^[\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u.test(xml));
      truthy(!/[\x7f-\x9f]/.test(xml));
      const open: string[] = [];
      const rest = xml.replace(/^<\?xml [^>]*\?>/, "").replace(
        /<(\/?)(\w+)((?: \w+="[^"<>]*")*)(\/?)>/g,
        (_, closing: string, name: string, _attributes: string, empty: string) => {
          if (closing !== "") equal(open.pop(), name);
          else if (empty === "") open.push(name);
          return "";
        },
      );
      equal(open.length, 0);
      truthy(!/[<>]/.test(rest), rest);
      truthy(!/&(?!(amp|lt|gt|quot);)/.test(xml));
      const [, tests, failures] = /<testsuites name="etcha test" tests="(\d+)" failures="(\d+)"/.exec(xml)!;
      equal(xml.split("<testcase ").length - 1, Number(tests));
      equal(xml.split(/<testcase [^>]*[^/>]>\s*<failure /).length - 1, Number(failures));
    }),
    { numRuns: 200, seed: 4 },
  );
});
