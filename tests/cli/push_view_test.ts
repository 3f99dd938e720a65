import { deepEqual, equal, ok as truthy } from "node:assert/strict";
import { viewText } from "../../src/cli/view.ts";
import type { HostResult } from "../../src/workflows/push_outcome.ts";
import { answered, result, UNREACHABLE } from "./push_results.ts";

function view(results: readonly HostResult[], output: "text" | "json" = "text"): string {
  return viewText({ kind: "pushed", mode: "change", output, results }, 80);
}

const RESULTS: readonly HostResult[] = [
  result("a", answered({ changedIDs: ["x"] })),
  result("b", answered({ changedIDs: ["x"] })),
  result("c", answered({})),
  result("d", answered({ err: "it broke" })),
  result("e", UNREACHABLE),
  result("f", { kind: "unanswered" }),
  result("g", { kind: "not-sent", why: "max-failures" }, { duration: 0 }),
];

Deno.test("below the results of several hosts a line counts them, and names those that did not succeed", () => {
  const lines = view(RESULTS).split("\n");
  equal(
    lines.at(-2),
    "7 hosts: 2 changed, 1 unchanged, 1 failed (d), 1 unreachable (e), 1 may be running (f), 1 not sent (g)",
  );
  deepEqual(lines.slice(0, 2), ["a:", "    Changed 1: x"]);
  equal(view(RESULTS.slice(0, 1)), "a:\n    Changed 1: x\n");
  const many = Array.from({ length: 12 }, (_, i) => result(`h${i}`, UNREACHABLE));
  equal(
    view(many).split("\n").at(-2),
    "12 hosts: 12 unreachable (h0, h1, h2, h3, h4, h5, h6, h7, h8, h9, 2 more)",
  );
});

Deno.test("for programs each result says the same in a word, and how long it took", () => {
  const values = JSON.parse(view(RESULTS, "json")) as { outcome: string; status: string; seconds: number }[];
  deepEqual(values.map(({ outcome, status, seconds }) => [outcome, status, seconds]), [
    ["changed", "answered", 0.3],
    ["changed", "answered", 0.3],
    ["unchanged", "answered", 0.3],
    ["failed", "failed", 0.3],
    ["unreachable", "failed", 0.3],
    ["unanswered", "unanswered", 0.3],
    ["not-sent", "not-sent", 0],
  ]);
});

Deno.test("what hosts answer can't steer the terminal", () => {
  const outcomes = [
    answered({ changedIDs: ["\x1b[2J"], changedOutputs: ["\x9b2J\u202e"] }),
    answered({ err: "\x1b]0;x\x07" }),
  ];
  for (const kind of ["pattern", "command"] as const) {
    for (const output of ["text", "json"] as const) {
      const text = view(outcomes.map((outcome) => result("web\x1b1", outcome, { kind })), output);
      // deno-lint-ignore no-control-regex
      truthy(!/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/.test(text), JSON.stringify(text));
      if (output === "json") equal(JSON.parse(text)[0].target, "web\x1b1");
    }
  }
});

Deno.test("what a host would do and why is read from its answer", () => {
  const outcome = answered({
    check: true,
    changedIDs: ["a"],
    changedOutputs: ["its check fails\n-x\n+y"],
    removedIDs: ["b"],
    removedOutputs: ["it left the pattern; its check passes"],
  });
  equal(
    view([result("web", outcome)]),
    "web:\n    Would change 1: a\n        a: its check fails\n          -x\n          +y\n" +
      "    Would remove 1: b\n        b: it left the pattern; its check passes\n",
  );
});
