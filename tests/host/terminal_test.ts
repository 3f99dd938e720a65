import assert from "node:assert/strict";
import { FakeTerminal } from "../fakes/fake_terminal.ts";

const TERMINAL = new URL("../../src/host/deno/terminal.ts", import.meta.url).href;

/** Runs a script that has `terminal` behind a shell line, `$0` being the program. */
async function run(script: string, line: string): Promise<string> {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(
    file,
    `import { createTerminal } from ${JSON.stringify(TERMINAL)};
const terminal = createTerminal();
${script}`,
  );
  try {
    const { stdout, stderr } = await new Deno.Command("sh", {
      args: ["-c", line, Deno.execPath(), "run", "-A", "--quiet", file],
      env: { NO_COLOR: "1" },
    }).output();
    return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("all output is there after an exit, also through a slow pipe", async () => {
  const text = await run(
    `terminal.out("x".repeat(1_000_000)); terminal.err("e"); Deno.exit(3);`,
    `{ "$0" "$@"; echo $? >&2; } | { sleep 0.2; wc -c; }`,
  );
  assert.equal(text.trim().replace(/\s+/g, " "), "1000000 e3");
});

Deno.test("a reader that goes away is no error", async () => {
  const text = await run(
    `for (let i = 0; i < 1000; i++) terminal.out("line\\n".repeat(1000)); terminal.err("done "); Deno.exit(0);`,
    `{ "$0" "$@"; echo $? >&2; } | head -n 1`,
  );
  assert.equal(text, "line\ndone 0\n");
});

Deno.test("standard input is read to its end or refused over the limit", async () => {
  const script = `
    console.log(terminal.stdinIsTerminal, terminal.stdoutIsTerminal, terminal.columns());
    for (const limit of [Number(Deno.args[0] ?? 6)]) {
      await terminal.readStdin(limit).then((b) => terminal.out(String(b.length)), (e) => terminal.out(e.kind + " " + e.message));
    }`;
  assert.equal(await run(script, `printf abcdef | "$0" "$@"`), "false false 80\n6");
  assert.equal(
    await run(script, `printf abcdef | "$0" "$@" 5`),
    "false false 80\nother standard input is larger than 5 bytes",
  );
});

Deno.test("the fake keeps what is written and refuses alike", async () => {
  const terminal = new FakeTerminal("abc");
  terminal.out("a");
  terminal.err("b");
  assert.deepEqual([terminal.stdout, terminal.stderr], ["a", "b"]);
  assert.equal(new TextDecoder().decode(await terminal.readStdin(3)), "abc");
  await assert.rejects(terminal.readStdin(2), /larger than 2 bytes/);
});

Deno.test("on a full disk standard output fails with the reason, and standard error never does", async () => {
  const script = `
    let said = "";
    try { terminal.out("text"); } catch (error) { said = error.constructor.name + " " + error.kind + " " + error.message; }
    terminal.err(said);`;
  assert.equal(
    await run(script, `"$0" "$@" >/dev/full`),
    "HostError full cannot write to standard output: No space left on device",
  );
  assert.equal(await run(`terminal.out(String(terminal.err("lost")));`, `"$0" "$@" 2>/dev/full`), "false");
  assert.equal(await run(`terminal.out(String(terminal.err("kept ")));`, `"$0" "$@"`), "truekept ");
});
