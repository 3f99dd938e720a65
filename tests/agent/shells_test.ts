/** Who may open and drive a shell, how it ends, what is bounded: on a machine that is played. */
import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { Shells, type ShellWish } from "../../src/agent/shells.ts";
import { parseConfig } from "../../src/domain/config_layers.ts";
import type { ShellClaims } from "../../src/domain/claims.ts";
import { LineReader, parseShellLine } from "../../src/domain/shell_lines.ts";
import type { RunRecord } from "../../src/domain/state.ts";
import { importPublicKey } from "../../src/token/keys.ts";
import { signToken } from "../../src/token/sign.ts";
import { type VerifiedToken, verifyToken } from "../../src/token/verify.ts";
import { until } from "../cli/agent.ts";
import { type TestKey, testKey } from "../cli/forge.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { FakeLog } from "../fakes/fake_log.ts";
import { FakeProcesses } from "../fakes/fake_processes.ts";
import { FakePtys } from "../fakes/fake_ptys.ts";
import { ok } from "../token/tokens.ts";

const good = await testKey("good");
const other = await testKey("other");
const keys = [ok(await importPublicKey(good.publicKey)), ok(await importPublicKey(other.publicKey))];

class Lab {
  readonly clock = new FakeClock();
  readonly ptys = new FakePtys();
  readonly log = new FakeLog();
  readonly stop = new AbortController();
  readonly client = new AbortController();
  readonly counts: (readonly [string, number])[] = [];
  readonly history: RunRecord[] = [];
  readonly processes = new FakeProcesses(() => ({ kind: "exited", code: 0, output: "" }));
  readonly shells = new Shells({
    ptys: this.ptys,
    files: {
      stat: (path) =>
        Promise.resolve(
          path === "/bin/docker"
            ? { kind: "file", size: 1, mode: 0o755, modifiedMs: 0, uid: 0, gid: 0 } as const
            : undefined,
        ),
    },
    processes: this.processes,
    clock: this.clock,
    random: () => 0.5,
    log: this.log,
    environment: { PATH: "/bin", SECRET: "1" },
    startedAt: this.clock.now(),
    stop: this.stop.signal,
    count: (source, open) => this.counts.push([source, open]),
  });

  async token(
    said: Partial<ShellClaims>,
    key: TestKey = good,
    source = "web",
    more: object = {},
  ): Promise<VerifiedToken> {
    const now = Math.floor(this.clock.now() / 1000);
    const claims = {
      shell: { columns: 80, rows: 24, number: 0, input: "", ...said },
      ...{ buildManifest: "", runVars: {}, version: "", audience: [], source },
      ...{ issuedAt: now, expires: now + 5, id: crypto.randomUUID(), ...more },
    };
    const text = ok(await signToken(claims, key.privateKey));
    return ok(await verifyToken(text, { keys, now: this.clock.now(), source, accepts: ["shell"] }));
  }

  async open(said: Partial<ShellClaims> = {}, wish: Partial<ShellWish> = {}) {
    const token = wish.token ?? await this.token(said, good, wish.source);
    return await this.shells.open({
      source: "web",
      shell: "/bin/bash -l",
      exec: { env: {}, envInherit: true },
      timeout: 600_000,
      address: "192.0.2.1",
      client: this.client.signal,
      ended: (run) => Promise.resolve(void this.history.push(run)),
      ...wish,
      token,
    });
  }

  /** An open shell, with its terminal and what is read of its answer. */
  async opened(said: Partial<ShellClaims> = {}, wish: Partial<ShellWish> = {}) {
    const opened = await this.open(said, wish);
    truthy(opened.kind === "opened", JSON.stringify(opened));
    const answer = new Answer(opened.lines);
    return { pty: this.ptys.opened.at(-1)!, answer, session: await answer.next() };
  }

  async type(session: string, number: number, text = "", key = good, source = "web", said: Partial<ShellClaims> = {}) {
    const input = new TextEncoder().encode(text).toBase64();
    return await this.shells.drive(source, await this.token({ session, number, input, ...said }, key, source));
  }
}

