import assert from "node:assert/strict";
import process from "node:process";
import { processes } from "../../src/host/deno/processes.ts";
import type { ProcessRequest, ProcessResult } from "../../src/host/host.ts";

const PATH = Deno.env.get("PATH") ?? "/usr/bin:/bin";
const never = new AbortController().signal;
const root = Deno.uid() === 0;

function sh(script: string, more: Partial<ProcessRequest> = {}): Promise<ProcessResult> {
  return processes.run({ argv: ["sh", "-c", script], env: { PATH }, outputLimit: 1 << 20, ...more }, never);
}

function output(result: ProcessResult): string {
  assert.ok(result.kind !== "not-started", JSON.stringify(result));
  return result.output;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !Deno.readTextFileSync(`/proc/${pid}/stat`).includes(") Z ");
  } catch (error) {
    assert.match(String(error), /ESRCH|NotFound/);
    return false;
  }
}

Deno.test("output and errors arrive together, in order", async () => {
  const result = await sh("for i in 1 2 3; do echo out $i; echo err $i >&2; done; exit 3");
  assert.deepEqual(result, { kind: "exited", code: 3, output: "out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n" });
});

Deno.test("the environment is exactly what was asked for", async () => {
  const env = { A: "1", B: "two words\nand a line", ENV: "/nonexistent" };
  const result = await processes.run({ argv: ["/usr/bin/env"], env, outputLimit: 10_000 }, never);
  assert.deepEqual(output(result).split("\n").sort(), ["", "A=1", "B=two words", "ENV=/nonexistent", "and a line"]);
});

Deno.test("a variable whose name no shell can spell is kept", async () => {
  const env = { "a.b": "1", "BASH_FUNC_f%%": "() { :; }" };
  const result = await processes.run({ argv: ["/usr/bin/env"], env, outputLimit: 10_000 }, never);
  assert.deepEqual(output(result).trim().split("\n").sort(), ["BASH_FUNC_f%%=() { :; }", "a.b=1"]);
  const both = await sh("echo out; echo err >&2", { env: { PATH, "a.b": "1" } });
  assert.deepEqual(output(both).trim().split("\n").sort(), ["err", "out"]);
});

Deno.test("standard input is the given text, else empty", async () => {
  assert.equal(output(await sh("cat", { stdin: "a\nb" })), "a\nb");
  assert.equal(output(await sh("cat; echo end")), "end\n");
  const big = "x".repeat(300_000);
  assert.equal(output(await sh("wc -c", { stdin: big })).trim(), "300000");
  assert.equal(output(await sh("echo not read", { stdin: big })), "not read\n");
});

Deno.test("a program runs in its folder; one that is missing is told", async () => {
  assert.equal(output(await sh("pwd", { cwd: "/usr" })), "/usr\n");
  const result = await sh("pwd", { cwd: "/nonexistent" });
  assert.deepEqual(result, { kind: "not-started", reason: 'there is no folder "/nonexistent" to run it in' });
});

Deno.test("a program that is not found is not started, and PATH is told", async () => {
  const request = { argv: ["nonesuch"] as const, env: { PATH: "/bin:/usr/bin" }, outputLimit: 100 };
  assert.deepEqual(await processes.run(request, never), {
    kind: "not-started",
    reason: 'program "nonesuch" not found, PATH is "/bin:/usr/bin"',
  });
  const path = await processes.run({ ...request, argv: ["/etc/passwd"] }, never);
  assert.deepEqual(path, { kind: "not-started", reason: "/etc/passwd is no program that can be executed" });
});

