import assert from "node:assert/strict";
import { Folder } from "./folder.ts";
import { etcha, programEnvironment, programWords } from "./program.ts";

/** Runs the program with bytes on its standard input, and gives the bytes of its output. */
async function fed(args: readonly string[], stdin: Uint8Array<ArrayBuffer>, cwd: string) {
  const [program, ...before] = programWords();
  const child = new Deno.Command(program, {
    args: [...before, ...args],
    cwd,
    env: programEnvironment(),
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writing = new Blob([stdin]).stream().pipeTo(child.stdin);
  const { code, stdout, stderr } = await child.output();
  await writing;
  return { code, stdout, stderr: new TextDecoder().decode(stderr) };
}

Deno.test("resources: results on standard output, what went wrong on standard error, and the exit code", async () => {
  await using folder = await Folder.make();
  const cwd = folder.path;
  const differs = await etcha(["file", "check", "a", "x\n"], { cwd });
  assert.deepEqual([differs.code, differs.stdout, differs.stderr], [1, "a is not there\n", ""]);
  const changed = await etcha(["file", "change", "-p", "0640", "a", "x\n"], { cwd });
  assert.deepEqual([changed.code, changed.stdout, changed.stderr], [0, "a: made\n", ""]);
  const same = await etcha(["file", "check", "-p", "0640", "a", "x\n"], { cwd });
  assert.deepEqual([same.code, same.stdout, same.stderr], [0, "", ""]);
  const failed = await etcha(["dir", "change", "a"], { cwd });
  assert.deepEqual([failed.code, failed.stdout, failed.stderr], [
    1,
    "",
    "ERROR dir change: a is a file, not a folder\n",
  ]);
  const unknown = await etcha(["line", "check", "a", "x", "x x"], { cwd });
  assert.deepEqual([unknown.code, unknown.stdout], [2, ""]);
  assert.match(unknown.stderr, /^ERROR line check: a: the change would never come to an end/);
  const misused = await etcha(["file", "check", "-p", "rw", "a"], { cwd });
  assert.deepEqual([misused.code, misused.stderr], [2, "ERROR MODE must be octal, such as 0644 or 4755\n"]);
});

Deno.test("resources: bytes pass through unchanged, in and out", async () => {
  await using folder = await Folder.make();
  const bytes = new Uint8Array(300_000).map((_, i) => i * 7 % 256);
  assert.equal((await fed(["file", "change", "a", "-"], bytes, folder.path)).code, 0);
  assert.deepEqual(await Deno.readFile(`${folder.path}/a`), bytes);
  const { code, stdout } = await fed(["copy", "change", "a", "-"], new Uint8Array(), folder.path);
  assert.equal(code, 0);
  assert.deepEqual(stdout, bytes);
});

Deno.test("resources: --json says which, how it is and why", async () => {
  await using folder = await Folder.make();
  await folder.write({ a: "x\n" });
  const cwd = folder.path;
  const { code, stdout } = await etcha(["link", "check", "--json", "a", "l"], { cwd });
  assert.equal(code, 1);
  assert.deepEqual(JSON.parse(stdout), { resource: 'link "l"', result: "differs", details: ["l is not there"] });
  const edited = await fed(["line", "change", "--json", "-", "b", "c"], new TextEncoder().encode("b\n"), cwd);
  const value = { resource: 'line "-" "b"', result: "same", details: [], output: "c\n" };
  assert.deepEqual(JSON.parse(new TextDecoder().decode(edited.stdout)), value);
});
