import { deepEqual, equal, match } from "node:assert/strict";
import fc from "fast-check";
import type { Exec } from "../../src/domain/exec.ts";
import { createHost } from "../../src/host/deno/host.ts";
import { runScript } from "../../src/workflows/run_script.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { Folder } from "../cli/folder.ts";

const host = createHost(new URL("../../src/main.ts", import.meta.url).href);
const means = { ...host, environment: { ...host.environment, NAME: "resolved" }, shell: ["sh", "-e", "-c"] as const };
const never = new AbortController().signal;

async function run(words: readonly string[], exec: Partial<Exec> = {}, more: object = {}) {
  const request = { script: words, variables: {}, outputLimit: 1024 * 1024, ...more };
  return await runScript({ env: {}, envInherit: true, ...exec }, request, means, never);
}

/** Whatever a word may hold: the kernel takes no NUL, and half a character is none in UTF-8. */
const hostile = fc.oneof(
  fc.constantFrom(...["", " ", "'", '"', "\\", "\n", "-e", "~", "*", "#", "!", "é", "🙂", "${NAME}", "$(id)", "`id`"]),
  fc.constantFrom(...["'; touch pwned; '", "\\'; touch pwned; #", "a\\", "$NAME", "&&", "|", ">pwned", "%s", "a'b'c"]),
  fc.string({ unit: "binary", maxLength: 20 }).map((text) => text.replaceAll("\0", "")),
);

const EXECS: readonly Partial<Exec>[] = [
  {},
  { command: "" },
  { command: "sh -c" },
  // Not plain shells: they get a text.
  { command: "env sh -c" },
  { command: "env bash -e -c" },
  { command: "env dash -ec" },
  { command: "nice bash -c" },
];

Deno.test("no word is ever interpreted, whoever runs it", async () => {
  await using folder = await Folder.make();
  await fc.assert(
    fc.asyncProperty(
      fc.array(hostile, { minLength: 1, maxLength: 12 }),
      fc.constantFrom(...EXECS),
      async (words, exec) => {
        const result = await run(["printf", "%s\\0", ...words], { ...exec, workDir: folder.path });
        deepEqual(result, { kind: "exited", code: 0, output: words.map((word) => `${word}\0`).join("") });
      },
    ),
    { numRuns: 80, seed: 6 },
  );
  deepEqual(folder.list("."), []);
});

Deno.test("words have the exec's folder and environment, standard input, exit code and joined output", async () => {
  await using folder = await Folder.make();
  const script = 'cat; echo "$A $B $PWD" >&2; echo out; exit 3';
  const exec = { workDir: folder.path, env: { A: "1" } };
  const result = await run(["sh", "-c", script], exec, { stdin: "in ", variables: { B: "2" } });
  deepEqual(result, { kind: "exited", code: 3, output: `in 1 2 ${folder.path}\nout\n` });
  equal((await run(["sleep", "60"], {}, { timeout: 50 })).kind, "timed-out");
  const missing = await run(["no-such-program-anywhere"]);
  match(missing.kind === "not-started" ? missing.reason : missing.kind, /program "no-such-program-anywhere" not found/);
});

Deno.test("a resource runs in this process: with the exec's folder, standard input and time, and as much output", async () => {
  await using folder = await Folder.make();
  const exec = { workDir: folder.path };
  const processes = { run: () => Promise.reject(new Error("no process is needed")) };
  const here = (words: readonly string[], more: object = {}, signal = never) => {
    const request = { script: words, variables: { HOME: "/nowhere" }, outputLimit: 100, ...more };
    return runScript({ env: {}, envInherit: true, ...exec }, request, { ...means, processes }, signal);
  };
  const name = "a '$(touch pwned)'\n-é";
  const stdin = { stdin: "from stdin\n" };
  const file = (action: string) => ["etcha", "file", action, "-p", "0644", "--", name, "-"];
  const outcome = async (action: string) => {
    const result = await here(file(action), stdin);
    return result.kind === "exited" ? result.code : result;
  };
  deepEqual([await outcome("check"), await outcome("change"), await outcome("check")], [1, 0, 0]);
  deepEqual(folder.list("."), [name]);
  equal(await folder.read(name), "from stdin\n");
  const differs = await here(["etcha", "file", "check", "--", name, `other\n${"line\n".repeat(100)}`]);
  match(
    differs.kind === "exited" ? differs.output : differs.kind,
    /^[^]{60,}\n\[\d+ more bytes of output were dropped\]\n$/,
  );
  const cancelled = new AbortController();
  cancelled.abort("the run was cancelled");
  deepEqual(await here(file("change"), stdin, cancelled.signal), { kind: "cancelled", output: "" });
  deepEqual([await outcome("remove"), folder.list(".")], [0, []]);
});

Deno.test("a resource that takes longer than its timeout is ended", async () => {
  const clock = new FakeClock();
  const large = { kind: "file", size: 1 << 20, mode: 0, modifiedMs: 0, uid: 0, gid: 0 } as const;
  const endless = { ...host.files, look: () => large, readParts: () => endlessParts(clock) };
  const words = ["etcha", "file", "check", "/endless", "x".repeat(1 << 20)];
  const request = { script: words, variables: {}, outputLimit: 100, timeout: 1000 };
  const result = await runScript({ env: {}, envInherit: true }, request, { ...means, clock, files: endless }, never);
  deepEqual(result, { kind: "timed-out", output: "" });
});

async function* endlessParts(clock: FakeClock): AsyncIterable<Uint8Array> {
  for (;;) {
    await clock.advance(600);
    yield new TextEncoder().encode("x");
  }
}

Deno.test("etcha as a word is the program that runs, by whatever PATH", async () => {
  const result = await run(["etcha", "version"], { env: { PATH: "/usr/bin:/bin" } });
  match(result.kind === "exited" ? result.output : result.kind, /^\d+\.\d+\.\d+/);
});

Deno.test("as another user, words run with that identity", {
  ignore: host.environment["USER"] !== "root" && Deno.uid() !== 0,
}, async () => {
  deepEqual(await run(["id", "-u"], { user: "65534" }), { kind: "exited", code: 0, output: "65534\n" });
});

Deno.test("a resource that can't be checked decides nothing, in this process and in one of its own", async () => {
  await using folder = await Folder.make();
  await folder.write({ a: "yes\n" });
  const check = ["etcha", "line", "check", `${folder.path}/a`, "yes", "yes, yes"];
  for (const exec of [{}, { user: String(Deno.uid()) }]) {
    const result = await run(check, exec);
    match(result.kind === "undecided" ? result.reason : result.kind, /would never come to an end/);
  }
});
