import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { historyText, statusJson, statusText } from "../../src/cli/state_view.ts";
import type { RunRecord } from "../../src/domain/state.ts";
import type { SourceStatus } from "../../src/workflows/status.ts";
import { rendered } from "../fakes/simulated_source.ts";

const RUN: RunRecord = {
  source: "core",
  startedAt: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  durationMs: 1234,
  trigger: "push",
  keyId: "alice",
  address: "127.0.0.1",
  tokenHash: "ab".repeat(32),
  changed: ["a", "b"],
  removed: [],
  error: "",
};

Deno.test("a table of runs fits 80 columns, whatever the names", () => {
  equal(
    historyText([RUN], 80),
    "WHEN                 SOURCE TRIGGER KEY   ADDRESS   CHG REM RESULT TIME\n" +
      "2026-01-02T03:04:05Z core   push    alice 127.0.0.1 2   0   ok     1s234ms\n" +
      "  changed: a, b\n",
  );
  const long = { ...RUN, source: "s".repeat(40), keyId: "k".repeat(128), address: "fd00:1234:5678:9abc:def0::7" };
  const text = historyText([RUN, { ...long, error: "first\nsecond" }], 80);
  const lines = text.split("\n");
  truthy(lines.every((line) => line.length <= 80), text);
  match(text, /s…[^\n]* failed [^\n]*\n {2}changed: a, b\n {2}first\n {2}second\n$/);
  equal(historyText([], 80), "nothing was run yet\n");
});

const [gone, replaced, kept] = rendered([
  { id: "gone", change: "secret text", remove: "x" },
  { id: "replaced", change: "y" },
  { id: "kept", change: "z" },
]);

const STATUS: SourceStatus = {
  toForget: [],
  name: "core",
  configured: true,
  lastRun: { ...RUN, error: "it broke" },
  state: {
    accepted: { tokenHash: "cd".repeat(32), keyId: "alice", at: RUN.startedAt },
    entries: [
      { key: 1, command: gone!, outcome: "changed", departed: { tries: 2, started: false } },
      { key: 2, command: replaced!, outcome: "started" },
      { key: 3, command: kept! },
    ],
    reactions: [
      { id: 4, action: { do: "change", key: 3 }, causeKey: 2, causeId: "replaced", interruptions: 1 },
      {
        id: 5,
        action: { do: "event", name: "exit", commandId: "kept", output: "" },
        causeKey: 3,
        causeId: "kept",
        interruptions: 0,
      },
    ],
    newest: {},
    nextKey: 6,
  },
};

Deno.test("a status tells what is wanted, what went wrong and what is owed", () => {
  equal(
    statusText([STATUS]),
    `core
  pattern     cdcdcdcdcdcd by key alice, since 2026-01-02T03:04:05Z
  last run    push at 2026-01-02T03:04:05Z, 1s234ms: 2 changed, failed
  last error  it broke
  commands    begun       replaced
                          kept
  to remove   gone (failed 2 times)
  due         change of kept, by replaced (interrupted once)
              event exit, by kept
`,
  );
  equal(statusText([]), "no source is configured, and none is remembered\n");
});

Deno.test("a status tells of a pause, of the next try and of what is to be forgotten", () => {
  const state = { ...STATUS.state, entries: STATUS.state.entries.slice(0, 1), reactions: [] };
  const at = RUN.startedAt + 10_000;
  const shown = (more: Partial<SourceStatus>) =>
    statusText([{ ...STATUS, state, toForget: [1, 99], nextTry: at, ...more }]).split("\n").filter((line) =>
      /paused|next try|to forget/.test(line)
    );
  deepEqual(shown({}), ["  next try    2026-01-02T03:04:15Z", "  to forget   gone"]);
  deepEqual(shown({ pause: { since: RUN.startedAt } }).slice(0, 2), [
    "  paused      since 2026-01-02T03:04:05Z, until it is resumed",
    "  next try    when it is resumed",
  ]);
  deepEqual(shown({ pause: { since: RUN.startedAt, until: at + 60_000 } }).slice(0, 2), [
    "  paused      since 2026-01-02T03:04:05Z, until 2026-01-02T03:05:15Z",
    "  next try    2026-01-02T03:05:15Z",
  ]);
  const [json] = statusJson([{ ...STATUS, state, toForget: [1, 99], nextTry: at }]) as Record<string, unknown>[];
  deepEqual([json!.paused, json!.nextTry, json!.toForget], [null, "2026-01-02T03:04:15.678Z", [{
    id: "gone",
    groups: [],
  }]]);
});

Deno.test("what failed in an earlier run is not told as failing now", () => {
  const entries = [{ key: 2, command: replaced!, outcome: "failed" as const }];
  const state = { ...STATUS.state, entries, reactions: [] };
  match(statusText([{ ...STATUS, state }]), /^ {2}commands {4}failed {6}replaced$/m);
  match(statusText([{ ...STATUS, state, lastRun: RUN }]), /^ {2}commands {4}failed before replaced$/m);
});

Deno.test("what a run changed and removed stands below it as long as it fits a line", () => {
  equal(
    historyText([{ ...RUN, changed: [], removed: ["old", "\u001b[2J"] }], 80).split("\n").slice(2).join("\n"),
    "  removed: old, \\u001b[2J\n",
  );
  const many = Array.from({ length: 40 }, (_, i) => `command ${i}`);
  equal(historyText([{ ...RUN, changed: many }], 80).split("\n").length, 3);
});

Deno.test("a status for programs holds no text of a command", () => {
  const text = JSON.stringify(statusJson([STATUS]));
  truthy(!text.includes("secret text"), text);
  match(text, /"toRemove":\[\{"id":"gone","groups":\[\],"outcome":"changed","tries":2\}\]/);
});
