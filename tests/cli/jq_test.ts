import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { until } from "./agent.ts";
import { programEnvironment, programWords } from "./program.ts";

interface Case {
  readonly args: readonly string[];
  readonly input: string;
  readonly out?: string;
  readonly err?: RegExp;
  readonly code?: 1 | 2;
}

const CASES: readonly Case[] = [
  { args: [], input: '{"b":1.000,"a":"é"}', out: '{\n  "b": 1.000,\n  "a": "é"\n}\n' },
  { args: [".a"], input: '{"a":1} {"a":[]}\n{"a":null}', out: "1\n[]\nnull\n" },
  { args: ["-r", ".[]"], input: '["x\\ty",1]', out: "x\ty\n1\n" },
  { args: ["."], input: "", out: "" },
  {
    args: ["-r", '"aab"|gsub("a+(?<x>b)";"\\(.x)!"), (0|todate), ("x"|@base64), $ENV.PLACE'],
    input: "1",
    out: "b!\n1970-01-01T00:00:00Z\neA==\nhere\n",
  },
  {
    args: ["reduce .[] as $x (0; . + $x), (. as [$a] | $a), (try error catch .)|tojson"],
    input: "[1,2]",
    out: '"3"\n"1"\n"[1,2]"\n',
  },
  { args: ["-r", "-r", "--", "-1"], input: "0", out: "-1\n" },
  { args: ["., debug"], input: "1", out: "1\n1\n", err: /^\["DEBUG:",1\]\n$/ },
  { args: ["limit(3;repeat(7))"], input: "0", out: "7\n7\n7\n" },
  {
    args: [".a"],
    input: '{"a":1} [1] {"a":3}',
    out: "1\n3\n",
    code: 1,
    err: /^ERROR query: .*Cannot index array with string "a"\n$/,
  },
  { args: ["."], input: "[1] {", out: "[\n  1\n]\n", code: 1, err: /^ERROR query: .*Unfinished JSON term.*\n$/ },
  { args: [".["], input: "1", code: 1, err: /^ERROR query: syntax error, unexpected end of file[^\n]*\n {2}\.\[\n$/ },
  { args: ["foo, bar(1)"], input: "1", code: 1, err: /foo\/0 is not defined[^]*ERROR query: bar\/1 is not defined/ },
  { args: ['"bye\\n"|halt_error(3)'], input: "1", code: 1, err: /^bye\nERROR query: / },
  { args: ['import "x" as x; 1'], input: "1", code: 1, err: /^ERROR query: module not found: x/ },
  { args: ["[range(1e9)]|length"], input: "1", code: 1, err: /^ERROR query: jq gave up: it needs more memory/ },
  { args: [".a", ".b"], input: "1", code: 2, err: /too many arguments/ },
  { args: ["--nope"], input: "1", code: 2, err: /unknown flag '--nope'/ },
];

Deno.test("jq answers as jq does, and fails with 1", async (t) => {
  for (const { args, input, out = "", err = /^$/, code = 0 } of CASES) {
    await t.step(args.join(" "), async () => {
      const ran = await jq(args, input);
      deepEqual([ran.code, ran.stdout], [code, out], ran.stderr);
      match(ran.stderr, err);
    });
  }
});

Deno.test("jq reads and writes a large input in linear time", async () => {
  const value = { list: Array.from({ length: 60_000 }, (_, i) => ({ number: i, text: "ü".repeat(10) })) };
  const ran = await jq([], JSON.stringify(value));
  equal(ran.code, 0, ran.stderr);
  deepEqual(JSON.parse(ran.stdout), value);
  truthy(ran.stdout.length > 3_000_000);
});

Deno.test("a query without end is ended by a reader that goes away, and by a signal", async () => {
  const words = programWords().map((word) => `'${word}'`).join(" ");
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", `echo 1 | ${words} jq 'repeat(.)' | head -1; echo "\${PIPESTATUS[1]}"`],
    env: programEnvironment(),
    clearEnv: true,
    stdin: "null",
  }).output();
  deepEqual([new TextDecoder().decode(stdout), new TextDecoder().decode(stderr)], ["1\n0\n", ""]);
  const [program, ...before] = programWords();
  await using child = new Deno.Command(program, {
    args: [...before, "jq", "last(repeat(1))"],
    env: programEnvironment(),
    clearEnv: true,
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("1"));
  await writer.close();
  await until(() => listensToSignals(child.pid), () => "the program does not begin");
  child.kill("SIGINT");
  equal((await child.status).code, 130);
});

/** Whether SIGINT is caught (proc(5): SigCgt, bit 1). */
function listensToSignals(pid: number): boolean {
  if (Deno.build.os !== "linux") return true;
  const caught = /SigCgt:\s*([0-9a-f]+)/.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1] ?? "0";
  return (BigInt(`0x${caught}`) & 2n) !== 0n;
}

async function jq(args: readonly string[], input: string) {
  const [program, ...before] = programWords();
  const child = new Deno.Command(program, {
    args: [...before, "jq", ...args],
    env: programEnvironment({ PLACE: "here" }),
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = child.output();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input)).then(() => writer.close()).catch((error) => {
    // It may end without reading.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  });
  const { code, stdout, stderr } = await output;
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}
