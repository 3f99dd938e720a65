import assert from "node:assert/strict";
import { connect as connectHttp2 } from "node:http2";
import { once } from "node:events";
import { network } from "../../src/host/deno/listener.ts";
import type { PeerAddress } from "../../src/host/network.ts";
import { matches } from "./conformance_files.ts";
import { certificate, closed, halfSent, hello, LIMITS, opened, portOf, silent, tcp } from "./listening.ts";

Deno.test("HTTP/1.1 and 2 over TLS, with the address of the peer", async () => {
  await using server = await opened(async (request, peer) => {
    const body = request.body === null ? "" : await request.text();
    return new Response(`${request.method} ${new URL(request.url).pathname} ${peer.hostname} ${peer.port > 0} ${body}`);
  });
  const { port } = server;
  for (const alpnProtocols of [["http/1.1"], ["h2"]]) {
    const connection = await Deno.connectTls({
      hostname: "localhost",
      port,
      caCerts: [certificate.cert],
      alpnProtocols,
    });
    assert.equal((await connection.handshake()).alpnProtocol, alpnProtocols[0]);
    connection.close();
  }
  const answer = await server.fetch("/a?b", { method: "POST", body: "text" });
  assert.equal(await answer.text(), "POST /a 127.0.0.1 true text");
  const session = connectHttp2(`https://localhost:${port}`, { ca: certificate.cert });
  const streams = ["/1", "/2", "/3"].map((path) => session.request({ ":path": path }));
  const texts = await Promise.all(streams.map(async (stream) => {
    stream.setEncoding("utf8");
    let text = "";
    for await (const part of stream) text += part;
    return text;
  }));
  assert.deepEqual(texts, [1, 2, 3].map((n) => `GET /${n} 127.0.0.1 true `));
  session.close();
  await once(session, "close");
});

Deno.test("bodies stream both ways", async () => {
  await using server = await opened((request) => Promise.resolve(new Response(request.body)));
  const size = 5_000_000;
  const chunk = new Uint8Array(50_000);
  let sent = 0;
  const body = new ReadableStream({
    pull(controller) {
      controller.enqueue(chunk);
      sent += chunk.length;
      if (sent === size) controller.close();
    },
  });
  const answer = await server.fetch("/", { method: "POST", body });
  let received = 0;
  for await (const part of answer.body!) received += part.length;
  assert.equal(received, size);
});

Deno.test("methods that are written unlike the standard ones do no harm", async () => {
  await using server = await opened((request) => Promise.resolve(new Response(`[${request.method}]`)));
  for (
    const [method, answer] of [["get", "[GET]"], ["Head", ""], ["puT", "[PUT]"], ["mine", "[mine]"], ["trace", "not"]]
  ) {
    const { hostname, port } = { hostname: "127.0.0.1", port: server.port };
    using connection = await Deno.connectTls({
      hostname,
      port,
      caCerts: [certificate.cert],
      unsafelyDisableHostnameVerification: true,
    });
    await connection.write(new TextEncoder().encode(`${method} / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`));
    const text = await new Response(connection.readable).text();
    assert.match(text, /^HTTP\/1.1 (200|404) /, method);
    assert.ok(text.split("\r\n\r\n")[1]!.startsWith(answer!), text);
  }
  assert.deepEqual(server.errors, []);
});

Deno.test("an error of the handler is a bare 500 and told to the owner", async () => {
  await using server = await opened(() => Promise.reject(new Error("secret detail")));
  const answer = await server.fetch("/");
  assert.equal(answer.status, 500);
  assert.equal(await answer.text(), "internal error\n");
  assert.deepEqual(server.errors.map(String), ["Error: secret detail"]);
});

