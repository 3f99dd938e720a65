import assert from "node:assert/strict";
import { createHttp } from "../../src/host/deno/http.ts";
import { datedCertificate, testCertificate } from "./certificates.ts";
import { certificate, failure, get, type Handler, never, text, withServer } from "./https_server.ts";

const echo: Handler = async (request) =>
  new Response(`${request.method} ${new URL(request.url).pathname} ${await request.text()}`, {
    status: 201,
    headers: { etag: '"1"', "x-seen": request.headers.get("x-header") ?? "" },
  });

Deno.test("http: status, headers and body arrive, over TLS with a private authority too", async () => {
  for (const tls of ["plain", "tls"] as const) {
    await withServer(tls, echo, async (origin) => {
      using http = createHttp({});
      const more = { method: "POST", body: "text", headers: { "x-header": "v" }, tls: { ca: certificate.cert } };
      const response = await http.request(get(`${origin}/path`, more), never);
      assert.deepEqual(
        [response.status, text(response.body), response.headers.get("etag"), response.headers.get("x-seen")],
        [201, "POST /path text", '"1"', "v"],
      );
    });
  }
});

Deno.test("http: a certificate that nobody vouches for is refused, with the fingerprint that was seen", async () => {
  await withServer("tls", echo, async (origin) => {
    using http = createHttp({});
    const error = await failure(http.request(get(`${origin}/?key=secret`), never));
    assert.equal(error.kind, "tls");
    assert.match(error.message, /signed by no authority/);
    assert.ok(error.message.includes(certificate.fingerprint));
    assert.ok(!error.message.includes("secret"));
  });
});

Deno.test("http: a certificate for other names is refused, and the names are told", async () => {
  const other = await testCertificate("elsewhere");
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {}, cert: other.cert, key: other.key };
  const server = Deno.serve(options, () => new Response());
  try {
    using http = createHttp({});
    // 127.0.0.1 written as an IPv6 address: a name that the certificate does not have.
    const request = get(`https://[::ffff:127.0.0.1]:${server.addr.port}/`, { tls: { ca: other.cert } });
    const error = await failure(http.request(request, never));
    assert.equal(error.kind, "tls");
    assert.match(error.message, /valid for elsewhere, localhost/);
  } finally {
    await server.shutdown();
  }
});

Deno.test("http: without verification, or with its fingerprint, any certificate will do", async () => {
  await withServer("tls", echo, async (origin) => {
    using http = createHttp({});
    const pins = [
      { skipVerify: true },
      { fingerprint: certificate.fingerprint },
      { fingerprint: certificate.fingerprint.replaceAll(":", "").toLowerCase() },
    ];
    for (const tls of pins) {
      const more = { method: "POST", body: new TextEncoder().encode("bytes"), headers: { "x-header": "v" }, tls };
      const response = await http.request(get(`${origin}/p?q=1`, more), never);
      assert.deepEqual([response.status, text(response.body), response.headers.get("x-seen")], [
        201,
        "POST /p bytes",
        "v",
      ]);
    }
  });
});

Deno.test("http: a wrong fingerprint is refused before anything is sent", async () => {
  let requests = 0;
  const count: Handler = () => new Response(String(++requests));
  await withServer("tls", count, async (origin) => {
    using http = createHttp({});
    const tls = {
      fingerprint: certificate.fingerprint.replace(/^./, (digit) => digit === "0" ? "1" : "0"),
      skipVerify: true,
    };
    const error = await failure(http.request(get(origin, { tls }), never));
    assert.equal(error.kind, "tls");
    assert.match(error.message, /not the pinned one/);
    assert.ok(error.message.includes(certificate.fingerprint));
    assert.equal(requests, 0);
  });
});

Deno.test("http: a server that shows the certificate of an authority is told so, whoever trusts that", async () => {
  const day = 86_400_000;
  const authority = await datedCertificate(Date.now() - day, Date.now() + day, "authority");
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {}, ...authority }, echo);
  using http = createHttp({});
  const error = await failure(
    http.request(get(`https://localhost:${server.addr.port}`, { tls: { ca: authority.cert } }), never),
  );
  assert.match(
    error.message,
    /is that of an authority \(CA:TRUE\).*fingerprint is [0-9A-F:]{95}\): make one with CA:FALSE/,
  );
  await server.shutdown();
});

