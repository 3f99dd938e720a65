import { equal, ok as truthy } from "node:assert/strict";
import { summaryText } from "../../src/cli/summary_view.ts";
import { viewText } from "../../src/cli/view.ts";
import { ok } from "../../src/domain/problem.ts";
import { pushAnswer } from "../../src/domain/push_answer.ts";
import { bareTarget } from "../../src/domain/target.ts";
import type { HostOutcome } from "../../src/workflows/push.ts";

const done = (id: string, why = "") => ({ id, why });

Deno.test("a summary has one line each for changes, removals and errors", () => {
  equal(
    summaryText({ mode: "change", changed: [done("a"), done("b")], removed: [done("c")], errors: [] }),
    "    Changed 2: a, b\n    Removed 1: c\n",
  );
  equal(summaryText({ mode: "change", changed: [], removed: [], errors: [] }), "    No changes\n");
  equal(
    summaryText({ mode: "change", changed: [], removed: [], errors: ["it broke:\n  why\n", "so did this"] }),
    "    ERROR: it broke:\n        why\n    ERROR: so did this\n",
  );
  equal(
    summaryText({ mode: "check", changed: [done("a", "always")], removed: [done("b")], errors: [] }),
    "    Would change 1: a\n        a: always\n    Would remove 1: b\n",
  );
});

Deno.test("what hosts answer can't steer the terminal", () => {
  const target = bareTarget("web\x1b1");
  const outcomes: readonly HostOutcome[] = [
    { kind: "answered", answer: pushAnswer({ changedIDs: ["\x1b[2J"], changedOutputs: ["\x9b2J\u202e"] }) },
    { kind: "answered", answer: pushAnswer({ err: "\x1b]0;x\x07" }) },
  ];
  for (const kind of ["pattern", "command"] as const) {
    for (const output of ["text", "json"] as const) {
      const results = outcomes.map((outcome) => ({
        parcel: { target, what: "x", kind, token: () => Promise.resolve(ok("t")) },
        outcome,
      }));
      const text = viewText({ kind: "pushed", mode: "change", output, results }, 80);
      // deno-lint-ignore no-control-regex
      truthy(!/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/.test(text), JSON.stringify(text));
      if (output === "json") equal(JSON.parse(text)[0].target, "web\x1b1");
    }
  }
});
