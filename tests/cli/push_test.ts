import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { Agent, until } from "./agent.ts";
import { testCertificate } from "../host/certificates.ts";
import { ConnectProxy } from "./connect_proxy.ts";
import { Folder } from "./folder.ts";
import { etcha, programEnvironment, programWords, type Ran, runtimeVersion } from "./program.ts";

/** Two hosts, and a folder with patterns and a configuration from which they are pushed to. */
class Fleet implements AsyncDisposable {
  private constructor(
    readonly folder: Folder,
    readonly hosts: Readonly<Record<"a" | "b", Agent>>,
    readonly config: Record<string, unknown>,
    private readonly owned: AsyncDisposableStack,
  ) {}

  static async start(): Promise<Fleet> {
    await using starting = new AsyncDisposableStack();
    const folder = starting.use(await Folder.make());
    const { privateKey, publicKey } = JSON.parse((await etcha(["generate-keys", "k"], { cwd: folder.path })).stdout);
    const agent = async (name: string) => {
      await Deno.mkdir(`${folder.path}/${name}`);
      const settings = {
        run_listenAddress: "127.0.0.1:0",
        run_verifyKeys: [publicKey],
        sources_core: { allowPush: true, exec: { allowOverride: true, env: { PLACE: name } } },
        sources_careful: { allowPush: true, checkOnly: true },
      };
      return starting.use(new Agent({ cwd: `${folder.path}/${name}`, settings }));
    };
    const [a, b] = [await agent("a"), await agent("b")];
    await Promise.all([a.listening(), b.listening()]);
    const target = ({ port }: Agent, more: object) => ({
      hostname: "127.0.0.1",
      port,
      sourcePatterns: { core: "" },
      ...more,
    });
    const config = {
      build: { signingKey: privateKey },
      targets: {
        zeta: target(a, { tlsFingerprint: fingerprint(a), vars: { name: "for a" } }),
        alpha: target(b, { tlsCA: "b/etcha/listener.pem" }),
      },
    };
    const fleet = new Fleet(folder, { a, b }, config, starting.move());
    await fleet.configure(config);
    await folder.write({
      "p.jsonnet": `local vars = std.native('getConfig')().vars;
        {
          build: [{ id: 'note', always: true, change: 'echo built for %s >> builds' % vars.target }],
          run: [{
            id: 'write',
            check: 'grep -qx "%s" made' % std.get(vars, 'name', 'nobody'),
            change: 'echo "%s" > made' % std.get(vars, 'name', 'nobody'),
            remove: 'rm made',
          }, { id: 'other', commands: [{ id: 'in group', check: 'test -e other', change: 'touch other' }] }],
        }`,
    });
    return fleet;
  }

  async configure(config: unknown): Promise<void> {
    await this.folder.write({ "etcha.jsonnet": JSON.stringify(config) });
  }

  push(...args: string[]): Promise<Ran> {
    return etcha(["push", ...args], { cwd: this.folder.path });
  }

