import { deepEqual, equal, ok } from "node:assert/strict";
import { ReportBuilder, whyText } from "../../src/engine/report.ts";
import { rendered } from "../fakes/simulated_source.ts";

const MARK = "[cut: the outputs of this run are too large together]";
const MIB = 1024 * 1024;
const [command, sensitive] = rendered([{ id: "a" }, { id: "b", sensitive: true }]);

function lengths(list: readonly { readonly output: string }[]): readonly number[] {
  return list.map(({ output }) => output.length);
}

Deno.test("a report keeps 6 Mi characters of outputs and 2 Mi of those of failures, then marks", () => {
  const report = new ReportBuilder("all");
  for (let i = 0; i < 4; i++) {
    report.acted("change", command!, ` ${"x".repeat(MIB)}\n`, { why: "always" });
    report.acted("remove", command!, "y".repeat(MIB), { why: "recorded" });
  }
  report.acted("change", command!, "", { why: "always" });
  for (let i = 0; i < 3; i++) report.fail("change", command!, "exited with 3", "z".repeat(MIB - 1));
  const { changed, removed, failures } = report.build([]);
  deepEqual(lengths(changed), [MIB, MIB, MIB, MARK.length, 0]);
  deepEqual(lengths(removed), [MIB, MIB, MIB, MARK.length]);
  equal(changed[3]?.output, MARK);
  deepEqual(lengths(failures), [MIB - 1, MIB - 1, 2 + 1 + MARK.length]);
  equal(failures[2]?.output, `zz\n${MARK}`);
});

Deno.test("an output is never cut inside a character", () => {
  const report = new ReportBuilder("all");
  report.fail("change", command!, "exited with 3", "x".repeat(2 * MIB - 1));
  report.fail("change", command!, "exited with 3", "😀");
  report.fail("change", command!, "exited with 3", "x");
  deepEqual(report.failures.slice(1).map(({ output }) => output), [MARK, MARK]);
});

Deno.test("where nobody waits for them, outputs are kept of failures alone; of sensitive commands never", () => {
  const report = new ReportBuilder("of-failures");
  report.acted("change", command!, "output", { why: "always" });
  report.fail("change", command!, "exited with 3", "reason");
  report.fail("change", sensitive!, "exited with 3", "secret");
  deepEqual([report.changed, report.failures].map((list) => list.map(({ output }) => output)), [[""], ["reason", ""]]);
  ok(!JSON.stringify(report.build([])).includes("secret"));
});

Deno.test("a reason names what left, what is replaced and what triggers", () => {
  equal(whyText({ why: "check-passed", departure: "left" }), "it left the pattern; its check passes");
  equal(whyText({ why: "recorded", departure: "replaced" }), "replaced by a new change; its change has run here");
  equal(whyText({ why: "triggered" }), "triggered by another command");
  equal(whyText({ why: "triggered", causes: ["a", "b", "c"] }), "triggered by a, b, c");
  equal(whyText({ why: "triggered", causes: ["a", "b", "c", "d", "e"] }), "triggered by a, b, c and 2 more");
});
