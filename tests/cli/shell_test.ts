/** Remote shells with the real program on both sides, over real HTTPS, on real terminals. */
import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { Agent, inFolder, readText, until } from "./agent.ts";
import { forge, patternClaims, seconds, testKey } from "./forge.ts";
import { markedProcesses } from "./marked_processes.ts";
import { OnTerminal } from "./on_terminal.ts";
import { etcha } from "./program.ts";
import { OpenShell, say, shellClaims } from "./shell_call.ts";
import { generateKeyPair } from "../../src/token/keys.ts";
import { ok } from "../token/tokens.ts";

const pair = ok(await generateKeyPair("ed25519", "laptop"));
const good = await testKey("good");
const other = await testKey("other");
const stranger = await testKey("stranger");
const ignore = Deno.build.os !== "linux";

/** An agent whose source `core` opens shells that carry a mark, and those on a laptop that reach it. */
async function withAgent(
  settings: object,
  body: (agent: Agent, lab: { cwd: string; laptop: readonly string[]; marked: () => number }) => Promise<void>,
): Promise<void> {
  const mark = crypto.randomUUID();
  await inFolder(async (cwd) => {
    await using agent = new Agent({
      cwd,
      settings: {
        run_listenAddress: "127.0.0.1:0",
        run_verifyKeys: [pair.publicKey, good.publicKey, other.publicKey],
        run_rateLimiterRate: "1000-M",
        run_systemMetricsSecret: "secret",
        sources_core: { shell: "/bin/sh", exec: { env: { PS1: "remote> ", MARK: mark, LC_ALL: "C" }, workDir: "/" } },
        sources_twin: { shell: "/bin/sh" },
        sources_closed: { allowPush: true },
        ...settings,
      },
    });
    await agent.listening();
    const laptop = [
      ...["-x", `build_signingKey=${pair.privateKey}`],
      ...["-x", "build_pushTLSSkipVerify=true"],
      ...["shell", "core", `127.0.0.1:${agent.port}`],
    ];
    await body(agent, { cwd, laptop, marked: () => markedProcesses("MARK", mark).length });
  });
}

/** How many shells of `core` the metrics say are open. */
async function openShells(agent: Agent): Promise<number> {
  const { body } = await agent.call("/etcha/v1/system/metrics?key=secret");
  return Number(/^etcha_sources_shells\{name="core"\} (\d+)$/m.exec(body)?.[1]);
}

Deno.test({
  name: "shell: output, sizes, ctrl-C and the exit code come through, and the terminal is as before",
  ignore,
  fn: () =>
    withAgent({}, async (agent, { cwd, laptop }) => {
      const script = (words: string) => `stty -a >before; ${words}; echo "code=$?"; stty -a >after; echo "done"`;
      await using terminal = await OnTerminal.open(script, laptop, { cwd });
      const shows = (wanted: RegExp) => until(() => wanted.test(terminal.shown), () => `${wanted}: ${terminal.shown}`);
      await shows(/remote> $/);
      await terminal.type("stty size; echo $TERM ü\r");
      await shows(/\r\n30 100\r\nxterm ü\r\nremote> $/);
      terminal.resize(61, 19);
      await terminal.type("until test \"$(stty size)\" = '19 61'; do sleep 0.05; done; echo told\r");
      await shows(/\r\ntold\r\nremote> $/);
      await terminal.type("sleep 600\r");
      await until(() => terminal.shown.endsWith("sleep 600\r\n"), () => terminal.shown);
      await terminal.type("\x03");
      await shows(/\^C\r?\n.*remote> $/);
      await terminal.type("echo code $?\r");
      await shows(/code 130\r\n/);
      equal(await openShells(agent), 1);
      // A line feed alone goes straight down, as programs that draw use it.
      await terminal.type("stty -onlcr; printf 'u\\nv\\n'; stty onlcr\r");
      await shows(/\r\nu\nv\nremote> $/);
      // Far more than travels at once, in both directions.
      await terminal.type(`echo ${"x".repeat(3000)} | wc -c; seq 1 20000 | tail -n 1\r`);
      await shows(/\r\n *3001\r\n20000\r\n/);
      await terminal.type("exit 7\r");
      await shows(/done/);
      match(await terminal.end(), /code=7\r\ndone\r\n$/);
      const sizeless = (path: string) => readText(`${cwd}/${path}`).replace(/rows \d+; columns \d+;/, "");
      equal(sizeless("after"), sizeless("before"));
      truthy(sizeless("after").length > 100);
      await until(async () => await openShells(agent) === 0, () => "it is still open");
      const history = await etcha(["-x", 'sources_core={"shell":"x"}', "history", "--json"], { cwd });
      const [run] = JSON.parse(history.stdout);
      deepEqual([run.source, run.trigger, run.keyId, run.address, run.error], [
        "core",
        "shell",
        "laptop",
        "127.0.0.1",
        "exit code 7",
      ]);
      truthy(run.durationMs > 0);
      // What somebody did on a shell is no run of the pattern.
      const status = await etcha(["-x", 'sources_core={"shell":"x"}', "status", "--json", "core"], { cwd });
      equal(JSON.parse(status.stdout)[0].lastRun, null);
    }),
});