  /** A push that is not waited for. */
  begin(...args: string[]): Deno.ChildProcess {
    const [program, ...before] = programWords();
    return new Deno.Command(program, {
      args: [...before, "push", ...args],
      cwd: this.folder.path,
      env: programEnvironment(),
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.owned.disposeAsync();
  }
}

function fingerprint(agent: Agent): string {
  return /SHA-256 ([0-9A-F:]{95})/.exec(agent.log)?.[1] ?? "";
}

Deno.test("push", async (test) => {
  await using fleet = await Fleet.start();
  const { folder } = fleet;
  const made = (host: string) => folder.read(`${host}/made`);

  await test.step("check mode says what would be, and nothing is", async () => {
    const checked = await fleet.push("-c", "core", "p.jsonnet");
    // What its check has printed stands below the reason, in the words of grep.
    const would = "    Would change 2: write, in group\n        write: its check fails\n          grep: …\n" +
      "        in group: its check fails\n";
    const plan = checked.stdout.replace(/^( {10}grep: ).*$/gm, "$1…");
    deepEqual([checked.code, plan], [0, `alpha:\n${would}zeta:\n${would}2 hosts: 2 would change\n`]);
    truthy(!folder.list("a").includes("made"));
    await Deno.remove(`${folder.path}/builds`);
  });

  await test.step("a source that only checks says so, whatever was asked for", async () => {
    const host = `127.0.0.1:${fleet.hosts.a.port}`;
    const push = (...flags: string[]) =>
      etcha(["-x", "build_tlsSkipVerify=true", "push", ...flags, "-h", host, "careful", "p.jsonnet"], {
        cwd: folder.path,
      });
    const [pushed, again] = [await push(), await push("--json")];
    match(
      pushed.stdout,
      /^127\.0\.0\.1:\n {4}Would change 2: write, in group\n {8}write: its check fails\n/,
      pushed.stderr,
    );
    deepEqual(JSON.parse(again.stdout).map(({ check }: { check: boolean }) => check), [true]);
    truthy(!folder.list("a").includes("made"));
    await Deno.remove(`${folder.path}/builds`);
  });

  await test.step("every target gets its vars; results are sorted by name", async () => {
    const pushed = await fleet.push("core", "p.jsonnet");
    deepEqual([pushed.code, pushed.stdout], [
      0,
      "alpha:\n    Changed 2: write, in group\nzeta:\n    Changed 2: write, in group\n2 hosts: 2 changed\n",
    ]);
    deepEqual([await made("a"), await made("b")], ["for a\n", "nobody\n"]);
    equal(await folder.read("builds"), "built for alpha\nbuilt for zeta\n");
    match(pushed.stderr, /^(alpha|zeta): done \(\d+\.\ds\): 2 changed$/m);
  });

  await test.step("-f narrows the run", async () => {
    for (const host of ["a", "b"]) await Deno.remove(`${folder.path}/${host}/made`);
    await Deno.remove(`${folder.path}/a/other`);
    const pushed = await fleet.push("-t", "zeta", "-f", "other", "core", "p.jsonnet");
    deepEqual([pushed.code, pushed.stdout], [0, "zeta:\n    Changed 1: in group\n"]);
    const none = await fleet.push("-t", "zeta", "-f", "nosuch", "core", "p.jsonnet");
    deepEqual([none.code, none.stdout], [0, "zeta:\n    No command matches the filter\n"]);
  });

  await test.step("-t narrows the targets, --json is for programs", async () => {
    const pushed = await fleet.push("-t", "^al", "--json", "core", "p.jsonnet");
    equal(pushed.code, 0);
    const [result, ...others] = JSON.parse(pushed.stdout);
    deepEqual([result.target, result.status, result.changedIDs, result.err], ["alpha", "answered", ["write"], ""]);
    deepEqual(others, []);
  });

  await test.step("a command's output comes back, and it replaces nothing", async () => {
    const ran = await fleet.push("core", 'echo "here is $PLACE"; echo two >&2');
    deepEqual([ran.code, ran.stdout], [
      0,
      "alpha:\n    here is b\n    two\nzeta:\n    here is a\n    two\n2 hosts: 2 done\n",
    ]);
    const words = await fleet.push("-h", "zeta", "core", "echo", "several", "words");
    equal(words.stdout, "zeta:\n    several words\n");
    equal((await fleet.push("-h", "zeta", "core", "true")).stdout, "zeta:\n    (no output)\n");
    const failed = await fleet.push("-h", "zeta", "core", "echo why; exit 7");
    deepEqual([failed.code, failed.stdout], [
      1,
      'zeta:\n    ERROR: change of "command" exited with 7: why\n',
    ]);
    equal((await fleet.push("-t", "alpha", "core", "p.jsonnet")).stdout, "alpha:\n    No changes\n");
  });

  await test.step("a certificate that is not the pinned one is refused before the token is sent", async () => {
    const other = fingerprint(fleet.hosts.b);
    const before = fleet.hosts.a.log;
    const ran = await etcha(["-x", `targets_zeta_tlsFingerprint=${other}`, "push", "-h", "zeta", "core", "true"], {
      cwd: folder.path,
    });
    equal(ran.code, 1);
    match(ran.stdout, /zeta:\n {4}ERROR: .*not the pinned one/);
    truthy(!ran.stdout.includes("SkipVerify\n") && fleet.hosts.a.log === before, "something arrived");
  });

  await test.step("a pattern that does not render is sent to nobody", async () => {
    await folder.write({ "bad.jsonnet": "{ run: [{ change: 'x' }, { id: 'y', chnge: 'y' }] }" });
    const before = [fleet.hosts.a.log, fleet.hosts.b.log];
    const ran = await fleet.push("core", "bad.jsonnet");
    deepEqual([ran.code, ran.stdout], [1, ""]);
    match(ran.stderr, /run\[0\].*missing/);
    match(ran.stderr, /"chnge"\n {2}hint: did you mean "change"/);
    deepEqual([fleet.hosts.a.log, fleet.hosts.b.log], before);
  });

  await test.step("a host that is not there is told beside the others", async () => {
    const gone = { hostname: "127.0.0.1", port: 1, sourcePatterns: { core: "" } };
    await fleet.configure({ ...fleet.config, targets: { ...fleet.config["targets"] as object, gone } });
    const ran = await fleet.push("core", "true");
    equal(ran.code, 1);
    match(
      ran.stdout,
      /^alpha:\n {4}\(no output\)\ngone:\n {4}ERROR: 127\.0\.0\.1:1: connection refused[^\n]*\n {8}hint: [^\n]*\nzeta:\n {4}\(no output\)\n3 hosts: 2 done, 1 unreachable \(gone\)\n$/,
    );
    const stopped = await fleet.push("--serial", "1", "--max-failures", "1", "core", "true");
    equal(stopped.code, 1);
    match(stopped.stdout, /^alpha:\n {4}\(no output\)\ngone:\n {4}ERROR: [^]*zeta:\n {4}ERROR: not sent: too many/);
    await fleet.configure(fleet.config);
  });

  await test.step("hosts that hang, refuse or show another certificate hold up nobody", async () => {
    // The kernel takes its connections, and nobody ever speaks.
    using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    await using mute = await MuteHost.start();
    const at = (port: number, more: object) => ({ hostname: "127.0.0.1", port, sourcePatterns: { core: "" }, ...more });
    await fleet.configure({
      ...fleet.config,
      targets: {
        ...fleet.config["targets"] as object,
        closed: at(1, {}),
        mute: at(mute.port, { tlsFingerprint: mute.fingerprint }),
        silent: at(silent.addr.port, {}),
        wrong: at(fleet.hosts.a.port!, { tlsFingerprint: fingerprint(fleet.hosts.b) }),
      },
    });
    const ran = await fleet.push("--json", "--timeout", "10s", "core", "true");
    await fleet.configure(fleet.config);
    equal(ran.code, 1);
    const results = JSON.parse(ran.stdout) as { target: string; outcome: string; seconds: number; err: string }[];
    deepEqual(results.map(({ target, outcome }) => [target, outcome]), [
      ["alpha", "done"],
      ["closed", "unreachable"],
      ["mute", "unanswered"],
      ["silent", "unreachable"],
      ["wrong", "failed"],
      ["zeta", "done"],
    ]);
    const took = (name: string) => results.find(({ target }) => target === name)!.seconds;
    truthy(took("alpha") < took("mute") && took("zeta") < took("silent"), JSON.stringify(results));
    match(results[2]!.err, /no answer within 10s\n *hint: it was sent, and the host may be running it/);
    match(
      ran.stderr,
      /^6 hosts: 2 done, 1 failed \(wrong\), 2 unreachable \(closed, silent\), 1 may be running \(mute\)$/m,
    );
  });

  // Up to 2.8 the runtime can't open a tunnel for a connection whose certificate it does not verify by itself.
  const canTunnel = !/^(1|2\.[0-8])\./.test(runtimeVersion());
  const tunnels = `proxies of the environment are used, whatever makes a certificate be trusted${
    canTunnel ? "" : `: not by the runtime ${runtimeVersion()}`
  }`;
  await test.step({ name: tunnels, ignore: !canTunnel, fn: proxiesAreUsed });

  async function proxiesAreUsed(): Promise<void> {
    await using proxy = new ConnectProxy();
    const push = (exceptions: string, ...settings: string[]) =>
      etcha([...settings.flatMap((setting) => ["-x", setting]), "push", "core", "echo hello"], {
        cwd: folder.path,
        // The runtime would look for a newer version of itself, through the proxy.
        env: { HTTPS_PROXY: proxy.url, NO_PROXY: exceptions, DENO_NO_UPDATE_CHECK: "1" },
      });
    const ports = Object.values(fleet.hosts).map(({ port }) => `127.0.0.1:${port}`).sort();
    const said = "alpha:\n    hello\nzeta:\n    hello\n2 hosts: 2 done\n";
    const trusted = await push("");
    deepEqual([trusted.stdout, [...new Set(proxy.asked)].sort()], [said, ports], trusted.stderr);
    proxy.asked.length = 0;
    const unverified = await push("", "build_tlsSkipVerify=true");
    deepEqual([unverified.stdout, [...new Set(proxy.asked)].sort()], [said, ports], unverified.stderr);
    proxy.asked.length = 0;
    const direct = await push("127.0.0.0/8");
    deepEqual([direct.stdout, proxy.asked], [said, []], direct.stderr);
  }

  await test.step("ctrl-C tells what was sent and what was not; the host goes on", async () => {
    const child = fleet.begin(
      "--serial",
      "1",
      "core",
      "touch begun; until test -e go; do sleep 0.05; done; touch ended",
    );
    const output = child.output();
    await until(() => folder.list("b").includes("begun"), () => "the command never began");
    child.kill("SIGINT");
    const { code, stdout } = await output;
    equal(code, 130);
    equal(
      new TextDecoder().decode(stdout),
      "alpha:\n    ERROR: sent, and not waited for: the host may be running it\nzeta:\n    ERROR: not sent\n" +
        "2 hosts: 1 may be running (alpha), 1 not sent (zeta)\n",
    );
    await folder.write({ "b/go": "" });
    await until(() => folder.list("b").includes("ended"), () => "the run ended with its caller");
  });

  await test.step("ctrl-C before anything was sent says so", async () => {
    await folder.write({
      "slow.jsonnet": "{ build: [{ id: 'x', always: true, change: 'touch building; sleep 60' }], run: [] }",
    });
    const child = fleet.begin("core", "slow.jsonnet");
    const output = child.output();
    await until(() => folder.list().includes("building"), () => "the build never began");
    child.kill("SIGINT");
    const { code, stdout, stderr } = await output;
    deepEqual([code, stdout.length], [130, 0]);
    match(new TextDecoder().decode(stderr), /^nothing was sent$/m);
  });
});

/** Takes pushes over TLS and never answers. */
class MuteHost implements AsyncDisposable {
  readonly #held = Promise.withResolvers<Response>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  private constructor(readonly fingerprint: string, tls: { readonly cert: string; readonly key: string }) {
    const { cert, key } = tls;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, cert, key, onListen: () => {} },
      () => this.#held.promise,
    );
  }

  static async start(): Promise<MuteHost> {
    const made = await testCertificate();
    return new MuteHost(made.fingerprint, made);
  }

  get port(): number {
    return this.#server.addr.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#held.resolve(new Response());
    await this.#server.shutdown();
  }
}
