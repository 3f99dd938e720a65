import { deepEqual, equal, match } from "node:assert/strict";
import fc from "fast-check";
import type { Exec } from "../../src/domain/exec.ts";
import { createHost } from "../../src/host/deno/host.ts";
import { runScript } from "../../src/workflows/run_script.ts";
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

Deno.test("etcha as a word is the program that runs, by whatever PATH", async () => {
  const result = await run(["etcha", "version"], { env: { PATH: "/usr/bin:/bin" } });
  match(result.kind === "exited" ? result.output : result.kind, /^\d+\.\d+\.\d+/);
});

Deno.test("as another user, words run with that identity", {
  ignore: host.environment["USER"] !== "root" && Deno.uid() !== 0,
}, async () => {
  deepEqual(await run(["id", "-u"], { user: "65534" }), { kind: "exited", code: 0, output: "65534\n" });
});
