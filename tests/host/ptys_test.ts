/** Programs on terminals of their own: what they see, what arrives, what is left of them. */
import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { ptys } from "../../src/host/deno/ptys.ts";
import type { Pty, PtyRequest } from "../../src/host/programs.ts";
import { until } from "../cli/agent.ts";
import { markedProcesses } from "../cli/marked_processes.ts";

const PATH = Deno.env.get("PATH") ?? "/usr/bin:/bin";
const root = Deno.uid() === 0;
const linux = Deno.build.os === "linux";

async function open(argv: PtyRequest["argv"], more: Partial<PtyRequest> = {}): Promise<Pty> {
  const size = { columns: 101, rows: 33 };
  const opened = await ptys.open({ argv, env: { PATH, TERM: "xterm" }, size, reader: "person", ...more });
  truthy(opened.ok, JSON.stringify(opened));
  return opened.pty;
}

/** A shell script on a terminal: all that it writes, and how it ends. */
async function run(script: string, more: Partial<PtyRequest> = {}) {
  const pty = await open(["sh", "-c", script], more);
  const text = await shown(pty);
  const ended = await pty.ended;
  await pty.close();
  return { text, ended };
}

/** Reads until the text holds what is waited for, or to the end. */
async function shown(pty: Pty, wanted?: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  while (wanted === undefined || !text.includes(wanted)) {
    const part = await pty.read();
    if (part === undefined) break;
    text += decoder.decode(part, { stream: true });
  }
  truthy(wanted === undefined || text.includes(wanted), text);
  return text;
}

function type(pty: Pty, text: string): Promise<void> {
  return pty.write(new TextEncoder().encode(text));
}

Deno.test({
  name: "a program has a terminal of that size, which controls its session, and its environment alone",
  ignore: !linux,
  async fn() {
    const { text, ended } = await run("tty; stty size; test -t 0 && test -t 1 && test -t 2 && echo all; exit 7");
    match(text, /^\/dev\/pts\/\d+\r\n33 101\r\nall\r\n$/);
    deepEqual(ended, { kind: "exited", code: 7 });
    const leader = await run('test "$(ps -o sid= -p $$ | tr -d " ")" = $$ && echo leader >/dev/tty');
    equal(leader.text, "leader\r\n");
    const env = { "a": "1", "TERM": "dumb" };
    equal((await run("", { argv: ["/usr/bin/env"], env })).text.split("\r\n").sort().join(" "), " TERM=dumb a=1");
    equal((await run("pwd", { cwd: "/usr" })).text, "/usr\r\n");
  },
});

Deno.test({
  name: "what is typed arrives, ctrl-C interrupts, a new size is told",
  ignore: !linux,
  async fn() {
    const pty = await open(["sh", "-c", "trap 'stty size' WINCH; cat; echo on; read line; echo \"got $line\"; exit 3"]);
    await type(pty, "äöü\r");
    equal(await shown(pty, "äöü\r\näöü\r\n"), "äöü\r\näöü\r\n");
    await type(pty, "ä\x7f\x7fx\r");
    truthy((await shown(pty, "\r\nx\r\n")).endsWith("\r\nx\r\n"));
    await type(pty, "\x04");
    await shown(pty, "on\r\n");
    pty.resize({ columns: 60, rows: 20 });
    await type(pty, "\r");
    await shown(pty, "20 60\r\n");
    await shown(pty);
    deepEqual(await pty.ended, { kind: "exited", code: 3 });
    await pty.close();

    const sleeping = await open([
      "sh",
      "-c",
      "trap 'echo caught; exit 9' INT; echo ready; while :; do sleep 0.05; done",
    ]);
    await shown(sleeping, "ready");
    await type(sleeping, "\x03");
    match(await shown(sleeping), /caught/);
    deepEqual(await sleeping.ended, { kind: "exited", code: 9 });
    await sleeping.close();
    deepEqual((await run("kill -9 $$")).ended, { kind: "signalled", signal: "SIGKILL", number: 9 });
  },
});

Deno.test({
  name: "a program that reads along gets no echo and bare line feeds",
  ignore: !linux,
  async fn() {
    const pty = await open(["cat"], { reader: "program" });
    await type(pty, "one\ntwo\n\x04");
    equal(await shown(pty), "one\ntwo\n");
    await pty.close();
  },
});