class Answer {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #lines = new LineReader();
  #waiting: string[] = [];

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  async next(): Promise<string> {
    while (this.#waiting.length === 0) {
      const { value, done } = await this.#reader.read();
      if (done) return "end";
      this.#waiting.push(...this.#lines.take(value) ?? []);
    }
    return this.#waiting.shift()!;
  }

  async line() {
    const text = await this.next();
    const line = parseShellLine(text);
    return line?.kind === "output" ? new TextDecoder().decode(line.data) : line ?? text;
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel();
  }
}

Deno.test("shells: what is written arrives, then the exit code; the end is recorded and counted", async () => {
  const lab = new Lab();
  const { pty, answer, session } = await lab.opened({ columns: 100, rows: 30, terminal: "xterm" });
  deepEqual(pty.request.argv, ["/bin/bash", "-l"]);
  deepEqual([pty.request.size, pty.request.reader], [{ columns: 100, rows: 30 }, "person"]);
  deepEqual(pty.request.env, { PATH: "/bin", SECRET: "1", TERM: "xterm" });
  deepEqual(lab.counts, [["web", 1]]);
  pty.print("hello");
  equal(await answer.line(), "hello");
  deepEqual(await lab.type(session, 1, "exit 7\n"), { kind: "taken" });
  equal(pty.typed, "exit 7\n");
  await lab.clock.advance(65_000);
  pty.print("bye");
  pty.exit({ kind: "exited", code: 7 });
  equal(await answer.line(), "bye");
  deepEqual(await answer.line(), { kind: "exited", code: 7 });
  equal(await answer.next(), "end");
  await until(() => lab.history.length === 1, () => "nothing was recorded");
  const { durationMs, error, trigger, keyId, address, source } = lab.history[0]!;
  deepEqual([durationMs, error, trigger, keyId, address, source], [
    65_000,
    "exit code 7",
    "shell",
    "good",
    "192.0.2.1",
    "web",
  ]);
  deepEqual([lab.counts.at(-1), pty.isClosed], [["web", 0], true]);
  deepEqual(lab.log.messages, [
    'opened a shell for key "good" from 192.0.2.1',
    'the shell of key "good" from 192.0.2.1 has ended after 1m5s: exit code 7',
  ]);
  equal((await lab.type(session, 2)).kind, "refused");
});

Deno.test("shells: a signal counts as shells count it; success leaves no error", async () => {
  const lab = new Lab();
  for (
    const [end, code, error] of [
      [{ kind: "signalled", signal: "SIGKILL", number: 9 }, 137, "exit code 137"],
      [{ kind: "exited", code: 0 }, 0, ""],
    ] as const
  ) {
    const { pty, answer } = await lab.opened();
    pty.exit(end);
    deepEqual(await answer.line(), { kind: "exited", code });
    await until(() => lab.history.at(-1)?.error === error, () => JSON.stringify(lab.history));
  }
});

Deno.test("shells: only its key, its source and rising numbers drive it, each once", async () => {
  const lab = new Lab();
  const { pty, session } = await lab.opened({ number: 3 });
  const why = async (driven: ReturnType<Lab["type"]>) => {
    const result = await driven;
    return result.kind === "refused" ? result.why : result.kind;
  };
  match(await why(lab.type(session, 4, "x", other)), /opened with another key/);
  match(await why(lab.type(session, 4, "x", good, "db")), /of another source/);
  match(await why(lab.type("nonesuch", 4, "x")), /no such shell/);
  match(await why(lab.type(session, 3, "x")), /number 3 has been used/);
  equal(await why(lab.type(session, 5, "a")), "taken");
  match(await why(lab.type(session, 5, "x")), /has been used/);
  match(await why(lab.type(session, 4, "x")), /has been used/);
  equal(await why(lab.type(session, 6, "b", good, "web", { columns: 60, rows: 20 })), "taken");
  equal(await why(lab.type(session, 7, "c", good, "web", { columns: 0, rows: 0 })), "taken");
  equal(pty.typed, "abc");
  deepEqual(pty.sizes, [{ columns: 80, rows: 24 }, { columns: 60, rows: 20 }]);
});

