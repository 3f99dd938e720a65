import { deepEqual, equal, match, ok as truthy, rejects } from "node:assert/strict";
import { Hono } from "hono";
import { RefusalLimiter } from "../../src/agent/limits.ts";
import { BodyBudget } from "../../src/agent/routes/body.ts";
import { pushRoute } from "../../src/agent/routes/push.ts";
import type { Connection } from "../../src/agent/routes/route.ts";
import { Shells } from "../../src/agent/shells.ts";
import { serve } from "../../src/agent/serve.ts";
import { parseConfig } from "../../src/domain/config_layers.ts";
import type { Listener, Network } from "../../src/host/network.ts";
import { createHost } from "../../src/host/deno/host.ts";
import { Metrics } from "../../src/agent/metrics.ts";
import { ok } from "../token/tokens.ts";
import { until } from "../cli/agent.ts";
import { Folder } from "../cli/folder.ts";
import { testCertificate } from "../host/certificates.ts";
import { portOf } from "../host/listening.ts";
import { FakeSource } from "./fake_source.ts";

const certificate = await testCertificate("localhost");

/** What the routes of an agent get whose one source, `web`, is played; it listens on any free port. */
function means(run: object = {}) {
  const source = new FakeSource();
  const real = createHost(new URL("../../src/main.ts", import.meta.url).href);
  const listeners: Listener[] = [];
  const requests = { begun: 0, ended: 0 };
  const network: Network = {
    ...real.network,
    listen: async (options, handler) => {
      const listener = await real.network.listen(options, async (...request) => {
        requests.begun++;
        try {
          return await handler(...request);
        } finally {
          requests.ended++;
        }
      });
      listeners.push(listener);
      return listener;
    },
  };
  const configOf = (run: object) => {
    const value = { run: { listenAddress: "127.0.0.1:0", ...run }, sources: { web: { allowPush: true } } };
    return ok(parseConfig([{ origin: "test", place: "file", value }])).config;
  };
  const inBase64 = { tlsCertificateBase64: btoa(certificate.cert), tlsKeyBase64: btoa(certificate.key) };
  const config = configOf({ ...inBase64, systemMetricsSecret: "secret", ...run });
  const options = {
    config,
    host: { ...real, network },
    log: source.log,
    metrics: new Metrics("0", source.files),
    shells: new Shells({
      ...real,
      log: source.log,
      stop: source.stop.signal,
      random: Math.random,
      startedAt: 0,
      count: () => {},
    }),
    sources: { config, runners: new Map([["web", source.runner]]) },
  };
  return { options, source, configOf, requests, port: (index = 0) => portOf(listeners[0]!, index) };
}

Deno.test("serve: has its address before it is opened, and answers then", async () => {
  const { options, source, port } = means();
  await using owned = new AsyncDisposableStack();
  const door = ok(await serve({ ...options, owned }));
  using client = Deno.createHttpClient({ caCerts: [certificate.cert] });
  const metrics = async () => {
    const response = await fetch(`https://localhost:${port()}/etcha/v1/system/metrics?key=secret`, { client });
    return { status: response.status, again: response.headers.get("retry-after"), body: await response.text() };
  };
  const early = await metrics();
  deepEqual(early, { status: 503, again: "5", body: "the agent is starting, try again\n" });
  deepEqual(source.log.messages, []);
  door.open();
  equal((await metrics()).status, 200);
  equal(source.log.messages.length, 1);
  match(source.log.messages[0]!, new RegExp(`^Starting listener\\.\\.\\. on 127\\.0\\.0\\.1:${port()}, certificate`));
});

Deno.test("serve: profiles of the process, to who knows their secret", async () => {
  const { options, port } = means({ systemPprofSecret: "profiler" });
  await using owned = new AsyncDisposableStack();
  ok(await serve({ ...options, owned })).open();
  using client = Deno.createHttpClient({ caCerts: [certificate.cert] });
  const get = async (path: string) => {
    const response = await fetch(`https://localhost:${port()}/etcha/v1/system/pprof/${path}`, { client });
    return { status: response.status, body: await response.text() };
  };
  for (const path of ["cpu", "cpu?key=secret", "heap?key=", "other"]) equal((await get(path)).status, 403, path);
  equal((await get("other?key=profiler")).status, 404);
  for (const seconds of ["0", "61", "1e1", "x"]) equal((await get(`cpu?key=profiler&seconds=${seconds}`)).status, 400);
  for (const [kind, root] of [["cpu", "nodes"], ["heap", "head"]] as const) {
    const both = await Promise.all([1, 2].map(() => get(`${kind}?key=profiler&seconds=1`)));
    const [profile, busy] = both.sort((a, b) => a.status - b.status);
    deepEqual([profile!.status, busy], [200, { status: 503, body: "the process is being profiled already\n" }]);
    truthy(root in JSON.parse(profile!.body), kind);
  }
});

Deno.test("serve: a profile that is being taken does not hold up the end, and is answered", async () => {
  const { options, port, requests } = means({ systemPprofSecret: "profiler" });
  await using owned = new AsyncDisposableStack();
  ok(await serve({ ...options, owned })).open();
  using client = Deno.createHttpClient({ caCerts: [certificate.cert] });
  const path = "/etcha/v1/system/pprof/cpu?key=profiler&seconds=60";
  const begin = performance.now();
  const profile = fetch(`https://localhost:${port()}${path}`, { client }).then((response) => response.json());
  await until(() => requests.begun === 1, () => "the request does not come");
  await owned.disposeAsync();
  truthy("nodes" in await profile);
  truthy(performance.now() - begin < 50_000);
});

