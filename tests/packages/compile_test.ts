/** What `deno task compile` says when it can't do what is asked. What it makes is tested by tests/cli/executable_test.ts. */
import { equal, match } from "node:assert/strict";

const task = new URL("../../.tasks/compile.ts", import.meta.url).pathname;

async function compile(args: readonly string[], env: Record<string, string> = {}) {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", task, ...args],
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  return { code, said: new TextDecoder().decode(stderr) };
}

Deno.test("a target that there is none of, and a runtime for another one, are refused before anything is built", async () => {
  const unknown = await compile(["--target", "x86_64-pc-windows-msvc"]);
  equal(unknown.code, 1);
  match(unknown.said, /^--target: x86_64-pc-windows-msvc is none of x86_64-unknown-linux-gnu, /);
  match((await compile(["--tarket"])).said, /^unknown argument --tarket/);
  // The deno that runs this is a program of this platform.
  const foreign = Deno.build.arch === "x86_64" ? "aarch64-unknown-linux-gnu" : "x86_64-unknown-linux-gnu";
  const wrong = await compile([`--target=${foreign}`], { DENORT_BIN: Deno.execPath() });
  equal(wrong.code, 1);
  match(wrong.said, new RegExp(`^DENORT_BIN is a runtime for \\S+, not for ${foreign}`));
});
