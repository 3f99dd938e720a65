import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { Hono } from "hono";
import { RefusalLimiter } from "../../src/agent/limits.ts";
import { BodyBudget } from "../../src/agent/routes/body.ts";
import { pushRoute } from "../../src/agent/routes/push.ts";
import type { Connection } from "../../src/agent/routes/route.ts";
import { serve } from "../../src/agent/serve.ts";
import { parseConfig } from "../../src/domain/config_layers.ts";
import type { Network } from "../../src/host/host.ts";
import { createHost } from "../../src/host/deno/host.ts";
import { Metrics } from "../../src/agent/metrics.ts";
import { ok } from "../token/tokens.ts";
import { until } from "../cli/agent.ts";
import { testCertificate } from "../host/certificates.ts";
import { FakeSource } from "./fake_source.ts";

const certificate = await testCertificate("localhost");

/** What the routes of an agent get whose one source, `web`, is played; it listens on any free port. */
function means() {
  const source = new FakeSource();
  const real = createHost(new URL("../../src/main.ts", import.meta.url).href);
  const ports: number[] = [];
  const requests = { begun: 0, ended: 0 };
  const network: Network = {
    listen: async (options, handler) => {
      const listener = await real.network.listen(options, async (...request) => {
        requests.begun++;
        try {
          return await handler(...request);
        } finally {
          requests.ended++;
        }
      });
      ports.push(listener.address.port);
      return listener;
    },
  };
  const value = {
    run: {
      listenAddress: "127.0.0.1:0",
      tlsCertificateBase64: btoa(certificate.cert),
      tlsKeyBase64: btoa(certificate.key),
      systemMetricsSecret: "secret",
    },
    sources: { web: { allowPush: true } },
  };
  const { config } = ok(parseConfig([{ origin: "test", place: "file", value }]));
  const options = {
    config,
    host: { ...real, network },
    log: source.log,
    metrics: new Metrics("0", source.files),
    sources: { config, runners: new Map([["web", source.runner]]) },
  };
  return { options, source, ports, requests };
}

Deno.test("serve: has its address before it is opened, and answers then", async () => {
  const { options, source, ports } = means();
  await using owned = new AsyncDisposableStack();
  const door = ok(await serve({ ...options, owned }));
  using client = Deno.createHttpClient({ caCerts: [certificate.cert] });
  const metrics = async () => {
    const response = await fetch(`https://localhost:${ports[0]}/etcha/v1/system/metrics?key=secret`, { client });
    return { status: response.status, again: response.headers.get("retry-after"), body: await response.text() };
  };
  const early = await metrics();
  deepEqual(early, { status: 503, again: "5", body: "the agent is starting, try again\n" });
  deepEqual(source.log.messages, []);
  door.open();
  equal((await metrics()).status, 200);
  equal(source.log.messages.length, 1);
  match(source.log.messages[0]!, new RegExp(`^Starting listener\\.\\.\\. on 127\\.0\\.0\\.1:${ports[0]}, certificate`));
});

Deno.test("serve: an upload that breaks off leaves no line in the log", async () => {
  const { options, source, ports, requests } = means();
  await using owned = new AsyncDisposableStack();
  ok(await serve({ ...options, owned })).open();
  const before = source.log.messages.length;
  const head = "POST /etcha/v1/push/web HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nbegin";
  for (let i = 1; i <= 3; i++) {
    using connection = await Deno.connectTls({
      hostname: "localhost",
      port: ports[0]!,
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

Deno.test("push: what there is no room for may come again, what nobody takes needs none", async () => {
  const { options, source } = means();
  const app = new Hono<Connection>();
  const limiter = new RefusalLimiter({ count: 1, period: 1000 });
  app.post(
    "/push/:source",
    pushRoute({ ...options, budget: new BodyBudget(0), live: () => ({ ...options.sources, limiter }) }),
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
