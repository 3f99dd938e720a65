/** Several addresses, sockets in the file system, plain HTTP, and a listener that moves while it is used. */
import assert from "node:assert/strict";
import { request } from "node:http";
import { network } from "../../src/host/deno/listener.ts";
import type { ListenAddress } from "../../src/domain/listen_address.ts";
import type { ListenPlace, PeerAddress } from "../../src/host/network.ts";
import { Folder } from "../cli/folder.ts";
import { testCertificate } from "./certificates.ts";
import { matches } from "./conformance_files.ts";
import { certificate, closed, halfSent, type Handler, hello, LIMITS, portOf, silent, tcp } from "./listening.ts";

const other = await testCertificate("localhost");

function unix(path: string, mode = 0o600): ListenAddress {
  return { kind: "unix", path, mode };
}

async function listening(place: ListenPlace, handler: Handler = hello) {
  const listener = await network.listen({ ...place, limits: LIMITS }, handler);
  return Object.assign(listener, { [Symbol.asyncDispose]: () => listener.close(2000) });
}

/** The body of an answer over plain HTTP. */
function get(where: { socketPath: string } | { host: string; port: number }): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ ...where, path: "/", agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => text += part).on("end", () => resolve(text)).on(
        "error",
        reject,
      );
    });
    sent.on("error", reject).end();
  });
}

async function getSecurely(port: number, cert: string): Promise<string> {
  using client = Deno.createHttpClient({ caCerts: [cert] });
  return await (await fetch(`https://localhost:${port}/`, { client })).text();
}

/** Not every machine has IPv6. */
function loopback6(): string {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return "::1";
  } catch {
    return "127.0.0.1";
  }
}

Deno.test("several addresses of every kind are one listener", async () => {
  await using folder = await Folder.make();
  const path = `${folder.path}/s`;
  const peers: PeerAddress[] = [];
  const host = loopback6();
  const addresses = [tcp("127.0.0.1"), tcp(host, 0, "http"), unix(path), tcp("127.0.0.1", 0, "http")];
  await using listener = await listening({ addresses, tls: certificate }, (_, peer) => {
    peers.push(peer);
    return Promise.resolve(new Response("hello"));
  });
  const [first, second, third, fourth] = listener.addresses;
  assert.deepEqual([first?.kind, second?.kind, third, fourth?.kind], ["tcp", "tcp", unix(path), "tcp"]);
  const answers = [
    await getSecurely(portOf(listener), certificate.cert),
    await get({ host, port: portOf(listener, 1) }),
    await get({ socketPath: path }),
    await get({ host: "127.0.0.1", port: portOf(listener, 3) }),
  ];
  assert.deepEqual(answers, Array(4).fill("hello"));
  assert.deepEqual(peers.map(({ hostname }) => hostname), ["127.0.0.1", host, "unix", "127.0.0.1"]);
  // Each speaks its own language only.
  await assert.rejects(get({ host: "127.0.0.1", port: portOf(listener) }));
  await assert.rejects(getSecurely(portOf(listener, 3), certificate.cert));
});

Deno.test("a socket in the file system has its mode, and goes with its listener", async () => {
  await using folder = await Folder.make();
  for (const mode of [0o600, 0o660, 0o666]) {
    const listener = await listening({ addresses: [unix(`${folder.path}/s`, mode)] });
    const info = await Deno.lstat(`${folder.path}/s`);
    assert.deepEqual([info.isSocket, (info.mode ?? 0) & 0o777], [true, mode]);
    await listener.close(0);
    assert.deepEqual(folder.list(), []);
  }
});

Deno.test("the limit of connections is one for all addresses", async () => {
  const addresses = [tcp("127.0.0.1"), tcp("127.0.0.1")];
  const limits = { ...LIMITS, maxConnections: 3 };
  const listener = await network.listen({ addresses, tls: certificate, limits }, hello);
  const first = await silent(portOf(listener, 0));
  const others = [
    await silent(portOf(listener, 1)),
    await silent(portOf(listener, 0)),
    await silent(portOf(listener, 1)),
  ];
  await closed(first);
  for (const connection of others) connection.close();
  await listener.close(0);
});

Deno.test("a socket that nobody listens on is taken over, one that is used is not, and nothing else is touched", async () => {
  await using folder = await Folder.make();
  const path = `${folder.path}/s`;
  // What is left when a program is killed: here under another name, as closing removes only the first.
  const dead = Deno.listen({ transport: "unix", path: `${folder.path}/dead` });
  await Deno.link(`${folder.path}/dead`, path);
  dead.close();
  assert.deepEqual(folder.list(), ["s"]);
  {
    await using listener = await listening({ addresses: [unix(path)] });
    await assert.rejects(listening({ addresses: [unix(path)] }), matches("busy", /listen on unix:.*another program/));
    assert.equal(await get({ socketPath: path }), "hello");
    assert.equal(listener.addresses.length, 1);
  }
  await folder.write({ file: "text" });
  await assert.rejects(listening({ addresses: [unix(`${folder.path}/file`)] }), matches("exists", /no socket/));
  assert.equal(await folder.read("file"), "text");
  await assert.rejects(
    listening({ addresses: [unix(`${folder.path}/no/s`)] }),
    matches("not-found", /listen on unix:/),
  );
});

Deno.test("all addresses are taken or none", async () => {
  await using folder = await Folder.make();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = free.addr;
  free.close();
  const addresses = [unix(`${folder.path}/s`), tcp("127.0.0.1", port), tcp("127.0.0.1", taken.addr.port)];
  await assert.rejects(listening({ addresses, tls: certificate }), matches("busy", /listen on 127\.0\.0\.1/));
  assert.deepEqual(folder.list(), []);
  await using listener = await listening({ addresses: addresses.slice(0, 2), tls: certificate });
  assert.equal(portOf(listener, 1), port);
});