Deno.test("a program that the kernel refuses is not started", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const script = `${folder}/script`;
    await Deno.writeTextFile(script, "#!/nonexistent/interpreter\n", { mode: 0o755 });
    const env = { PATH };
    for (const more of [{}, { env: { PATH, "a.b": "" } }, root ? { user: "daemon" } : {}]) {
      await Deno.chmod(folder, 0o755);
      const result = await processes.run({ argv: [script], env, outputLimit: 10_000, ...more }, never);
      assert.equal(result.kind, "not-started", JSON.stringify(result));
      assert.match(result.kind === "not-started" ? result.reason : "", /No such file|not found|Not found/i);
    }
    const long = await sh("x".repeat(200_000));
    assert.equal(long.kind, "not-started");
    // An exit code alone says nothing: the program may have chosen it.
    assert.deepEqual(await sh("echo etcha-: 1: exec: lie; exit 127"), {
      kind: "exited",
      code: 127,
      output: "etcha-: 1: exec: lie\n",
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a signal is told by its name", async () => {
  assert.deepEqual(await sh("echo before; kill -9 $$"), { kind: "signalled", signal: "SIGKILL", output: "before\n" });
});

Deno.test("output is kept up to the limit and read to its end", async () => {
  const result = await sh("head -c 3000000 /dev/zero | tr '\\0' 'ü'; exit 4", { outputLimit: 1001 });
  assert.equal(result.kind === "exited" && result.code, 4);
  assert.match(output(result), /^.{500,1001}\n\[\d+ more bytes of output were dropped\]\n$/);
  assert.ok(!output(result).slice(0, 400).includes("\ufffd\ufffd\n"));
  assert.equal(output(await sh("printf abc", { outputLimit: 3 })), "abc");
  assert.equal(output(await sh("printf aüü", { outputLimit: 4 })), "aü\n[1 more bytes of output were dropped]\n");
  assert.equal(output(await sh("printf '\\357\\273\\277a\\377'")), "\ufeffa\ufffd");
});

Deno.test("on timeout the whole group ends, also what ignores TERM", async () => {
  const start = performance.now();
  const quick = await sh("sleep 60 & echo $!; echo $$; wait", { timeout: 200 });
  assert.equal(quick.kind, "timed-out");
  assert.ok(performance.now() - start < 3000);
  const stubborn = await sh(
    "trap '' TERM; (trap '' TERM; exec sleep 60) & echo $!; echo $$; while :; do sleep 1; done",
    {
      timeout: 200,
    },
  );
  assert.equal(stubborn.kind, "timed-out");
  const pids = `${output(quick)}${output(stubborn)}`.trim().split("\n").map(Number);
  assert.equal(pids.length, 4);
  assert.deepEqual(pids.filter(isAlive), []);
});

Deno.test("a program may use TERM to clean up", async () => {
  const result = await sh("trap 'echo cleaned; exit 0' TERM; sleep 60 & wait", { timeout: 200 });
  assert.deepEqual(result, { kind: "timed-out", output: "cleaned\n" });
});

Deno.test("abort ends the group, before and during the run", async () => {
  const aborted = await processes.run({ argv: ["sh"], env: { PATH }, outputLimit: 1 }, AbortSignal.abort());
  assert.deepEqual(aborted, { kind: "cancelled", output: "" });
  const controller = new AbortController();
  const begun = await Deno.makeTempFile();
  const run = processes.run(
    { argv: ["sh", "-c", 'echo $$; echo begun >"$0"; sleep 60', begun], env: { PATH }, outputLimit: 100 },
    controller.signal,
  );
  while (await Deno.readTextFile(begun) === "") await new Promise((resolve) => setTimeout(resolve, 5));
  controller.abort();
  const result = await run;
  await Deno.remove(begun);
  assert.equal(result.kind, "cancelled");
  assert.equal(isAlive(Number(output(result))), false);
});

Deno.test("a background process that keeps the pipe neither hangs the run nor is killed by it", async () => {
  const start = performance.now();
  const result = await sh("nohup sleep 60 & echo $!; head -c 500000 /dev/zero");
  assert.ok(performance.now() - start < 3000);
  const text = output(result);
  assert.equal(text.length - text.indexOf("\n") - 1, 500_000);
  const pid = parseInt(text);
  assert.equal(isAlive(pid), true);
  process.kill(pid, "SIGKILL");
  const chatty = await sh("(while :; do echo x; sleep 0.01; done) & echo $!; exit 5");
  assert.equal(chatty.kind === "exited" && chatty.code, 5);
  // Its pipe is gone, so that it ends by itself at the next line.
  for (let i = 0; i < 200 && isAlive(parseInt(output(chatty))); i++) await new Promise((r) => setTimeout(r, 10));
  assert.equal(isAlive(parseInt(output(chatty))), false);
});

Deno.test({
  name: `user and group by name or number, with supplementary groups${root ? "" : " (skipped: needs root)"}`,
  ignore: !root,
  async fn() {
    const more = { cwd: "/" };
    // The group of the account itself stays among the supplementary ones, as initgroups(3) has it.
    assert.equal(output(await sh("id -u; id -g; id -G", { ...more, user: "1", group: "2" })), "1\n2\n2 1\n");
    assert.equal(output(await sh("id -un; id -gn", { ...more, user: "nobody", group: "daemon" })), "nobody\ndaemon\n");
    assert.equal(
      output(await sh("id -u; id -g; id -G", { ...more, user: "12345", group: "54321" })),
      "12345\n54321\n54321\n",
    );
    assert.equal(output(await sh("id -u; id -g", { ...more, group: "daemon" })), "0\n1\n");
    const member = (await Deno.readTextFile("/etc/group")).split("\n").map((line) => line.split(":"))
      .flatMap(([name, , gid, members]) =>
        (members ?? "").split(",").filter(Boolean).map((user) => ({ user, name, gid }))
      )[0];
    if (member !== undefined) {
      const groups = output(await sh("id -G", { ...more, user: member.user })).trim().split(" ");
      assert.ok(groups.includes(member.gid!), `${member.user} in ${member.name}: ${groups}`);
    }
  },
});

Deno.test("users and groups that do not exist are told", async () => {
  assert.deepEqual(await sh("id", { user: "no-such-user" }), {
    kind: "not-started",
    reason: 'there is no user "no-such-user"',
  });
  assert.deepEqual(await sh("id", { group: "no-such-group" }), {
    kind: "not-started",
    reason: 'there is no group "no-such-group"',
  });
  const alone = await sh("id", { user: "123456" });
  assert.match(alone.kind === "not-started" ? alone.reason : "", /set the group, too/);
});

Deno.test("many runs, side by side and one after the other, keep memory flat", async () => {
  const batch = async (count: number) => {
    for (let i = 0; i < count; i += 10) {
      await Promise.all(Array.from({ length: 10 }, () => sh("echo x", { stdin: "y" })));
    }
  };
  await batch(200);
  const before = Deno.memoryUsage().rss;
  await batch(500);
  assert.ok(Deno.memoryUsage().rss - before < 40e6, `${(Deno.memoryUsage().rss - before) / 1e6} MB more`);
});

Deno.test({
  name: `sudo -E comes before what would not run as root${root ? "" : " (skipped: needs root)"}`,
  ignore: !root,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.chmod(folder, 0o755);
      const path = `${folder}:${PATH}`;
      await Deno.writeTextFile(`${folder}/sudo`, '#!/bin/sh\nprintf "%s " "$@"; echo; shift 2; exec "$@"\n');
      await Deno.chmod(`${folder}/sudo`, 0o755);
      const run = (more: Partial<ProcessRequest>) =>
        sh("echo $A; exit 7", { privilege: "sudo", env: { PATH: path, A: "kept" }, ...more });
      for (const asRoot of [{}, { user: "0" }, { user: "root" }]) {
        assert.deepEqual(await run(asRoot), { kind: "exited", code: 7, output: "kept\n" });
      }
      const other = { user: "12345", group: "54321" };
      const raised = await run(other);
      assert.match(output(raised), /^-E -- \S*\/sh -c echo \$A; exit 7 \nkept\n$/);
      assert.equal(raised.kind === "exited" && raised.code, 7);
      await Deno.writeTextFile(`${folder}/sudo`, "#!/bin/sh\necho 'sudo: a password is required' >&2; exit 1\n");
      assert.deepEqual(await run(other), { kind: "not-started", reason: "sudo: a password is required" });
      await Deno.remove(`${folder}/sudo`);
      const missing = await run({ ...other, env: { PATH: "/nowhere" }, argv: ["/bin/sh", "-c", "true"] });
      assert.match(missing.kind === "not-started" ? missing.reason : "", /program "sudo" not found/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