Deno.test("serve: an upload that breaks off leaves no line in the log", async () => {
  const { options, source, port, requests } = means();
  await using owned = new AsyncDisposableStack();
  ok(await serve({ ...options, owned })).open();
  const before = source.log.messages.length;
  const head = "POST /etcha/v1/push/web HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nbegin";
  for (let i = 1; i <= 3; i++) {
    using connection = await Deno.connectTls({
      hostname: "localhost",
      port: port(),
      caCerts: [certificate.cert],
      alpnProtocols: ["http/1.1"],
    });
    await connection.write(new TextEncoder().encode(head));
    await until(() => requests.begun === i, () => "the request does not come");
  }
  await until(() => requests.ended === 3, () => "the requests go on");
  await owned.disposeAsync();
  deepEqual(source.log.messages.slice(before), []);
});

Deno.test("serve: another configuration while it is open, or the old one where that can't be", async () => {
  const { options, source, configOf, port } = means();
  await using owned = new AsyncDisposableStack();
  const door = ok(await serve({ ...options, owned }));
  door.open();
  const first = port();
  const status = async (origin: string, secret: string) => {
    using client = Deno.createHttpClient({ caCerts: [certificate.cert] });
    const response = await fetch(`${origin}/etcha/v1/system/metrics?key=${secret}`, { client });
    await response.body?.cancel();
    return response.status;
  };
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const refusals = [
    { listenAddress: `http://127.0.0.1:${taken.addr.port}`, systemMetricsSecret: "other" },
    { tlsCertificatePath: "/nowhere/cert", tlsKeyPath: "/nowhere/key" },
    { tlsCertificateBase64: btoa(certificate.cert), tlsKeyBase64: btoa((await testCertificate("localhost")).key) },
  ];
  const codes: string[] = [];
  for (const run of refusals) {
    const changed = await door.change(configOf(run));
    codes.push(...changed.ok ? [] : changed.problems.map(({ code }) => code));
    equal(await status(`https://localhost:${first}`, "secret"), 200);
  }
  deepEqual(codes, ["listen-failed", "certificate-unreadable", "certificate-damaged"]);
  const plain = configOf({ listenAddress: `http://127.0.0.1:0`, systemMetricsSecret: "other" });
  ok(await door.change(plain));
  Object.assign(options.sources, { config: plain, runners: new Map() });
  const origin = `http://127.0.0.1:${port()}`;
  deepEqual([await status(origin, "secret"), await status(origin, "other")], [403, 200]);
  const pushed = await fetch(`${origin}/etcha/v1/push/web`, { method: "POST", body: "x" });
  match(await pushed.text(), /"err":"push didn't match/);
  await rejects(status(`https://localhost:${first}`, "other"));
  match(source.log.messages.join("\n"), /on http:\/\/127\.0\.0\.1:\d+, without TLS$/m);
  match(source.log.messages.join("\n"), /there is no source "web"$/);
});

Deno.test("serve: a certificate whose files change is shown to new connections", async () => {
  await using folder = await Folder.make();
  const files = (tls: { cert: string; key: string }) => folder.write({ cert: tls.cert, key: tls.key });
  await files(certificate);
  const paths = { tlsCertificatePath: `${folder.path}/cert`, tlsKeyPath: `${folder.path}/key` };
  const { options, source, configOf, port } = means();
  await using owned = new AsyncDisposableStack();
  const { clock } = source;
  const config = configOf(paths);
  const door = ok(await serve({ ...options, config, host: { ...options.host, clock }, owned }));
  door.open();
  const other = await testCertificate("localhost");
  await files(other);
  const shown = async (cert: string) => {
    using client = Deno.createHttpClient({ caCerts: [cert] });
    return await fetch(`https://localhost:${port()}/`, { client }).then((response) => response.text(), () => "");
  };
  equal(await shown(certificate.cert), "not found\n");
  await until(async () => {
    await clock.advance(5000);
    return await shown(other.cert) === "not found\n";
  }, () => source.log.messages.join("\n"));
  equal(await shown(certificate.cert), "");
  match(source.log.messages.at(-1)!, new RegExp(`new certificate, SHA-256 ${other.fingerprint}$`));
});

Deno.test("push: what there is no room for may come again, what nobody takes needs none", async () => {
  const { options, source } = means();
  const app = new Hono<Connection>();
  const limiter = new RefusalLimiter({ count: 1, period: 1000 });
  app.post(
    "/push/:source",
    pushRoute({
      ...options,
      budget: new BodyBudget({ all: 0, each: 0 }),
      ending: new AbortController().signal,
      live: () => ({ ...options.sources, limiter }),
    }),
  );
  const push = (name: string) =>
    app.request(`/push/${name}`, { method: "POST", body: "token" }, { peer: { hostname: "192.0.2.1", port: 1 } });
  for (let i = 0; i < 3; i++) {
    const busy = await push("web");
    deepEqual([busy.status, busy.headers.get("retry-after")], [503, "5"]);
    match(await busy.text(), /"err":"too many pushes are under way, try again"/);
  }
  truthy(source.log.entries.every(({ level }) => level === "debug"));
  equal((await push("nowhere")).status, 404);
  equal((await push("web")).status, 429);
});