Deno.test({
  name: "shell: what ran there ends with the client, or the agent, however that goes; the terminal is as before",
  ignore,
  fn: () =>
    withAgent({}, async (agent, { cwd, laptop, marked }) => {
      const ways: readonly [string, (terminal: OnTerminal, pid: number) => Promise<void> | void, RegExp][] = [
        ["escape", (terminal) => terminal.type("\r~."), /left the shell on 127\.0\.0\.1\r\ncode=130\r\n/],
        ["TERM", (_, pid) => Deno.kill(pid, "SIGTERM"), /code=130\r\n/],
        ["KILL", (_, pid) => Deno.kill(pid, "SIGKILL"), /code=137\r?\n/],
      ];
      for (const [name, leave, shown] of ways) {
        // The client takes the place of a shell that says its number.
        const script = (words: string) =>
          `stty -a >before; sh -c 'echo $$ >pid; exec "$@"' sh ${words}; echo "code=$?"; stty -a >after`;
        await using terminal = await OnTerminal.open(script, laptop, { cwd });
        const shows = (wanted: RegExp) => until(() => wanted.test(terminal.shown), () => `${name}: ${terminal.shown}`);
        await shows(/remote> $/);
        await terminal.type("set -m; sleep 611 & (sleep 612 & sleep 613)\r");
        await until(() => marked() >= 4, () => `${name}: ${marked()} processes`);
        await leave(terminal, Number(readText(`${cwd}/pid`)));
        match(await terminal.end(), shown, name);
        await until(() => marked() === 0, () => `${name}: something goes on there`);
        if (name !== "KILL") equal(readText(`${cwd}/after`), readText(`${cwd}/before`), name);
      }
      await until(async () => await openShells(agent) === 0, () => "one is still open");
      equal(agent.log.match(/has ended after .*: the client went away/g)?.length, 3);

      const script = (words: string) => `stty -a >before; ${words}; echo "code=$?"; stty -a >after`;
      await using terminal = await OnTerminal.open(script, laptop, { cwd });
      await until(() => /remote> $/.test(terminal.shown), () => terminal.shown);
      agent.signal("SIGKILL");
      match(
        await terminal.end(),
        /ERROR shell: .*closed the connection\r?\n.*ended with the connection\r?\ncode=1\r?\n$/,
      );
      equal(readText(`${cwd}/after`), readText(`${cwd}/before`));
      // With the agent its ends of the terminals have gone, and so what ran on them.
      await until(() => marked() === 0, () => "something goes on there");
    }),
});

