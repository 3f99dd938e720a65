import assert from "node:assert/strict";
import { commandEnvironment, invocation } from "../../src/workflows/invocation.ts";

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
  const inherited = commandEnvironment({ env: { A: "1" }, envInherit: true }, process, { ETCHA_EVENT_ID: "x", A: "2" });
  assert.deepEqual(inherited, { PATH: "/bin", HOME: "/root", A: "2", ETCHA_EVENT_ID: "x" });
  const bare = commandEnvironment({ env: { A: "1" }, envInherit: false }, process, {});
  assert.deepEqual(Object.keys(bare).sort(), ["A", "PATH"]);
});