Deno.test({
  name: "output waits for its reader, all of it, also when the program has ended",
  ignore: !linux,
  async fn() {
    const pty = await open(["sh", "-c", "seq 1 1000; exit 5"], { reader: "program" });
    deepEqual(await pty.ended, { kind: "exited", code: 5 });
    const all = Array.from({ length: 1000 }, (_, i) => `${i + 1}\n`).join("");
    equal(await shown(pty), all);
    await pty.close();

    // Far more than the kernel keeps: the program stands still until somebody reads.
    const much = await open(["sh", "-c", "seq 1 200000 && echo end"], { reader: "program" });
    await shown(much, "1\n");
    const text = await shown(much);
    truthy(text.endsWith("\n200000\nend\n"));
    await much.close();
  },
});

Deno.test({
  name: "typing to who does not read waits, and ends with the terminal",
  ignore: !linux,
  async fn() {
    const pty = await open(["sh", "-c", "stty raw -echo; echo ready; exec sleep 600"]);
    await shown(pty, "ready");
    let isTaken = false;
    const writing = pty.write(new Uint8Array(1024 * 1024).fill(97)).then(() => isTaken = true);
    const further = type(pty, "more");
    equal(isTaken, false);
    await pty.close();
    await Promise.all([writing, further]);
    equal(await pty.read(), undefined);
  },
});

Deno.test({
  name: "closing ends the whole session: jobs, stopped ones, those that ignore HUP",
  ignore: !linux,
  async fn() {
    const mark = crypto.randomUUID();
    const script = "set -m; sleep 601 & sleep 602 & kill -STOP $!; (trap '' HUP; sleep 603; :) & echo ready; wait";
    const pty = await open(["sh", "-c", script], { env: { PATH, ETCHA_TEST_MARK: mark } });
    await shown(pty, "ready");
    const marked = () => markedProcesses("ETCHA_TEST_MARK", mark);
    await until(() => marked().length >= 4, () => `only ${marked().length} processes`);
    await pty.close();
    deepEqual(marked(), []);
    deepEqual(await pty.ended, { kind: "signalled", signal: "SIGHUP", number: 1 });
  },
});

Deno.test({
  name: "what a program has left in the background neither hangs the terminal nor is ended by it",
  ignore: !linux,
  async fn() {
    const pty = await open(["sh", "-c", "nohup sleep 604 & echo $!"], { cwd: "/" });
    const pid = Number(/(\d+)\r\n/.exec(await shown(pty))![1]);
    await pty.close();
    Deno.kill(pid, "SIGKILL");
    // One that never stops writing.
    const chatty = await open(["sh", "-c", "(trap '' HUP; while echo x; do :; done) 2>/dev/null & exit 4"]);
    await shown(chatty);
    deepEqual(await chatty.ended, { kind: "exited", code: 4 });
    await chatty.close();
  },
});

Deno.test({
  name: `another user owns the terminal and has all groups${root ? "" : " (skipped: needs root)"}`,
  ignore: !root || !linux,
  async fn() {
    const script = 'id -u; id -G; stat -c %u "$(tty)"; echo x >"$(tty)"';
    match((await run(script, { user: "1", group: "2", cwd: "/" })).text, /^1\r\n2 1\r\n1\r\nx\r\n$/);
    match((await run(script, { user: "12345", group: "54321", cwd: "/" })).text, /^12345\r\n54321\r\n12345\r\nx\r\n$/);
  },
});

Deno.test({
  name: "a program that can't be started is told",
  ignore: !linux,
  async fn() {
    const size = { columns: 80, rows: 24 };
    const request = { argv: ["nonesuch"] as const, env: { PATH: "/bin" }, size, reader: "person" as const };
    deepEqual(await ptys.open(request), {
      ok: false,
      reason: 'program "nonesuch" not found, PATH is "/bin"',
    });
    const nobody = await ptys.open({ ...request, argv: ["sh"], user: "no-such-user" });
    deepEqual(nobody, { ok: false, reason: 'there is no user "no-such-user"' });
  },
});
