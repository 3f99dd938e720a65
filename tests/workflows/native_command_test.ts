import { deepEqual, equal, match, rejects } from "node:assert/strict";
import type { Exec } from "../../src/domain/exec.ts";
import { HostError, type ProcessResult } from "../../src/host/host.ts";
import { NativeCommands } from "../../src/workflows/native_command.ts";
import { FakeFiles } from "../fakes/fake_files.ts";
import { FakeProcesses, type ProcessScript } from "../fakes/fake_processes.ts";

const DONE: ProcessResult = { kind: "exited", code: 0, output: "done" };
const signal = new AbortController().signal;

function commands(script: ProcessScript) {
  const processes = new FakeProcesses(script);
  const environment = { PATH: "/bin", LANG: "C", ETCHA_vars: "s3cret" };
  return { processes, commands: new NativeCommands({ files: new FakeFiles(), processes, environment }) };
}

Deno.test("native commands: run as the exec says", async () => {
  const { processes, commands: made } = commands(() => DONE);
  deepEqual(await made.under({ env: {}, envInherit: true })("id -u", signal), DONE);
  const exec = {
    command: "/bin/ash -c",
    env: { A: "1" },
    envInherit: false,
    user: "nobody",
    group: "daemon",
    workDir: "/tmp",
  };
  await made.under({ ...exec, timeout: 2000 })("id", signal);
  await made.under({ ...exec, command: "", timeout: 90_000 })("printf ${A}", signal);
  const [plain, chosen, words] = processes.requests;
  deepEqual(plain?.argv, ["sh", "-e", "-c", "id -u"]);
  deepEqual(plain?.env, { PATH: "/bin", LANG: "C" }, "nothing of the configuration");
  deepEqual([plain?.timeout, plain?.stdin, plain?.user, plain?.cwd], [30_000, undefined, undefined, undefined]);
  deepEqual(chosen?.argv, ["/bin/ash", "-c", "id"]);
  equal(chosen?.env["A"], "1");
  equal(chosen?.env["LANG"], undefined);
  deepEqual([chosen?.timeout, chosen?.user, chosen?.group, chosen?.cwd], [2000, "nobody", "daemon", "/tmp"]);
  deepEqual([words?.argv, words?.timeout], [["printf", "1"], 30_000]);
});

Deno.test("native commands: what can't be run says why", async () => {
  const { processes, commands: made } = commands(() => DONE);
  const reasonOf = async (command: string, text: string) => {
    const result = await made.under({ command, env: {}, envInherit: true })(text, signal);
    return result.kind === "not-started" ? result.reason : "";
  };
  match(await reasonOf("", "echo 'open"), /can't be split into words/);
  match(await reasonOf("sh -c", "x".repeat(100 * 1024)), /longer than 98304 bytes/);
  equal(processes.requests.length, 0);
  const off = commands(() => Promise.reject(new HostError("disabled", "off")));
  await rejects(off.commands.under({ env: {}, envInherit: true })("id", signal), HostError);
  await off.commands.settled();
});

Deno.test("native commands: settled waits for those that still run", async () => {
  const ends = Promise.withResolvers<ProcessResult>();
  const { commands: made } = commands(() => ends.promise);
  await made.settled();
  let isSettled = false;
  const running = made.under({ env: {}, envInherit: true })("sleep 9", signal);
  const settled = made.settled().then(() => isSettled = true);
  await Promise.resolve();
  equal(isSettled, false);
  ends.resolve(DONE);
  await settled;
  deepEqual(await running, DONE);
});

Deno.test("native commands: files are read as commands would see them", async () => {
  const LIMIT = 16;
  let output = "text";
  const { processes, commands: made } = commands(() => ({
    kind: "exited",
    code: output.startsWith("cat:") ? 1 : 0,
    output,
  }));
  const plain = { env: {}, envInherit: true } as const;
  const read = async (exec: Exec, path = "/a b") =>
    new TextDecoder().decode(await made.reading(exec)(path, LIMIT, signal));
  for (const command of [undefined, "", "bash -e -c"]) {
    await rejects(read({ ...plain, ...(command !== undefined && { command }) }), { kind: "not-found" }, command);
  }
  equal(processes.requests.length, 0, "by the process itself, where nothing is in between");
  equal(await read({ ...plain, user: "web" }), "text");
  equal(await read({ ...plain, command: "chroot /jail sh -c" }), "text");
  deepEqual(processes.requests.map(({ argv, user }) => [user, argv.at(-1)]), [
    ["web", "'cat' '--' '/a b'"],
    [undefined, "'cat' '--' '/a b'"],
  ]);
  output = "x".repeat(LIMIT + 1);
  await rejects(read({ ...plain, group: "web" }), { kind: "other" });
  for (const [said, kind] of [["No such file or directory", "not-found"], ["Permission denied", "denied"]]) {
    output = `cat: '/a b': ${said}`;
    await rejects(read({ ...plain, group: "web" }), { kind });
  }
});