Deno.test("shells: a token opens one shell, however its signature is written, and none of an earlier life", async () => {
  const lab = new Lab();
  const token = await lab.token({});
  equal((await lab.open({}, { token })).kind, "opened");
  const again = await lab.open({}, { token });
  deepEqual(again, { kind: "refused", why: "its token has been used already" });
  const raw = `${token.raw.slice(0, token.raw.lastIndexOf("."))}.other`;
  equal((await lab.open({}, { token: { ...token, raw } })).kind, "refused");
  const [one, two] = await Promise.all([token, token].map(async () => {
    const same = await lab.token({}, good, "web", { id: "same" });
    return await lab.open({}, { token: same });
  }));
  deepEqual([one!.kind, two!.kind].sort(), ["opened", "refused"]);
  const before = Math.floor(lab.clock.now() / 1000) - 1;
  const old = await lab.token({}, good, "web", { issuedAt: before, expires: before + 5 });
  match(JSON.stringify(await lab.open({}, { token: old })), /made before this agent started/);
  equal(lab.ptys.opened.length, 2);
});

Deno.test("shells: so many at once, of one source and in all, and no more; what ends makes room", async () => {
  const lab = new Lab();
  const first = await lab.opened();
  for (let i = 1; i < 16; i++) equal((await lab.open()).kind, "opened");
  equal((await lab.open()).kind, "full");
  first.pty.exit({ kind: "exited", code: 0 });
  deepEqual(await first.answer.line(), { kind: "exited", code: 0 });
  await until(() => lab.history.length === 1, () => "it does not end");
  equal((await lab.open()).kind, "opened");
  for (const source of ["a", "b", "c"]) {
    for (let i = 0; i < 16; i++) equal((await lab.open({}, { source })).kind, "opened");
    deepEqual(lab.counts.at(-1), [source, 16]);
  }
  equal((await lab.open({}, { source: "d" })).kind, "full");
});

Deno.test("shells: the program waits for its reader; signs of life come when nothing else does", async () => {
  const lab = new Lab();
  const { pty, answer } = await lab.opened();
  equal(pty.reads, 0);
  for (let i = 0; i < 10; i++) pty.print(`${i}`);
  await lab.clock.advance(60_000);
  equal(pty.reads, 0);
  for (let i = 0; i < 10; i++) equal(await answer.line(), `${i}`);
  equal(pty.reads, 10);
  for (let i = 0; i < 3; i++) {
    const line = answer.line();
    await until(() => lab.clock.sleeping > 1, () => "no sign of life is planned");
    await lab.clock.advance(10_000);
    const alive = await line;
    truthy(typeof alive === "object" && alive.kind === "alive" && alive.padding.length > 0, JSON.stringify(alive));
  }
  pty.print("late");
  equal(await answer.line(), "late");
});

Deno.test("shells: who types more than the program takes is told to wait, and nothing is lost", async () => {
  const lab = new Lab();
  const { pty, session } = await lab.opened();
  const room = Promise.withResolvers<void>();
  pty.takes = room.promise;
  const part = "x".repeat(40_000);
  let number = 1;
  for (; number <= 3; number++) {
    const typing = lab.type(session, number, part);
    await until(() => lab.clock.sleeping > 1, () => "it does not wait");
    await lab.clock.advance(5_000);
    deepEqual(await typing, { kind: "taken" });
  }
  deepEqual(await lab.type(session, number++, part), { kind: "full" });
  equal(pty.typed, "");
  room.resolve();
  await until(() => pty.typed.length === 120_000, () => `${pty.typed.length}`);
  deepEqual(await lab.type(session, number, "y"), { kind: "taken" });
  truthy(pty.typed.endsWith("xy"));
});

Deno.test("shells: end with the client, with their time, and with the agent", async () => {
  const ends: readonly [string, (lab: Lab, answer: Answer) => Promise<unknown>, RegExp, boolean][] = [
    ["the connection", (lab) => Promise.resolve(lab.client.abort()), /the client went away/, false],
    ["the stream", (_, answer) => answer.cancel(), /the client went away/, false],
    ["the time", (lab) => lab.clock.advance(600_000), /open for 10m.*timeoutShell/, true],
    ["the signal", (lab) => Promise.resolve(lab.stop.abort()), /the agent stops/, true],
    ["closing", (lab) => lab.shells.close(), /the agent stops/, true],
  ];
  for (const [name, end, why, isTold] of ends) {
    const lab = new Lab();
    const { pty, answer } = await lab.opened();
    await end(lab, answer);
    await until(() => lab.history.length === 1, () => `${name}: it does not end`);
    match(lab.history[0]!.error, why, name);
    truthy(pty.isClosed, name);
    if (isTold) match(JSON.stringify(await answer.line()), why);
    await lab.shells.close();
  }
  const lab = new Lab();
  lab.stop.abort();
  equal((await lab.open()).kind, "full");
});

