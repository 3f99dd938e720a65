import { deepEqual, equal, match, rejects } from "node:assert/strict";
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
