import { equal, ok as truthy } from "node:assert/strict";
import { problemsView, viewText } from "../../src/cli/view.ts";

Deno.test("results end with a line break", () => {
  equal(viewText({ kind: "json", value: { a: [1] } }, 80), '{\n  "a": [\n    1\n  ]\n}\n');
  equal(viewText({ kind: "text", text: "1.2.3" }, 80), "1.2.3\n");
  equal(viewText({ kind: "project", written: ["a", "b/"], kept: ["c"] }, 80), "wrote a\nwrote b/\nkept c\n");
});

Deno.test("problems are marked, in colour only where it is wanted", () => {
  const problem = { code: "x", attempted: "try", found: "no", where: "here", hint: "yes" };
  equal(problemsView([problem, problem], "plain"), "ERROR here: try: no\n  hint: yes\n".repeat(2));
  equal(problemsView([problem], "colors"), "\x1b[31mERROR\x1b[0m here: try: no\n  hint: yes\n");
  equal(problemsView([], "colors"), "");
});

Deno.test("what a problem quotes can't steer the terminal", () => {
  const text = problemsView([{ code: "x", attempted: "", found: "a\x1b]0;title\x07b\u202ec\td" }], "plain");
  equal(text, "ERROR a\\u001b]0;title\\u0007b\\u202ec\td\n");
  truthy(!text.includes("\x1b"));
});