Deno.test("an early answer to a large body arrives", async () => {
  await using server = await opened(() => Promise.resolve(new Response("too large", { status: 413 })));
  for (let i = 0; i < 5; i++) {
    const connection = await halfSent(server.port, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n");
    const sending = (async () => {
      for (let i = 0; i < 30; i++) await connection.write(new Uint8Array(100_000));
    })().catch((error) => assert.match(String(error), /reset|broken|closed/i));
    const buffer = new Uint8Array(1000);
    const count = await connection.read(buffer);
    assert.match(new TextDecoder().decode(buffer.subarray(0, count ?? 0)), /^HTTP\/1.1 413/);
    connection.close();
    await sending;
  }
});

Deno.test("a client that goes away aborts the request; one that is answered does not", async () => {
  const started = Promise.withResolvers<AbortSignal>();
  const signals: AbortSignal[] = [];
  await using server = await opened((request) => {
    signals.push(request.signal);
    if (!request.url.endsWith("/slow")) return hello(request, { hostname: "", port: 0 });
    started.resolve(request.signal);
    return new Promise((resolve) => {
      request.signal.addEventListener("abort", () => resolve(new Response("late")), { once: true });
    });
  });
  assert.equal(await (await server.fetch("/quick")).text(), "hello");
  const connection = await halfSent(server.port, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  const signal = await started.promise;
  connection.close();
  if (!signal.aborted) await once(signal, "abort");
  assert.deepEqual(signals.map((one) => one.aborted), [false, true]);
});

Deno.test("silent clients, slow headers and idle connections are closed in time", async () => {
  await using server = await opened(hello, { headersTimeout: 300, idleTimeout: 600 });
  const start = performance.now();
  const took = async (connection: Deno.Conn) => {
    await closed(connection);
    return performance.now() - start;
  };
  const idle = await halfSent(server.port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const drip = await halfSent(server.port);
  const dripping = setInterval(() => drip.write(new TextEncoder().encode("X: y\r\n")).catch(() => {}), 50);
  const times = await Promise.all([took(await silent(server.port)), took(drip), took(idle)]);
  clearInterval(dripping);
  assert.ok(times[0]! >= 300 && times[0]! < 2000, `silent: ${times}`);
  assert.ok(times[1]! >= 300 && times[1]! < 2000, `slow headers: ${times}`);
  assert.ok(times[2]! >= 600 && times[2]! < 3000, `idle: ${times}`);
});

Deno.test("a body that does not come ends the request; a handler may take longer", async () => {
  const failed = Promise.withResolvers<unknown>();
  await using server = await opened(async (request) => {
    await request.text().catch((error) => {
      failed.resolve(error);
      throw error;
    });
    await new Promise((resolve) => setTimeout(resolve, 800));
    return new Response("done");
  }, { requestTimeout: 300, headersTimeout: 200, idleTimeout: 200 });
  const connection = await halfSent(server.port, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab");
  await closed(connection);
  assert.ok(await failed.promise instanceof Error);
  assert.equal(await (await server.fetch("/", { method: "POST", body: "short" })).text(), "done");
});

Deno.test("a client that does not read its answer is closed", async () => {
  const cancelled = Promise.withResolvers<void>();
  await using server = await opened(() => {
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
      cancel: () => cancelled.resolve(),
    });
    return Promise.resolve(new Response(body));
  }, { idleTimeout: 300 });
  const connection = await halfSent(server.port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await cancelled.promise;
  connection.close();
});

Deno.test("where there is no room, the longest silent connection makes place", async () => {
  const gate = Promise.withResolvers<void>();
  let busy = 0;
  await using server = await opened(async (request) => {
    if (request.url.endsWith("/busy")) {
      busy++;
      await gate.promise;
    }
    return new Response("hello");
  }, { maxConnections: 3, maxConnectionsPerAddress: 3 });
  const first = await silent(server.port);
  const others = [await silent(server.port), await silent(server.port)];
  assert.equal(await (await server.fetch("/")).text(), "hello");
  await closed(first);
  assert.deepEqual(server.events.slice(0, 5), ["accepted", "accepted", "accepted", "displaced", "ended"]);
  for (const other of others) other.close();
  const clients = await Promise.all(
    [1, 2, 3].map(() => halfSent(server.port, "GET /busy HTTP/1.1\r\nHost: x\r\n\r\n")),
  );
  while (busy < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  // Nobody waits now: a further one is refused.
  await closed(await silent(server.port));
  assert.equal(server.events.at(-1), "refused");
  gate.resolve();
  const buffer = new Uint8Array(1000);
  for (const client of clients) {
    const count = await client.read(buffer);
    assert.match(new TextDecoder().decode(buffer.subarray(0, count ?? 0)), /^HTTP\/1.1 200/);
    client.close();
  }
});

Deno.test("2,000 silent connections and 200 half-sent requests do not keep others out", async () => {
  await using server = await opened(hello, { headersTimeout: 20_000 });
  const connections: Deno.Conn[] = await Promise.all(Array.from({ length: 200 }, () => halfSent(server.port)));
  for (let i = 0; i < 2000; i += 100) {
    connections.push(...await Promise.all(Array.from({ length: 100 }, () => silent(server.port))));
  }
  const start = performance.now();
  for (let i = 0; i < 5; i++) {
    const client = Deno.createHttpClient({ caCerts: [certificate.cert] });
    const answer = await fetch(`https://localhost:${server.port}/`, { client });
    assert.equal(await answer.text(), "hello");
    client.close();
  }
  assert.ok(performance.now() - start < 2500, `${performance.now() - start} ms for five requests`);
  for (const connection of connections) connection.close();
});

Deno.test("close lets answers under way end, within its grace", async () => {
  const gate = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const server = await opened(async (request) => {
    if (request.url.endsWith("/never")) {
      return await new Promise<Response>((_, reject) => {
        request.signal.addEventListener("abort", () => reject(new Error("aborted")), { once: true });
      });
    }
    started.resolve();
    await gate.promise;
    return new Response("answered");
  });
  const idle = await silent(server.port);
  const answer = server.fetch("/");
  await started.promise;
  const closing = server.listener.close(5000);
  await closed(idle);
  await assert.rejects(silent(server.port), Deno.errors.ConnectionRefused);
  gate.resolve();
  assert.equal(await (await answer).text(), "answered");
  await closing;
  await server[Symbol.asyncDispose]();

  const arrived = Promise.withResolvers<void>();
  const second = await opened((request) =>
    new Promise<Response>((_, reject) => {
      arrived.resolve();
      request.signal.addEventListener("abort", () => reject(new Error("aborted")), { once: true });
    })
  );
  const lost = second.fetch("/").then(() => "answered", () => "lost");
  await arrived.promise;
  const start = performance.now();
  await second.listener.close(200);
  assert.ok(performance.now() - start < 2000);
  assert.equal(await lost, "lost");
  await second[Symbol.asyncDispose]();
});

Deno.test("an empty host name means every interface; an IPv4 peer is told as such", async () => {
  const peers: PeerAddress[] = [];
  const options = { addresses: [tcp("")], tls: certificate, limits: LIMITS };
  const listener = await network.listen(options, (_, peer) => {
    peers.push(peer);
    return Promise.resolve(new Response("hello"));
  });
  const connection = await halfSent(portOf(listener), "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "127.0.0.1");
  await connection.read(new Uint8Array(100));
  connection.close();
  await listener.close(1000);
  assert.deepEqual(peers.map(({ hostname }) => hostname), ["127.0.0.1"]);
});

Deno.test("an address in use is told, as busy", async () => {
  await using server = await opened(hello);
  const options = { addresses: [tcp("127.0.0.1", server.port)], tls: certificate, limits: LIMITS };
  await assert.rejects(network.listen(options, hello), matches("busy", /listen on 127\.0\.0\.1/));
});

Deno.test("garbage instead of TLS does no harm", async () => {
  await using server = await opened(hello);
  for (let i = 0; i < 50; i++) {
    const connection = await silent(server.port);
    await connection.write(crypto.getRandomValues(new Uint8Array(500)));
    await closed(connection);
  }
  assert.equal(await (await server.fetch("/")).text(), "hello");
  assert.deepEqual(server.errors, []);
});

Deno.test("a process that may open few files takes fewer connections, and lives", async () => {
  const script = new URL("./listener_server.ts", import.meta.url).pathname;
  const server = new Deno.Command("sh", {
    args: ["-c", 'ulimit -n 200 && exec "$0" run -A --quiet --no-check "$1"', Deno.execPath(), script],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const input = server.stdin.getWriter();
  await input.write(new TextEncoder().encode(JSON.stringify({ cert: certificate.cert, key: certificate.key })));
  await input.close();
  const output = server.stdout.getReader();
  try {
    const port = Number(new TextDecoder().decode((await output.read()).value));
    const crowd: Deno.Conn[] = [];
    for (let i = 0; i < 500; i++) crowd.push(await silent(port));
    using client = Deno.createHttpClient({ caCerts: [certificate.cert] });
    assert.equal(await (await fetch(`https://localhost:${port}/`, { client })).text(), "hello");
    for (const connection of crowd) connection.close();
  } finally {
    server.kill("SIGKILL");
    await output.cancel();
    await server.status;
  }
});
