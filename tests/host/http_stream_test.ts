import assert from "node:assert/strict";
import { createHttp } from "../../src/host/deno/http.ts";
import { certificate, failure, get, type Handler, never, text, withServer } from "./https_server.ts";

Deno.test("http: a stream gives parts as they come, and ends with its connection, by authority and by pin", async () => {
  const further = new Map<string, PromiseWithResolvers<void>>();
  let cancelled = 0;
  const handler: Handler = async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/late") await further.get("/late")!.promise;
    if (pathname === "/refused") return new Response("no", { status: 404 });
    const wait = further.get(pathname);
    const body = new ReadableStream({
      async pull(controller) {
        controller.enqueue(new TextEncoder().encode(wait === undefined ? "end" : "first"));
        await wait?.promise;
        controller.close();
      },
      cancel: () => void cancelled++,
    }, { highWaterMark: 0 });
    return new Response(body);
  };
  await withServer("tls", handler, async (origin) => {
    using http = createHttp({});
    for (const tls of [{ ca: certificate.cert }, { fingerprint: certificate.fingerprint }, { skipVerify: true }]) {
      const stream = (path: string, more: object = {}) =>
        http.stream({ ...get(`${origin}${path}`), tls, ...more }, never);
      further.clear();
      {
        await using whole = await stream("/whole", { method: "POST", body: "x" });
        assert.deepEqual([whole.status, text((await whole.read())!), await whole.read()], [200, "end", undefined]);
        await using refused = await stream("/refused");
        assert.deepEqual([refused.status, text((await refused.read())!)], [404, "no"]);
      }
      further.set("/slow", Promise.withResolvers()).set("/late", Promise.withResolvers());
      const slow = await stream("/slow");
      assert.equal(text((await slow.read())!), "first");
      const before = cancelled;
      await slow[Symbol.asyncDispose]();
      assert.equal((await failure(slow.read())).kind, "other");
      for (let i = 0; cancelled === before && i < 1000; i++) await new Promise((resolve) => setTimeout(resolve, 5));
      assert.equal(cancelled, before + 1);
      assert.equal((await failure(stream("/late", { timeout: 50 }))).kind, "timeout");
      const over = new AbortController();
      const aborted = http.stream({ ...get(`${origin}/late`), tls }, over.signal);
      over.abort();
      await assert.rejects(aborted, { name: "AbortError" });
      for (const { resolve } of further.values()) resolve();
    }
    const wrong = http.stream({ ...get(`${origin}/whole`), tls: { fingerprint: "00".repeat(32) } }, never);
    assert.equal((await failure(wrong)).kind, "tls");
  });
});

Deno.test("http: a stream that is torn is told", async () => {
  for (const tls of [{ ca: certificate.cert }, { fingerprint: certificate.fingerprint }]) {
    using listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert: certificate.cert, key: certificate.key });
    const served = (async () => {
      using connection = await listener.accept();
      await connection.read(new Uint8Array(4096));
      const answer = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n";
      await connection.write(new TextEncoder().encode(answer));
    })();
    using http = createHttp({});
    await using torn = await http.stream({ ...get(`https://localhost:${listener.addr.port}/`), tls }, never);
    assert.equal(text((await torn.read())!), "first");
    await served;
    assert.equal((await failure(torn.read())).kind, "unreachable");
  }
});

Deno.test("http: a pinned connection is kept when that is wished for, for requests with the same pin alone", async () => {
  const answer = (request: Request, info: Deno.ServeHandlerInfo<Deno.NetAddr>) =>
    new Response(`${info.remoteAddr.port} ${request.method}`);
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {}, cert: certificate.cert, key: certificate.key };
  await using server = Deno.serve(options, answer);
  using http = createHttp({});
  const origin = `https://localhost:${server.addr.port}`;
  const ask = async (tls: object, more: object = {}) => {
    const asked = get(`${origin}/`, { method: "POST", body: "x", tls, keepsConnection: true, ...more });
    const { status, body } = await http.request(asked, never);
    assert.equal(status, 200);
    return text(body);
  };
  const pinned = { fingerprint: certificate.fingerprint };
  const first = await ask(pinned);
  for (let i = 0; i < 3; i++) assert.equal(await ask(pinned), first);
  const unpinned = await ask({ skipVerify: true });
  assert.notEqual(unpinned, first);
  assert.equal(await ask({ skipVerify: true }), unpinned);
  assert.equal((await failure(ask({ fingerprint: "00".repeat(32) }))).kind, "tls");
  assert.equal((await failure(ask(pinned, { bodyLimit: 2 }))).kind, "other");
  const again = await ask(pinned);
  assert.notEqual(again, first);
  const over = new AbortController();
  over.abort();
  await assert.rejects(http.request(get(`${origin}/`, { tls: pinned, keepsConnection: true }), over.signal));
  assert.equal(await ask(pinned), again);
});
