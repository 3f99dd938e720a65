import assert from "node:assert/strict";
import { commandEnvironment, findShell, invocation } from "../../src/workflows/invocation.ts";

const SHELL = ["/bin/bash", "-e", "-c"] as const;
const call = (command: string | undefined, script: string, env = {}) =>
  invocation(command === undefined ? {} : { command }, script, env, SHELL);

Deno.test("invocation: the default shell, the exec's own, and none", () => {
  assert.deepEqual(call(undefined, "echo 'a b'"), { ok: true, argv: [...SHELL, "echo 'a b'"] });
  assert.deepEqual(call("/bin/sh -c", "echo $X"), { ok: true, argv: ["/bin/sh", "-c", "echo $X"] });
  assert.deepEqual(call(`env 'A=1 2' sh -c`, "x"), { ok: true, argv: ["env", "A=1 2", "sh", "-c", "x"] });
  assert.deepEqual(call("", "cp 'a b' c"), { ok: true, argv: ["cp", "a b", "c"] });
});

Deno.test("invocation: variables are resolved only where there is no shell, and within one word", () => {
  const env = { NAME: "two words" };
  assert.deepEqual(call("", "touch ${NAME} ${OTHER} '${NAME}'", env), {
    ok: true,
    argv: ["touch", "two words", "${OTHER}", "${NAME}"],
  });
  assert.deepEqual(call("sh -c", "touch ${NAME}", env), { ok: true, argv: ["sh", "-c", "touch ${NAME}"] });
});

Deno.test("invocation: what can't be split says so", () => {
  assert.deepEqual(call("sh -c 'x", "y"), {
    ok: false,
    reason: `the exec's command "sh -c 'x" can't be split into words: a single quote is not closed`,
  });
  assert.equal(call("", "  ").ok, false);
});

Deno.test("invocation: commands inherit the process environment but for etcha's own variables", () => {
  const process = { HOME: "/root", ETCHA_run_stateDir: "/x", PATH: "/bin" };
  const env = { A: "1", ETCHA_OWN: "of the exec" };
  const inherited = commandEnvironment({ env, envInherit: true }, process, { ETCHA_EVENT_ID: "x", A: "2" });
  assert.deepEqual(inherited, { PATH: "/bin", HOME: "/root", A: "2", ETCHA_OWN: "of the exec", ETCHA_EVENT_ID: "x" });
  const bare = commandEnvironment({ env: { A: "1" }, envInherit: false }, process, {});
  assert.deepEqual(Object.keys(bare).sort(), ["A", "PATH"]);
});

Deno.test("invocation: the default shell is the first bash of the PATH, sh where there is none", async () => {
  const program = (path: string, kind: "file" | "dir", mode: number) => [path, { kind, mode }] as const;
  const there = new Map([
    program("/folder/bash", "dir", 0o755),
    program("/plain/bash", "file", 0o644),
    program("/real/bash", "file", 0o755),
    program("relative/bash", "file", 0o755),
  ]);
  const files = {
    stat: (path: string) => {
      const found = there.get(path);
      return Promise.resolve(found && { ...found, size: 0, modifiedMs: 0, uid: 0, gid: 0 });
    },
  };
  assert.deepEqual(await findShell(files, { PATH: "relative:/none:/folder:/plain:/real" }), [
    "/real/bash",
    "-e",
    "-o",
    "pipefail",
    "-c",
  ]);
  assert.deepEqual(await findShell(files, { PATH: "relative:/none:/folder:/plain" }), ["sh", "-e", "-c"]);
});
