import assert from "node:assert/strict";
import {
  isSameAddress,
  type ListenAddress,
  listenAddressText,
  parseListenAddress,
} from "../../src/domain/listen_address.ts";

const tcp = (hostname: string, port: number, scheme: "http" | "https" = "https"): ListenAddress => {
  return { kind: "tcp", scheme, hostname, port };
};

Deno.test("listen address: what is read, and how it is shown", () => {
  const cases: readonly (readonly [string, ListenAddress, string?])[] = [
    [":4000", tcp("", 4000)],
    ["127.0.0.1:0", tcp("127.0.0.1", 0)],
    ["host-1.example:65535", tcp("host-1.example", 65535)],
    ["[::1]:4000", tcp("::1", 4000)],
    ["[fe80::1%eth0]:4000", tcp("fe80::1%eth0", 4000)],
    ["https://[::]:4000", tcp("::", 4000), "[::]:4000"],
    ["http://:80", tcp("", 80, "http")],
    ["http://[::1]:80", tcp("::1", 80, "http")],
    ["unix:/run/etcha.sock", { kind: "unix", path: "/run/etcha.sock", mode: 0o600 }],
    ["unix:etcha/s?mode=660", { kind: "unix", path: "etcha/s", mode: 0o660 }, "unix:etcha/s"],
    ["unix:/s?mode=0666", { kind: "unix", path: "/s", mode: 0o666 }, "unix:/s"],
  ];
  for (const [text, address, shown] of cases) {
    assert.deepEqual(parseListenAddress(text), address);
    assert.equal(listenAddressText(address), shown ?? text);
  }
});

Deno.test("listen address: what is none", () => {
  const wrong = [
    ...["", "4000", ":", ":70000", ":-1", "::1:4000", "[::1]", "http://:80/", "ftp://:21", "http//:80", "a b:1"],
    ...["unix:", "unix:/s?mode=9", "unix:/s?mode=", "unix:/s?user=x", "unix:/a b", "HTTP://:80", "http://"],
  ];
  for (const text of wrong) assert.equal(parseListenAddress(text), undefined, text);
});

Deno.test("listen address: the same only when all of it is", () => {
  const all = [":1", ":2", "http://:1", "127.0.0.1:1", "unix:/s", "unix:/t", "unix:/s?mode=0660"];
  const addresses = all.map((text) => parseListenAddress(text)!);
  for (const [i, a] of addresses.entries()) {
    for (const [j, b] of addresses.entries()) assert.equal(isSameAddress(a, b), i === j, `${all[i]} ${all[j]}`);
  }
});
