import { deepEqual, equal, ok as truthy } from "node:assert/strict";
import { showProgress } from "../../src/cli/push_progress.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { FakeTerminal } from "../fakes/fake_terminal.ts";
import { answered, result, UNREACHABLE } from "./push_results.ts";

/** The lines that a terminal shows after what was written to it: knows CUU, EL and colors alone. */
function screen(text: string): readonly string[] {
  const lines: string[] = [];
  let row = 0;
  // deno-lint-ignore no-control-regex
  for (const [, up, line] of text.replace(/\x1b\[\d+m/g, "").matchAll(/\x1b\[(\d+)A|([^\x1b\n]*)\x1b\[K\n/g)) {
    if (line === undefined) row -= Number(up);
    else lines[row++] = line;
  }
  while (lines.at(-1) === "") lines.pop();
  return lines;
}

function watch(names: readonly string[], more: { readonly colors?: "colors"; readonly TERM?: string } = {}) {
  const terminal = new FakeTerminal();
  terminal.stderrIsTerminal = true;
  const clock = new FakeClock();
  const environment = more.TERM === undefined ? {} : { TERM: more.TERM };
  const shown = showProgress(names, { terminal, environment, clock, colors: more.colors ?? "plain" });
  return {
    terminal,
    clock,
    shown,
    lines: () => screen(terminal.stderr),
    [Symbol.dispose]: () => shown[Symbol.dispose](),
  };
}

Deno.test("on a terminal each host has a line with state, time and result that changes in place; none remains", async () => {
  using watched = watch(["a", "long name"]);
  const { terminal, clock, shown, lines } = watched;
  deepEqual(lines(), ["a          waiting", "long name  waiting"]);
  shown.update("a", "connecting");
  shown.update("a", "running");
  await clock.advance(2500);
  deepEqual(lines(), ["a          running        2.0s", "long name  waiting"]);
  shown.update("long name", "running");
  shown.update("a", result("a", answered({ changedIDs: ["x", "y"], removedIDs: ["z"] }), { duration: 125_000 }));
  shown.update("long name", result("long name", UNREACHABLE));
  deepEqual(lines(), [
    "a          done           2m5s  2 changed, 1 removed",
    "long name  unreachable    0.3s  h:1: connection refused",
  ]);
  shown[Symbol.dispose]();
  deepEqual([lines().length, terminal.stdout, clock.sleeping], [0, "", 0]);
});

Deno.test("the result is one short line, whatever hosts answer", () => {
  using watched = watch(["a", "b", "c", "d", "e", "f"]);
  const { shown, lines } = watched;
  shown.update("a", result("a", answered({ check: true, changedIDs: ["x"] })));
  shown.update("b", result("b", answered({})));
  shown.update(
    "c",
    result("c", answered({ changedIDs: ["c"], changedOutputs: ["one\x1b[2J\ttwo\nthree"] }), { kind: "command" }),
  );
  shown.update("d", result("d", answered({ err: "失敗".repeat(60) })));
  shown.update("e", result("e", { kind: "unanswered" }));
  shown.update("f", result("f", { kind: "not-sent", why: "cancelled" }, { duration: 0 }));
  deepEqual(lines().map((line) => line.slice(0, 55)), [
    "a  done           0.3s  1 to change",
    "b  done           0.3s  no changes",
    "c  done           0.3s  one\\u001b[2J two",
    `d  failed         0.3s  ${"失敗".repeat(13)}失`,
    "e  unknown        0.3s  sent, and not waited for: the h",
    "f  not sent",
  ]);
});

Deno.test("many hosts share a line that counts, above what went wrong and what takes longest", async () => {
  const names = Array.from({ length: 40 }, (_, i) => `host${i}`);
  using watched = watch(names);
  const { terminal, clock, shown, lines } = watched;
  for (const name of names.slice(0, 20)) {
    shown.update(name, "running");
    await clock.advance(100);
  }
  for (const name of names.slice(0, 6)) shown.update(name, result(name, answered({})));
  shown.update("host6", result("host6", answered({ err: "it broke" }), { duration: 1400 }));
  deepEqual(lines().map((line) => line.trim()), [
    "40 hosts, 2.0s: 6 done, 1 failed, 13 running, 20 waiting",
    "host6   failed         1.4s  it broke",
    ...[7, 8, 9].map((i) => `host${i}   running        ${(2 - i / 10).toFixed(1)}s`),
    ...[10, 11, 12, 13].map((i) => `host${i}  running        ${(2 - i / 10).toFixed(1)}s`),
  ]);
  terminal.size = { columns: 40, rows: 4 };
  using narrow = showProgress(names, { terminal, environment: {}, clock, colors: "plain" });
  terminal.stderr = "";
  narrow.update("host20", "connecting");
  truthy(
    terminal.stderr.endsWith("40 hosts, 0.0s: 1 running, 39 waiting\x1b[K\nhost20  connecting\x1b[K\n"),
    JSON.stringify(terminal.stderr),
  );
  terminal.size = { columns: 30, rows: 4 };
  narrow.update("host21", "connecting");
  truthy(terminal.stderr.includes("40 hosts, 0.0s: 2 running,\x1b[K\n  38 waiting\x1b[K\n"), terminal.stderr);
});

Deno.test("no line is wider than the screen, none more than it has, and a narrower one is cleared as it wraps", () => {
  using watched = watch(["x".repeat(200), "y"], { colors: "colors" });
  const { terminal, shown, lines } = watched;
  shown.update("y", result("y", UNREACHABLE));
  truthy(lines().every((line) => line.length < 80), lines().join("\n"));
  // deno-lint-ignore no-control-regex
  truthy(/\x1b\[31munreachable\x1b\[0m/.test(terminal.stderr), JSON.stringify(terminal.stderr));
  terminal.size = { columns: 30, rows: 3 };
  const wrapped = lines().reduce((sum, line) => sum + Math.ceil(line.length / 30), 0);
  terminal.stderr = "";
  shown.update("y", "running");
  truthy(terminal.stderr.startsWith(`\x1b[${wrapped}A`), JSON.stringify(terminal.stderr));
  const after = terminal.stderr.slice(terminal.stderr.indexOf("A") + 1);
  deepEqual(screen(after).map((line) => line.length < 30), [true]);
});

Deno.test("elsewhere there is a plain line for each host that is through, when there are several", () => {
  for (const more of [{ stderrIsTerminal: false }, { stderrIsTerminal: true, TERM: "dumb" }]) {
    const terminal = new FakeTerminal();
    terminal.stderrIsTerminal = more.stderrIsTerminal;
    const means = {
      terminal,
      environment: { TERM: more.TERM ?? "xterm" },
      clock: new FakeClock(),
      colors: "colors",
    } as const;
    using shown = showProgress(["a", "b"], means);
    shown.update("a", "running");
    shown.update("a", result("a", answered({ changedIDs: ["x"] })));
    shown.update("b", result("b", answered({ err: "no\nmore" })));
    equal(terminal.stderr, "a: done (0.3s): 1 changed\nb: failed (0.3s): no\n");
    terminal.stderr = "";
    using alone = showProgress(["a"], means);
    alone.update("a", result("a", answered({})));
    equal(terminal.stderr, "");
  }
});
