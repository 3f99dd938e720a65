/** Secrets are planted wherever one may stand; then everything that the program shows anywhere is searched for them. */
import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { Agent, until } from "./agent.ts";
import { Folder } from "./folder.ts";
import { markedProcesses } from "./marked_processes.ts";
import { etcha } from "./program.ts";

/** Each secret has a number of its own, so that a leak says which one it is. */
const canary = (name: string) => `canary-${name}-5up3r`;
const CANARY = /canary-[a-z]+-5up3r/g;
const MARK = "SECRETS_TEST";

/** Everything that was shown, by where it was. */
class Seen {
  readonly #parts: { readonly where: string; readonly text: string }[] = [];

  add(where: string, text: string): void {
    this.#parts.push({ where, text });
  }

  /** Also in the forms in which a value travels. */
  leaks(): readonly string[] {
    return this.#parts.flatMap(({ where, text }) =>
      [...new Set([text, ...decoded(text)].flatMap((form) => form.match(CANARY) ?? []))].map((leak) =>
        `${where}: ${leak}`
      )
    );
  }
}

function decoded(text: string): readonly string[] {
  return (text.match(/[A-Za-z0-9+/_-]{24,}={0,2}/g) ?? []).map((one) =>
    Uint8Array.from(atobSafe(one.replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, "")), (c) => c.charCodeAt(0))
  ).map((bytes) => new TextDecoder().decode(bytes));
}

function atobSafe(text: string): string {
  return atob(text.slice(0, text.length - (text.length % 4)));
}

interface Place extends AsyncDisposable {
  readonly folder: Folder;
  readonly server: Deno.HttpServer<Deno.NetAddr>;
  readonly privateKey: string;
}

/** A folder whose configuration and patterns are full of secrets, and a server that repeats what it is told. */
async function place(): Promise<Place> {
  const folder = await Folder.make();
  // What a server says to a wrong password is not always discreet.
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const told = `${request.url} ${request.headers.get("authorization")}`;
    return new URL(request.url).pathname === "/good"
      ? new Response(canary("content"))
      : new Response(told, { status: 403, statusText: "No" });
  });
  const url = (path: string) => `http://user:${canary("password")}@127.0.0.1:${server.addr.port}${path}`;
  const header = `#Authorization:Bearer ${canary("header")}`;
  const { privateKey, publicKey } = JSON.parse((await etcha(["generate-keys", "k"], { cwd: folder.path })).stdout);
  const config = {
    build: { signingKey: privateKey },
    exec: { allowOverride: true, env: { PASSWORD: canary("env") } },
    run: {
      listenAddress: "127.0.0.1:0",
      systemMetricsSecret: canary("metrics"),
      systemPprofSecret: canary("pprof"),
      verifyKeys: [publicKey],
    },
    sources: {
      pushed: { allowPush: true, vars: { secret: canary("sourcevar") }, exec: { env: { TOKEN: canary("sourceenv") } } },
      pulling: { pullPaths: [`${url(`/refused?token=${canary("query")}`)}${header}`], runFrequency: "200ms" },
    },
    targets: { host: { vars: { password: canary("targetvar") }, sourcePatterns: { pushed: "" } } },
    vars: { secret: canary("var"), nested: { apiKey: [canary("key")] } },
  };
  const native = "local native(name) = std.native(name);\n";
  await folder.write({
    "etcha.jsonnet": JSON.stringify(config),
    "good.jsonnet": `${native}
      local fetched = native('getFile')('${url("/good")}${header}', null, false);
      {
        run: [
          { id: 'quiet', sensitive: true, check: 'echo ${canary("check")}; false', change: 'echo ${
      canary("change")
    }; echo $PASSWORD; echo %s; sleep 1' % fetched, remove: 'true' },
          { id: 'uses', sensitive: true, always: true, change: 'test -n "$TOKEN"', stdin: native('getConfig')().vars.secret },
          { id: 'fails', sensitive: true, change: 'echo ${canary("failing")}; exit 3', always: true },
          // Words are arguments, which everybody sees who may list processes: these don't get to run.
          { id: 'words', sensitive: true, check: ['echo', '${canary("word")}'], change: ['echo', '${canary("word")}'] },
        ],
      }`,
    "forbidden.jsonnet": `${native}
      { run: [{ id: 'x', change: native('getFile')('${
      url(`/refused?token=${canary("query")}`)
    }${header}', null, false) }] }`,
    "unreachable.jsonnet": `${native}
      { run: [{ id: 'x', change: native('getFile')('http://127.0.0.1:1/x?token=${
      canary("query")
    }${header}', null, false) }] }`,
    "badheader.jsonnet": `${native}
      { run: [{ id: 'x', change: native('getFile')('http://127.0.0.1:1/x#${canary("header")}', null, false) }] }`,
    "wrong.jsonnet": `{ run: [{ id: 'x', sensitive: true, change: '${canary("change")}', chang: 1 }] }`,
  });
  return {
    folder,
    server,
    privateKey,
    [Symbol.asyncDispose]: async () => {
      await server.shutdown();
      await folder[Symbol.asyncDispose]();
    },
  };
}