Deno.test("a certificate that can't be used is told", async () => {
  const addresses = [tcp("127.0.0.1")];
  const cases = [
    { tls: { cert: certificate.cert, key: other.key }, reason: /the key does not belong to the certificate/ },
    { tls: { cert: "no PEM", key: certificate.key }, reason: /the certificate can't be used/ },
    { tls: { cert: certificate.cert, key: "no PEM" }, reason: /the certificate can't be used/ },
  ];
  for (const { tls, reason } of cases) await assert.rejects(listening({ addresses, tls }), matches("tls", reason));
});

Deno.test("another certificate is for new connections; what is under way goes on", async () => {
  const go = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  await using listener = await listening({ addresses: [tcp("127.0.0.1")], tls: certificate }, async (request) => {
    if (!request.url.endsWith("/slow")) return new Response("hello");
    begun.resolve();
    await go.promise;
    return new Response("slow");
  });
  const port = portOf(listener);
  const slow = await halfSent(port, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  const idle = await halfSent(port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const read = async (connection: Deno.Conn) => {
    const buffer = new Uint8Array(1000);
    return new TextDecoder().decode(buffer.subarray(0, await connection.read(buffer) ?? 0));
  };
  assert.match(await read(idle), /hello$/);
  await begun.promise;

  const wrong = { addresses: [tcp("127.0.0.1")], tls: { cert: other.cert, key: certificate.key } };
  await assert.rejects(listener.move(wrong), matches("tls", /does not belong/));
  assert.equal(await getSecurely(port, certificate.cert), "hello");

  await listener.move({ addresses: [tcp("127.0.0.1")], tls: other });
  assert.equal(portOf(listener), port);
  assert.equal(await getSecurely(port, other.cert), "hello");
  await assert.rejects(getSecurely(port, certificate.cert));
  // An open connection is asked again, and the answer that was waited for comes.
  await idle.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  assert.match(await read(idle), /hello$/);
  go.resolve();
  assert.match(await read(slow), /slow$/);
  for (const connection of [slow, idle]) connection.close();
});

Deno.test("a listener moves to other addresses, or stays where it was", async () => {
  await using folder = await Folder.make();
  const path = `${folder.path}/s`;
  await using listener = await listening({ addresses: [tcp("127.0.0.1")], tls: certificate });
  const port = portOf(listener);
  const connection = await halfSent(port, "GET / HTTP/1.1\r\nHost: x\r\n");
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  // The old address is given up for it, and taken again.
  const impossible = [unix(path), tcp("127.0.0.1", taken.addr.port)];
  await assert.rejects(listener.move({ addresses: impossible, tls: certificate }), matches("busy", /127\.0\.0\.1/));
  assert.deepEqual(folder.list(), []);
  assert.equal(await getSecurely(port, certificate.cert), "hello");

  // Where an old address was, a new one may be.
  await listener.move({ addresses: [unix(path), tcp("127.0.0.1", port, "http")] });
  assert.equal(await get({ socketPath: path }), "hello");
  assert.equal(await get({ host: "127.0.0.1", port }), "hello");
  // Who was connected is served to the end.
  await connection.write(new TextEncoder().encode("\r\n"));
  const buffer = new Uint8Array(1000);
  const answer = new TextDecoder().decode(buffer.subarray(0, await connection.read(buffer) ?? 0));
  assert.match(answer, /hello$/);
  connection.close();

  await listener.move({ addresses: [] });
  assert.deepEqual([listener.addresses, folder.list()], [[], []]);
  await assert.rejects(silent(port), Deno.errors.ConnectionRefused);
});

Deno.test({
  name: "who goes past the front gets nothing, and keeps nobody from closing",
  ignore: Deno.build.os !== "linux",
  // The server ends when the silent one has left, for which nobody waits.
  sanitizeOps: false,
  fn: async () => {
    const before = loopbackPorts();
    const listener = await listening({ addresses: [tcp("127.0.0.1")], tls: certificate });
    const inner = [...loopbackPorts()].find((port) => !before.has(port) && port !== portOf(listener));
    assert.ok(inner !== undefined);
    const silentOne = await silent(inner);
    using client = Deno.createHttpClient({ caCerts: [certificate.cert] });
    const answer = await fetch(`https://localhost:${inner}/`, { client });
    assert.deepEqual([answer.status, await answer.text()], [403, "forbidden\n"]);
    await listener.close(60_000);
    silentOne.close();
  },
});

/** Ports of 127.0.0.1 on which this process listens: proc(5), proc_pid_net(5). */
function loopbackPorts(): ReadonlySet<number> {
  const sockets = new Set(
    [...Deno.readDirSync("/proc/self/fd")].flatMap(({ name }) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(Deno.readLinkSync(`/proc/self/fd/${name}`))?.[1] ?? [];
      } catch (error) {
        // The one that was open for reading the folder.
        if (error instanceof Deno.errors.NotFound) return [];
        throw error;
      }
    }),
  );
  const lines = Deno.readTextFileSync("/proc/self/net/tcp").trim().split("\n").slice(1).map((line) =>
    line.trim().split(/\s+/)
  );
  const listening = lines.filter(([, local, , state, , , , , , inode]) =>
    local!.startsWith("0100007F:") && state === "0A" && sockets.has(inode!)
  );
  return new Set(listening.map(([, local]) => parseInt(local!.split(":")[1]!, 16)));
}
