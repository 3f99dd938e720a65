import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { createDns } from "../../src/host/deno/dns.ts";
import { type Dns, HostError } from "../../src/host/host.ts";

type Records = { readonly [question: string]: readonly Uint8Array[] };
const TYPES: Readonly<Record<string, number>> = { A: 1, CNAME: 5, TXT: 16, AAAA: 28 };

/** A name server that knows `records` ("TYPE name" to data), says NXDOMAIN for `nx.…`, and keeps silent on `silent.…`. */
async function withServer(records: Records, use: (dns: Dns) => Promise<void>) {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  socket.on("message", (query: Uint8Array, from: { address: string; port: number }) => {
    const labels: string[] = [];
    let at = 12;
    for (let length = query[at]!; length > 0; length = query[at]!) {
      labels.push(new TextDecoder().decode(query.subarray(at + 1, at + 1 + length)));
      at += length + 1;
    }
    const type = query[at + 2]!;
    const end = at + 5;
    if (labels[0] === "silent") return;
    const name = Object.keys(TYPES).find((key) => TYPES[key] === type);
    const answers = records[`${name} ${labels.join(".")}`] ?? [];
    // RFC 1035, 4.1: a response with the question repeated; answers point back at its name.
    const head = [...query.subarray(0, 2), 0x81, labels[0] === "nx" ? 0x83 : 0x80, 0, 1, 0, answers.length, 0, 0, 0, 0];
    const rows = answers.flatMap((data) => [0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length, ...data]);
    socket.send(new Uint8Array([...head, ...query.subarray(12, end), ...rows]), from.port, from.address);
  });
  try {
    await use(createDns({ ipAddr: "127.0.0.1", port: socket.address().port }));
  } finally {
    await new Promise<void>((resolve) => socket.close(() => resolve()));
  }
}

const texts = (...parts: string[]) =>
  new Uint8Array(parts.flatMap((part) => [part.length, ...new TextEncoder().encode(part)]));

Deno.test("dns: values of every type, sorted; the texts of one TXT record are joined", async () => {
  const records = {
    "A web.example.com": [new Uint8Array([10, 0, 0, 2]), new Uint8Array([10, 0, 0, 1])],
    "AAAA web.example.com": [new Uint8Array([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])],
    "CNAME www.example.com": [new Uint8Array([...texts("web", "example", "com"), 0])],
    "TXT web.example.com": [texts("b=", "2"), texts("a=1")],
  };
  await withServer(records, async (dns) => {
    assert.deepEqual(await dns.resolve("A", "web.example.com", 5000), ["10.0.0.1", "10.0.0.2"]);
    assert.deepEqual(await dns.resolve("AAAA", "web.example.com", 5000), ["2001:db8::1"]);
    assert.deepEqual(await dns.resolve("CNAME", "www.example.com", 5000), ["web.example.com"]);
    assert.deepEqual(await dns.resolve("TXT", "web.example.com", 5000), ["a=1", "b=2"]);
  });
});

Deno.test("dns: a name that does not exist, or has nothing of the type, gives nothing", async () => {
  await withServer({}, async (dns) => {
    assert.deepEqual(await dns.resolve("A", "nx.example.com", 5000), []);
    assert.deepEqual(await dns.resolve("TXT", "web.example.com", 5000), []);
  });
});

Deno.test("dns: a silent name server is waited for no longer than the timeout, and a bad name is an error", async () => {
  await withServer({}, async (dns) => {
    const kindIs = (kind: string) => (error: unknown) => error instanceof HostError && error.kind === kind;
    await assert.rejects(dns.resolve("A", "silent.example.com", 100), kindIs("timeout"));
    await assert.rejects(dns.resolve("A", "bad..example.com", 5000), kindIs("other"));
  });
});
