import { equal, ok as truthy } from "node:assert/strict";
import { type Summary, summaryText } from "../../src/cli/summary_view.ts";
import { viewText } from "../../src/cli/view.ts";
import { ok } from "../../src/domain/problem.ts";
import { pushAnswer } from "../../src/domain/push_answer.ts";
import { bareTarget } from "../../src/domain/target.ts";
import type { HostOutcome } from "../../src/workflows/push.ts";

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

Deno.test("what a host would do and why is read from its answer", () => {
  const answer = pushAnswer({
    check: true,
    changedIDs: ["a"],
    changedOutputs: ["its check fails\n-x\n+y"],
    removedIDs: ["b"],
    removedOutputs: ["it left the pattern; its check passes"],
  });
  const parcel = {
    target: bareTarget("web"),
    what: "x",
    kind: "pattern" as const,
    token: () => Promise.resolve(ok("t")),
  };
  const results = [{ parcel, outcome: { kind: "answered" as const, answer } }];
  equal(
    viewText({ kind: "pushed", mode: "change", output: "text", results }, 80),
    "web:\n    Would change 1: a\n        a: its check fails\n          -x\n          +y\n" +
      "    Would remove 1: b\n        b: it left the pattern; its check passes\n",
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
