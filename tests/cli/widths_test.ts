/** What the surroundings say of width, colours and detail, against the real program. */
import { equal, match, ok as truthy } from "node:assert/strict";
import { historyText } from "../../src/cli/state_view.ts";
import { etcha, programEnvironment, programWords } from "./program.ts";

Deno.test("COLUMNS says how wide help is; nonsense in it says nothing", async () => {
  const help = async (columns: string) =>
    (await etcha(["push", "--help"], { cwd: ".", env: { COLUMNS: columns } })).stdout;
  const widest = (text: string) => Math.max(...text.split("\n").map((line) => line.length));
  const [narrow, normal, wide] = [await help("50"), await help("80"), await help("200")];
  const lines = [narrow, normal, wide].map((text) => text.split("\n").length);
  truthy(lines[0]! > lines[1]! && lines[1]! > lines[2]!, lines.join());
  truthy(widest(normal) <= 80 && widest(wide) > 80);
  for (const nonsense of ["", "0", "-5", "wide", "1e9"]) equal(await help(nonsense), normal);
});

Deno.test("the history is cut to the width there is, and no further", () => {
  const run = {
    source: "a-source-with-a-rather-long-name",
    trigger: "push",
    startedAt: 0,
    durationMs: 1,
    keyId: "a-key-with-a-rather-long-name",
    address: "2001:db8:1234:5678:9abc:def0:1234:5678",
    tokenHash: "",
    changed: [],
    removed: [],
    error: "",
  } as const;
  truthy(historyText([run], 80).split("\n").every((line) => line.length <= 80));
  match(historyText([run], 80), /…/);
  truthy(!historyText([run], 200).includes("…"));
});

Deno.test("errors are coloured on a terminal, unless NO_COLOR, -n or a pipe says otherwise", async () => {
  const words = (flags: string) => [...programWords().map((word) => `'${word}'`), flags, "nope"].join(" ");
  const onTerminal = async (flags: string, env: Record<string, string>) => {
    const { stdout } = await new Deno.Command("script", {
      args: ["-qec", words(flags), "/dev/null"],
      env: { ...programEnvironment(), NO_COLOR: "", ...env },
      clearEnv: true,
      stdin: "null",
    }).output();
    return new TextDecoder().decode(stdout);
  };
  if (Deno.build.os !== "linux") return console.log("skipped: script(1) of util-linux is needed");
  truthy((await onTerminal("", {})).startsWith("\x1b[31mERROR\x1b[0m unknown command 'nope'"));
  for (
    const plain of [
      await onTerminal("", { NO_COLOR: "1" }),
      (await etcha(["nope"], { cwd: ".", env: { NO_COLOR: "" } })).stderr,
    ]
  ) {
    match(plain, /^ERROR unknown command 'nope'/);
  }
  match(await onTerminal("-n -x run_nope=1 show-config #", {}), /^ERROR/);
});

Deno.test("no stack trace reaches a user who did not ask for debug", async () => {
  // A temporary folder that is none is among the few things that nothing foresees.
  const args = ["local", `{id: 'x', always: true, change: '${"x".repeat(100_000)}'}`];
  const env = { TMPDIR: "/nowhere/at/all" };
  const plain = await etcha(args, { cwd: ".", env });
  equal(plain.code, 1);
  truthy(!/^\s+at /m.test(plain.stderr), plain.stderr);
});