Deno.test("shells: what can't be started is told to who asked, and recorded", async () => {
  const lab = new Lab();
  lab.ptys.refusal = "program not found";
  for (const shell of ["nonesuch", "'"]) {
    const opened = await lab.open({}, { shell });
    truthy(opened.kind === "opened");
    const answer = new Answer(opened.lines);
    await answer.next();
    match(JSON.stringify(await answer.line()), /program not found|can't be split/);
    equal(await answer.next(), "end");
  }
  equal(lab.history.length, 2);
  match(lab.history[0]!.error, /could not be started: program not found/);
  deepEqual(lab.counts, []);
});

Deno.test("shells: a client without a window reads along, and its terminal is a dumb one", async () => {
  const lab = new Lab();
  const { pty } = await lab.opened({ columns: 0, rows: 0, input: btoa("id\n") });
  deepEqual([pty.request.reader, pty.request.env["TERM"], pty.typed], ["program", "dumb", "id\n"]);
  const exec = { env: { TERM: "vt100" }, envInherit: false, user: "alice", workDir: "/srv" };
  const { pty: told } = await lab.opened({ terminal: "xterm" }, { exec });
  deepEqual([told.request.env["TERM"], told.request.user, told.request.cwd], ["vt100", "alice", "/srv"]);
  equal(told.request.env["SECRET"], undefined);
});

Deno.test("shells: in a container on a terminal; one that is cut off is removed", async () => {
  const lab = new Lab();
  const exec = { env: {}, envInherit: true, container: { image: "debian", volumes: [] } };
  const { pty } = await lab.opened({ terminal: "xterm" }, { exec });
  const words = pty.request.argv.join(" ");
  match(words, /^\/bin\/docker run -i -t --rm --init --name etcha-\S+ --env TERM debian \/bin\/bash -l$/);
  lab.client.abort();
  await until(() => lab.history.length === 1, () => "it does not end");
  match(lab.processes.requests[0]!.argv.join(" "), /^\/bin\/docker rm --force etcha-/);
});

Deno.test("shells: under another configuration those end whose source or key has gone", async () => {
  const config =
    ok(parseConfig([{ origin: "test", place: "file", value: { sources: { web: { shell: "sh" } } } }])).config;
  const bare = ok(parseConfig([{ origin: "test", place: "file", value: { sources: { web: {} } } }])).config;
  const trusting = new Map([["web", { keys }]]);
  for (
    const [setup, why] of [
      [{ config, trusts: new Map([["web", { keys: keys.slice(1) }]]) }, /key is not trusted/],
      [{ config: bare, trusts: trusting }, /opens no shells any more/],
    ] as const
  ) {
    const lab = new Lab();
    const { answer } = await lab.opened();
    lab.shells.review({ config, trusts: trusting });
    const line = answer.line();
    equal(lab.counts.at(-1)![1], 1);
    lab.shells.review(setup);
    match(JSON.stringify(await line), why);
    await until(() => lab.history.length === 1, () => "it does not end");
  }
});

Deno.test("shells: what was read is not kept", async () => {
  const lab = new Lab();
  const { pty, answer } = await lab.opened();
  const part = "x".repeat(32 * 1024);
  const read = async (count: number) => {
    for (let i = 0; i < count; i++) {
      pty.print(part);
      await answer.next();
    }
  };
  await read(1000);
  const before = Deno.memoryUsage().rss;
  await read(16_000);
  // Half a gigabyte went through.
  truthy(Deno.memoryUsage().rss - before < 250e6, `${(Deno.memoryUsage().rss - before) / 1e6} MB more`);
});
