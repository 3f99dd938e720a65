import { equal, match, ok as truthy } from "node:assert/strict";
import { showProgress } from "../../src/cli/push_progress.ts";
import { pushAnswer } from "../../src/domain/push_answer.ts";
import { FakeTerminal } from "../fakes/fake_terminal.ts";

const DONE = { kind: "answered", answer: pushAnswer({}) } as const;
const FAILED = { kind: "answered", answer: pushAnswer({ err: "no" }) } as const;

/** The lines that a terminal shows after what was written to it: knows CUU and ED alone. */
function screen(text: string): readonly string[] {
  const lines: string[] = [];
  let row = 0;
  // deno-lint-ignore no-control-regex
  for (const [part, up] of text.matchAll(/\x1b\[(\d+)A|\x1b\[J|[^\x1b\n]*\n/g)) {
    if (up !== undefined) row -= Number(up);
    else if (part === "\x1b[J") lines.length = row;
    else lines[row++] = part.slice(0, -1);
  }
  return lines;
}

function live(): FakeTerminal {
  const terminal = new FakeTerminal();
  terminal.stderrIsTerminal = true;
  return terminal;
}

Deno.test("on a terminal each host has a line that changes in place, and none remains", () => {
  const terminal = live();
  {
    using shown = showProgress(["a", "long name"], terminal, {});
    equal(screen(terminal.stderr).join("|"), "a          waiting|long name  waiting");
    shown.update("a", "running");
    shown.update("long name", "running");
    shown.update("long name", FAILED);
    shown.update("a", DONE);
    equal(screen(terminal.stderr).join("|"), "a          done|long name  failed");
  }
  equal(screen(terminal.stderr).length, 0);
  equal(terminal.stdout, "");
});

Deno.test("many hosts share one line that counts; no line is wider than the terminal", () => {
  const terminal = live();
  const names = Array.from({ length: 100 }, (_, i) => `host${i}`);
  using shown = showProgress(names, terminal, {});
  shown.update("host1", "running");
  shown.update("host2", DONE);
  shown.update("host3", { kind: "unanswered" });
  shown.update("host4", { kind: "not-sent", why: "cancelled" });
  equal(screen(terminal.stderr).join("|"), "96 waiting, 1 running, 1 done, 1 unknown, 1 not sent");
  const wide = live();
  using _ = showProgress(["x".repeat(200)], wide, {});
  truthy(screen(wide.stderr).every((line) => line.length < 80));
});

Deno.test("elsewhere there is a plain line for each host that is through, when there are several", () => {
  for (const environment of [{}, { TERM: "dumb" }]) {
    const terminal = new FakeTerminal();
    terminal.stderrIsTerminal = "TERM" in environment;
    using shown = showProgress(["a", "b"], terminal, environment);
    shown.update("a", "running");
    shown.update("a", DONE);
    shown.update("b", FAILED);
    match(terminal.stderr, /^a: done\nb: failed\n$/);
  }
  const terminal = new FakeTerminal();
  using shown = showProgress(["a"], terminal, {});
  shown.update("a", DONE);
  equal(terminal.stderr, "");
});