Deno.test({
  name: "shell: standard input that is no terminal is typed; the event shell is fired; the agent's end is told",
  ignore,
  async fn() {
    const told = 'echo "$ETCHA_EVENT_SRC/$ETCHA_EVENT_NAME/$ETCHA_EVENT_OUTPUT" >>told';
    const settings = {
      sources_core: { shell: "/bin/sh", eventsSend: "^shell$", exec: { env: { PS1: "" } } },
      sources_watch: {
        eventsReceive: ["shell"],
        commands: [{ id: "tell", always: true, change: told }],
        triggerOnly: true,
      },
    };
    await withAgent(settings, async (agent, { cwd, laptop }) => {
      const fingerprint = /SHA-256 ([0-9A-F:]+)/.exec(agent.log)![1]!;
      // Pinned instead of not looked at, and as a configured target.
      const pinned = [
        ...laptop.slice(0, 2),
        ...["-x", `targets_web1={"hostname":"127.0.0.1","port":${agent.port},"tlsFingerprint":"${fingerprint}"}`],
        ...["shell", "core", "web1"],
      ];
      await Deno.writeTextFile(
        `${cwd}/script`,
        'echo one; tty >/dev/null && echo terminal\nread word; echo "got $word"\nhello\nexit 3',
      );
      const script = (words: string) => `${words} <script >out; echo "code=$?"`;
      await using terminal = await OnTerminal.open(script, pinned, { cwd });
      match(await terminal.end(), /^code=3\r\n$/);
      equal(readText(`${cwd}/out`), "one\nterminal\ngot hello\n");
      await until(() => readText(`${cwd}/told`) !== "", () => agent.log);
      equal(readText(`${cwd}/told`), "core/shell/exit code 3\n");

      const refused = await etcha([...laptop.slice(0, 4), "shell", "closed", `127.0.0.1:${agent.port}`], { cwd });
      equal(refused.code, 1);
      match(refused.stderr, /shell: the host opens no shell for this key and source\n.*the agent's log has the reason/);
      await using stopped = await OnTerminal.open((words) => `${words}; echo "code=$?"`, laptop, { cwd });
      await until(() => /opened a shell.*opened a shell/s.test(agent.log), () => agent.log);
      agent.signal("SIGTERM");
      match(await stopped.end(), /shell: the host has ended it: the agent stops\r\ncode=1\r\n$/);
      equal(await agent.ended(), 0);
      match(readText(`${cwd}/told`), /^core\/shell\/exit code 3\n/);
    });
  },
});

Deno.test({
  name: "shell: what must not open or drive one gets the answer of a refused push, byte for byte, and does nothing",
  ignore,
  fn: () =>
    withAgent({}, async (agent, { cwd }) => {
      const now = seconds();
      const push = await agent.push("nowhere", "x");
      equal(push.status, 404);
      const seen = ({ status, body, headers }: typeof push) => [
        status,
        body,
        headers["content-type"],
        headers["content-length"],
        Object.keys(headers).sort(),
      ];
      using shell = await OpenShell.open(agent, good);
      await shell.type("echo ready\n");
      await shell.shows(/\r\nready\r\n/);
      const used = await shell.token("echo once\n");
      equal((await say(agent, "core", used)).status, 204);
      const opening = await forge(shellClaims(), good);
      const evil = (more: object = {}, key = good) => forge(shellClaims(more), key);
      const drive = (more: object = {}, key = good) => shell.token("echo evil >/tmp/evil\n", more, key);
      const twin = { etchaSource: "twin" };
      const attacks: readonly (readonly [string, string | Promise<string>, RegExp, string?])[] = [
        ["a wrong key", evil({}, stranger), /signature is not by/],
        ["no token", "x", /no token/],
        ["an expired token", evil({ iat: now - 10, exp: now - 5 }), /expired at/],
        ["one that has just expired", evil({ iat: now - 5, exp: now }), /expired at/],
        ["one that is good for a minute", evil({ exp: now + 60 }), /valid for more than 5 s/],
        ["one of tomorrow", evil({ iat: now + 86_400, exp: now + 86_405 }), /it was made at/],
        ["one without a time", evil({ iat: undefined }), /without etchaSource, exp or iat/],
        ["one for any source", evil({ etchaSource: undefined }), /without etchaSource/],
        ["one for another source", evil(twin), /made for the source/],
        ["a source that opens none", evil({ etchaSource: "closed" }), /opens no shells/, "closed"],
        ["an unknown source", evil({ etchaSource: "nowhere" }), /no source/, "nowhere"],
        ["a negative number", evil({ n: -1 }), /token-malformed|whole number/],
        ["input that is no base64", evil({ s: "%" }), /no base64/],
        ["a name that is no terminal's", evil({ t: "../../x" }), /no name of a terminal/],
        [
          "a pattern",
          forge(patternClaims([{ id: "a", always: true, change: "x" }]), good),
          /pattern where none belongs/,
        ],
        [
          "a pattern that is a shell's as well",
          forge({ ...patternClaims([]), ...shellClaims() }, good),
          /pattern where none belongs/,
        ],
        ["an ad-hoc command", evil({ n: undefined, etchaOnce: "echo evil" }), /only a push may bring/],
        ["a replayed token", used, /number \d+ has been used/],
        ["an old number", drive({ n: 0 }), /number 0 has been used/],
        ["another key that is good", drive({}, other), /opened with another key/],
        ["the session of another source", drive(twin), /of another source/, "twin"],
        ["no session of anybody", drive({ i: crypto.randomUUID() }), /no such shell/],
        ["an expired token of the session", drive({ iat: now - 10, exp: now - 5 }), /expired at/],
      ];
      for (const [name, token, reason, source = "core"] of attacks) {
        const before = agent.log.length;
        const answer = await say(agent, source, await token);
        deepEqual([name, seen(answer)], [name, seen(push)]);
        const lines = agent.log.slice(before).split("\n").filter((line) => line.includes('level="ERROR"'));
        deepEqual([name, lines.length], [name, 1]);
        match(lines[0]!, reason, name);
        match(lines[0]!, /function="shell" status=404 .*refused a shell from 127\.0\.0\.1/);
      }
      for (const token of [opening, await drive()]) {
        const answer = await agent.push("closed", token);
        deepEqual(seen(answer), seen(push));
      }
      match(agent.log, /something for a remote shell, which only its own route takes|made for the source/);
      // One that opens a shell does so once.
      {
        const first = new AbortController();
        const opened = agent.call("/etcha/v1/shell/core", { method: "POST", body: opening, signal: first.signal });
        await agent.logged(/opened a shell(.|\n)*opened a shell/);
        deepEqual(seen(await say(agent, "core", opening)), seen(push));
        first.abort();
        await opened.catch(() => {});
      }
      equal((await say(agent, "core", "x".repeat(200_000))).status, 413);
      await shell.type("echo still here; exit 9\n");
      await shell.shows(/still here\r\n/);
      await until(() => shell.isOver, () => "it goes on");
      deepEqual(shell.last, { kind: "exited", code: 9 });
      truthy(!shell.text.includes("evil"));
      equal(readText(`${cwd}/evil`), "");
    }),
});