Deno.test("no command line shows a secret, whether it works or not", async () => {
  await using here = await place();
  const { folder } = here;
  const seen = new Seen();
  const key = here.privateKey.split(":")[1] ?? "";
  const secret = canary("assigned");
  const COMMANDS: readonly (readonly string[])[] = [
    ["show-config"],
    ["show-config", "--json"],
    ["render", "good.jsonnet"],
    ["render", "forbidden.jsonnet"],
    ["render", "unreachable.jsonnet"],
    ["render", "badheader.jsonnet"],
    ["render", "wrong.jsonnet"],
    ["local", "good.jsonnet"],
    ["local", "-c", "good.jsonnet"],
    ["local", "--json", "good.jsonnet"],
    ["build", "good.jsonnet", "good.jwt"],
    ["build", "forbidden.jsonnet"],
    ["lint", "wrong.jsonnet"],
    ["jwt", `http://user:${secret}@127.0.0.1:${here.server.addr.port}/refused?token=${secret}#Authorization:${secret}`],
    ["render", `http://127.0.0.1:1/x.jwt?token=${secret}#Authorization:${secret}`],
    ["compare", `http://127.0.0.1:1/x?token=${secret}`, "etcha.jsonnet"],
    ["-x", `build_signingKey=${secret}`, "show-config"],
    ["-x", `build_signingKey=ed25519private:${secret}:k`, "build", "good.jsonnet"],
    ["-x", `run_systemMetricsSecret=${secret}`, "-x", "run_nope=1", "show-config"],
    ["-x", `run_tlsKeyBase64=${secret}!`, "show-config"],
    ["-x", `sources_pushed_pullPaths=["http://h/#${secret}"]`, "show-config"],
    ["-x", `vars=${secret}`, "show-config"],
    ["-x", `exec_env={"A": {"B": "${secret}"}}`, "show-config"],
    ["-x", secret, "show-config"],
    [`build_signingKey=${secret}`],
    ["push", "-h", "127.0.0.1:1", "pushed", "good.jsonnet"],
    ["complete", "--", "push", ""],
    ["complete", "--", "push", "-h", ""],
    ["status", "--json"],
    ["history"],
  ];
  for (const args of COMMANDS) {
    const ran = await etcha(["-l", "debug", ...args], { cwd: folder.path });
    truthy(!/\n\s+at .*\.(ts|js):\d+/.test(ran.stderr), ran.stderr);
    seen.add(`${args.join(" ").slice(0, 60)} (stdout)`, ran.stdout);
    seen.add(`${args.join(" ").slice(0, 60)} (stderr)`, ran.stderr);
    truthy(!`${ran.stdout}${ran.stderr}`.includes(key), args.join(" "));
  }
  for (
    const [name, value] of [
      ["ETCHA_build_signingKey", secret],
      ["ETCHA_config", `{ vars: { password: ${secret.replaceAll("-", "_")} } }`],
      ["ETCHA_config", `{ vars: { password: std.parseInt('${secret}') } }`],
      ["ETCHA_run", `{"systemMetricsSecret":"${secret}"`],
    ] as const
  ) {
    const ran = await etcha(["show-config"], { cwd: folder.path, env: { [name]: value } });
    equal(ran.code, 2);
    seen.add(`${name} (stderr)`, ran.stderr.replaceAll("_", "-"));
  }
  deepEqual(seen.leaks(), []);
});

Deno.test({
  name: "no log, metric, history, answer or argument list of an agent shows a secret",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using here = await place();
    const { folder } = here;
    const seen = new Seen();
    const cwd = folder.path;
    const mark = crypto.randomUUID();
    for (const format of ["kv", "json", "human"]) {
      await using agent = new Agent({
        cwd,
        env: { [MARK]: mark, ETCHA_SIGNING_PASSPHRASE: canary("passphrase") },
        settings: { cli_logFormat: format, cli_logLevel: "debug" },
      });
      await agent.listening();
      const flags = ["-x", "build_tlsSkipVerify=true", "-l", "debug", "push", "-h", `127.0.0.1:${agent.port}`];
      const pushing = etcha([...flags, "pushed", "good.jsonnet"], { cwd });
      // While the sensitive command runs.
      await until(() => markedProcesses(MARK, mark).some((pid) => commandLine(pid).includes("sleep")), () => agent.log);
      for (const pid of markedProcesses(MARK, mark)) seen.add(`arguments of ${pid}`, commandLine(pid));
      const pushed = await pushing;
      equal(pushed.code, 1, pushed.stderr);
      match(pushed.stdout, /fails/);
      seen.add("push (stdout)", pushed.stdout);
      seen.add("push (stderr)", pushed.stderr);
      const refused = await etcha([...flags, "pushed", "forbidden.jsonnet"], { cwd });
      seen.add("refused push", refused.stdout + refused.stderr);
      const metrics = await agent.call("/etcha/v1/system/metrics", {
        headers: { authorization: `Bearer ${canary("metrics")}` },
      });
      equal(metrics.status, 200);
      seen.add("metrics", metrics.body);
      seen.add("wrong secret", (await agent.call(`/etcha/v1/system/metrics?key=${canary("wrong")}`)).body);
      seen.add(
        "wrong token",
        (await agent.push("pushed", canary("token"), { query: `?token=${canary("query")}` })).body,
      );
      for (const args of [["status"], ["status", "--json"], ["history"], ["history", "--json"]]) {
        const { stdout, stderr } = await etcha(args, { cwd });
        seen.add(args.join(" "), stdout + stderr);
      }
      await agent.logged(/pull/);
      seen.add(`log (${format})`, agent.log);
      agent.signal("SIGTERM");
      equal(await agent.ended(), 0);
    }
    deepEqual(seen.leaks(), []);
    // What holds secrets is for its owner alone.
    for (const name of folder.list("etcha")) {
      const { mode, isFile } = await Deno.stat(`${cwd}/etcha/${name}`);
      if (isFile && !name.endsWith(".pem")) equal((mode ?? 0) & 0o077, 0, name);
    }
  },
});

function commandLine(pid: number): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || (error instanceof Error && /os error 3/.test(error.message))) {
      return "";
    }
    throw error;
  }
}