Deno.test("http: bodies above the limit are refused while they are read", async () => {
  const large: Handler = () => new Response(new Uint8Array(1001));
  for (const [tls, more] of [["plain", {}], ["tls", { tls: { skipVerify: true } }]] as const) {
    await withServer(tls, large, async (origin) => {
      using http = createHttp({});
      const error = await failure(http.request(get(origin, more), never));
      assert.match(error.message, /larger than 1000 bytes/);
      assert.equal((await http.request(get(origin, { ...more, bodyLimit: 1001 }), never)).body.length, 1001);
    });
  }
});

Deno.test("http: a server that does not answer is waited for no longer than the timeout", async () => {
  for (const [tls, more] of [["plain", {}], ["tls", { tls: { skipVerify: true } }]] as const) {
    const held = Promise.withResolvers<Response>();
    await withServer(tls, () => held.promise, async (origin) => {
      using http = createHttp({});
      const error = await failure(http.request(get(origin, { ...more, timeout: 100 }), never));
      assert.equal(error.kind, "timeout");
      held.resolve(new Response());
    });
  }
});

Deno.test("http: a silent port does not hold up a handshake for longer than the timeout", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = listener.accept();
  try {
    using http = createHttp({});
    const request = get(`https://localhost:${listener.addr.port}/`, { timeout: 100, tls: { skipVerify: true } });
    assert.equal((await failure(http.request(request, never))).kind, "timeout");
  } finally {
    (await accepted).close();
    listener.close();
  }
});

Deno.test("http: a port that takes connections and is silent is given up as soon as one that takes none", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    using http = createHttp({});
    for (const tls of [{ ca: certificate.cert }, { skipVerify: true }, { fingerprint: certificate.fingerprint }]) {
      const request = get(`https://localhost:${listener.addr.port}/`, {
        connectTimeout: 100,
        tls,
        begun: () => assert.fail("nobody answered"),
      });
      const error = await failure(http.request(request, never));
      assert.deepEqual([error.kind, /no connection within 100ms/.test(error.message)], ["unreachable", true]);
    }
  } finally {
    listener.close();
  }
});

Deno.test("http: an answer that stops half-way is given up, one that is slow is not; it is told when a request begins", async () => {
  for (const [kind, more] of [["plain", {}], ["tls", { tls: { skipVerify: true } }]] as const) {
    let ticking: ReturnType<typeof setInterval> | undefined;
    const parts: Handler = (request) => {
      const isSlow = request.url.endsWith("/slow");
      let sent = 0;
      return new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode("a"));
            ticking = setInterval(() => {
              if (!isSlow) return;
              controller.enqueue(new TextEncoder().encode("b"));
              if (++sent === 8) {
                clearInterval(ticking);
                controller.close();
              }
            }, 150);
          },
          cancel: () => clearInterval(ticking),
        }),
      );
    };
    await withServer(kind, parts, async (origin) => {
      using http = createHttp({});
      let begun = 0;
      const ask = (path: string) =>
        http.request(get(`${origin}${path}`, { ...more, stallTimeout: 1000, begun: () => begun++ }), never);
      assert.equal(text((await ask("/slow")).body), "abbbbbbbb");
      const error = await failure(ask("/stalled"));
      assert.deepEqual([error.kind, /stopped half-way/.test(error.message), begun], ["timeout", true, 2]);
      clearInterval(ticking);
    });
  }
});

Deno.test("http: abort rejects with the reason of the signal", async () => {
  for (const [tls, more] of [["plain", {}], ["tls", { tls: { skipVerify: true } }]] as const) {
    const held = Promise.withResolvers<Response>();
    const arrived = Promise.withResolvers<void>();
    const hold: Handler = () => (arrived.resolve(), held.promise);
    await withServer(tls, hold, async (origin) => {
      using http = createHttp({});
      const abort = new AbortController();
      const request = http.request(get(origin, more), abort.signal);
      await arrived.promise;
      abort.abort();
      await assert.rejects(request, { name: "AbortError" });
      await assert.rejects(http.request(get(origin, more), abort.signal), { name: "AbortError" });
      held.resolve(new Response());
    });
  }
});

