import { equal } from "node:assert/strict";
import { type Summary, summaryText } from "../../src/cli/summary_view.ts";

const done = (id: string, why = "", output = "") => ({ id, why, output });

function summary(part: Partial<Summary>): string {
  return summaryText({ mode: "change", changed: [], removed: [], noneChosen: false, errors: [], ...part });
}

Deno.test("a summary has one line each for changes, removals and errors", () => {
  equal(
    summary({ changed: [done("a"), done("b")], removed: [done("c")] }),
    "    Changed 2: a, b\n    Removed 1: c\n",
  );
  equal(summary({}), "    No changes\n");
  equal(summary({ noneChosen: true }), "    No command matches the filter\n");
  equal(summary({ noneChosen: true, errors: ["x"] }), "    ERROR: x\n");
  equal(
    summary({ errors: ["it broke:\n  why\n", "so did this"] }),
    "    ERROR: it broke:\n        why\n    ERROR: so did this\n",
  );
  equal(
    summary({ mode: "check", changed: [done("a", "always")], removed: [done("b")] }),
    "    Would change 1: a\n        a: always\n    Would remove 1: b\n",
  );
});

Deno.test("a plan shows what a check has printed below the reason, up to 20 lines of it", () => {
  const lines = (count: number) => Array.from({ length: count }, (_, i) => `+${i + 1}`).join("\n");
  const plan = (output: string) => summary({ mode: "check", changed: [done("a", "its check fails", output)] });
  equal(plan("-old\n+new"), "    Would change 1: a\n        a: its check fails\n          -old\n          +new\n");
  equal(plan(lines(21)).split("\n").at(-2), "          +21");
  equal(
    plan(lines(22)).split("\n").slice(-3).join("\n"),
    "          +20\n          … 2 lines more, all of them with --json\n",
  );
});
