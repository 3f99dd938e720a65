import assert from "node:assert/strict";
import fc from "fast-check";
import { clientAddress, parseTrustedProxy, type TrustedProxy } from "../../src/domain/trusted_proxies.ts";

function trusted(...texts: readonly string[]): readonly TrustedProxy[] {
  return texts.map((text) => {
    const proxy = parseTrustedProxy(text);
    assert.ok(proxy !== undefined, text);
    return proxy;
  });
}

Deno.test("trusted proxies: the rightmost address that is not trusted is the client", () => {
  const cases: readonly (readonly [peer: string, field: string, trusted: readonly string[], client: string])[] = [
    // Nobody is trusted, or another one: whatever is said counts for nothing.
    ["192.0.2.1", "203.0.113.9", [], "192.0.2.1"],
    ["192.0.2.1", "203.0.113.9", ["192.0.2.2"], "192.0.2.1"],
    ["192.0.2.1", "", ["192.0.2.1"], "192.0.2.1"],
    ["192.0.2.1", "203.0.113.9", ["192.0.2.1"], "203.0.113.9"],
    // What the client has put there itself stands before what the proxy adds.
    ["192.0.2.1", "127.0.0.1, 10.0.0.1, 203.0.113.9", ["192.0.2.1", "10.0.0.1", "127.0.0.1"], "203.0.113.9"],
    // Several proxies, one after the other.
    ["10.0.0.1", "203.0.113.9, 10.0.0.2,10.255.0.3", ["10.0.0.0/8"], "203.0.113.9"],
    ["10.0.0.1", "10.0.0.2, 10.0.0.3", ["10.0.0.0/8"], "10.0.0.2"],
    // What is no address ends it.
    ["10.0.0.1", "203.0.113.9, unknown", ["10.0.0.0/8"], "10.0.0.1"],
    ["10.0.0.1", "203.0.113.9, _hidden, 10.0.0.2", ["10.0.0.0/8"], "10.0.0.2"],
    ["10.0.0.1", "203.0.113.9,", ["10.0.0.0/8"], "10.0.0.1"],
    ["10.0.0.1", "unix", ["10.0.0.0/8", "unix"], "10.0.0.1"],
    ["10.0.0.1", "203.0.113.999", ["10.0.0.0/8"], "10.0.0.1"],
    ["unix", "203.0.113.9", ["unix"], "203.0.113.9"],
    ["unix", "203.0.113.9", ["10.0.0.0/8"], "unix"],
    // IPv6, ports, and IPv4 in IPv6.
    ["fd00::1", "2001:DB8::1", ["fd00::/8"], "2001:db8::1"],
    ["fd00::1", "[2001:db8::1]:4711", ["FD00:0:0:0:0:0:0:1"], "2001:db8::1"],
    ["fe80::1%eth0", "192.0.2.1:4711", ["fe80::/10"], "192.0.2.1"],
    ["::ffff:10.0.0.1", "::ffff:192.0.2.1", ["10.0.0.1"], "192.0.2.1"],
    ["10.0.0.1", "::ffff:c000:201", ["::ffff:10.0.0.1"], "192.0.2.1"],
    ["fc00::1", "203.0.113.9", ["fd00::/8"], "fc00::1"],
    ["192.0.2.129", "203.0.113.9", ["192.0.2.0/25"], "192.0.2.129"],
    ["192.0.2.127", "203.0.113.9", ["192.0.2.77/25"], "203.0.113.9"],
    ["192.0.2.1", "203.0.113.9", ["0.0.0.0/0"], "203.0.113.9"],
    ["::1", "203.0.113.9", ["0.0.0.0/0"], "::1"],
  ];
  for (const [peer, field, proxies, client] of cases) {
    assert.equal(clientAddress(peer, field, trusted(...proxies)), client, `${peer} ${field} ${proxies}`);
  }
});

Deno.test("trusted proxies: what is neither address nor range", () => {
  const wrong = [
    ...["", "10.0.0", "10.0.0.256", "10.0.0.01", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "host", "*", "unix:"],
    ...["::1::", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8", "::g", "fd00::/129", "[::1]"],
  ];
  for (const text of wrong) assert.equal(parseTrustedProxy(text), undefined, text);
});

Deno.test("trusted proxies: nothing that a stranger sends matters", () => {
  fc.assert(
    fc.property(fc.string(), (field) => clientAddress("192.0.2.1", field, trusted("10.0.0.0/8")) === "192.0.2.1"),
  );
  fc.assert(
    fc.property(fc.string(), (field) => {
      return clientAddress("10.0.0.1", `${field}, 192.0.2.1`, trusted("10.0.0.0/8")) === "192.0.2.1";
    }),
  );
});