Deno.test("http: redirects of GET are followed; to another host no secret goes along", async () => {
  const seen: (string | null)[] = [];
  const final: Handler = (request) => {
    seen.push(request.headers.get("x-token"), request.headers.get("if-none-match"));
    return new Response("end");
  };
  await withServer("plain", final, async (other) => {
    const start: Handler = (request) => {
      const { pathname } = new URL(request.url);
      const location = pathname === "/here" ? "/there" : pathname === "/loop" ? "/loop" : other;
      return new Response(null, { status: 302, headers: { location } });
    };
    await withServer("plain", start, async (origin) => {
      using http = createHttp({});
      const headers = { "x-token": "secret", "If-None-Match": '"1"' };
      const response = await http.request(get(`${origin}/here`, { headers }), never);
      assert.equal(text(response.body), "end");
      assert.deepEqual(seen, [null, '"1"']);
      assert.match((await failure(http.request(get(`${origin}/loop`), never))).message, /more than 10 redirects/);
      assert.equal((await http.request(get(origin, { method: "POST" }), never)).status, 302);
    });
  });
});

Deno.test("http: a redirect from HTTPS to HTTP is refused", async () => {
  const down: Handler = () => new Response(null, { status: 301, headers: { location: "http://localhost/" } });
  await withServer("tls", down, async (origin) => {
    using http = createHttp({});
    const error = await failure(http.request(get(origin, { tls: { skipVerify: true } }), never));
    assert.match(error.message, /plain HTTP/);
  });
});

Deno.test("http: what could not be reached is told without the query of the address", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = listener.addr.port;
  listener.close();
  using http = createHttp({});
  for (
    const [url, tls] of [[`http://127.0.0.1:${port}/?k=secret`, {}], [`https://127.0.0.1:${port}/`, {
      skipVerify: true,
    }]] as const
  ) {
    const error = await failure(http.request(get(url, { tls }), never));
    assert.equal(error.kind, "unreachable");
    assert.match(error.message, /connection refused/);
    assert.ok(!error.message.includes("secret"));
  }
  assert.match((await failure(http.request(get("ftp://x/"), never))).message, /no http or https URL/);
});

Deno.test("http: TLS to a plain port, and plain HTTP to a TLS port, are recognised", async () => {
  using http = createHttp({});
  await withServer("plain", echo, async (origin) => {
    const error = await failure(http.request(get(origin.replace("http:", "https:")), never));
    assert.deepEqual([error.kind, /without TLS/.test(error.message)], ["tls", true]);
  });
  await withServer("tls", echo, async (origin) => {
    const error = await failure(http.request(get(origin.replace("https:", "http:")), never));
    assert.match(error.message, /does not answer in HTTP/);
  });
});

Deno.test("http: pinned requests go through the proxy of the environment, unless excepted", async () => {
  await withServer("tls", echo, async (origin) => {
    const port = Number(new URL(origin).port);
    const proxy = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const heads: string[] = [];
    const serving = (async () => {
      const client = await proxy.accept();
      const buffer = new Uint8Array(4096);
      heads.push(text(buffer.subarray(0, await client.read(buffer) ?? 0)));
      const upstream = await Deno.connect({ hostname: "127.0.0.1", port });
      await client.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\n\r\n"));
      await Promise.allSettled([
        client.readable.pipeTo(upstream.writable),
        upstream.readable.pipeTo(client.writable),
      ]);
    })();
    const address = `http://user:pass@127.0.0.1:${proxy.addr.port}`;
    using through = createHttp({ HTTPS_PROXY: address });
    const response = await through.request(get(`${origin}/via`, { tls: { skipVerify: true } }), never);
    assert.equal(text(response.body), "GET /via ");
    await serving;
    proxy.close();
    assert.match(heads[0]!, new RegExp(`^CONNECT localhost:${port} HTTP/1.1\r\n`));
    assert.match(heads[0]!, /proxy-authorization: Basic dXNlcjpwYXNz\r\n/i);
    using direct = createHttp({ HTTPS_PROXY: address, NO_PROXY: "localhost" });
    assert.equal((await direct.request(get(origin, { tls: { skipVerify: true } }), never)).status, 201);
  });
});
