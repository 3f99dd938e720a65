import assert from "node:assert/strict";
import { proxyRule } from "../../src/host/deno/http_proxy.ts";

function proxyOf(environment: { [name: string]: string }, url: string): string | undefined {
  return proxyRule(environment)(new URL(url))?.href;
}

Deno.test("proxy: chosen by scheme, small letters before capitals", () => {
  const environment = { HTTPS_PROXY: "http://s:1", HTTP_PROXY: "p:2", ALL_PROXY: "http://all:3" };
  assert.equal(proxyOf(environment, "https://a/"), "http://s:1/");
  assert.equal(proxyOf(environment, "http://a/"), "http://p:2/");
  assert.equal(proxyOf({ ALL_PROXY: "http://all:3" }, "http://a/"), "http://all:3/");
  assert.equal(proxyOf({ ...environment, https_proxy: "http://small:4" }, "https://a/"), "http://small:4/");
  assert.equal(proxyOf({}, "https://a/"), undefined);
  assert.equal(proxyOf({ HTTPS_PROXY: "" }, "https://a/"), undefined);
  assert.equal(proxyOf({ HTTPS_PROXY: "socks5://s:1" }, "https://a/"), undefined);
});

Deno.test("proxy: HTTP_PROXY in capitals is not believed where a request could have set it", () => {
  assert.equal(proxyOf({ HTTP_PROXY: "http://evil:1", REQUEST_METHOD: "GET" }, "http://a/"), undefined);
});

Deno.test("proxy: NO_PROXY names hosts, everything below them, addresses and ports", () => {
  const rule = (exceptions: string, url: string) =>
    proxyOf({ HTTPS_PROXY: "http://p:1", NO_PROXY: exceptions }, url) === undefined;
  for (
    const [exceptions, url] of [
      ["*", "https://a/"],
      ["x, example.com", "https://example.com/"],
      ["x example.com", "https://web.example.com/"],
      [".example.com", "https://web.example.com/"],
      ["*.EXAMPLE.com", "https://web.example.com/"],
      ["example.com:443", "https://example.com/"],
      ["example.com:4000", "https://example.com:4000/"],
      ["10.0.0.1", "https://10.0.0.1:4000/"],
      ["::1", "https://[::1]/"],
      ["[::1]:4000", "https://[::1]:4000/"],
      ["10.0.0.0/8", "https://10.200.0.1:4000/"],
      ["fd00::/8", "https://[fd12::1]/"],
    ] as const
  ) assert.ok(rule(exceptions, url), `${exceptions} ${url}`);
  for (
    const [exceptions, url] of [
      ["", "https://a/"],
      ["example.com", "https://badexample.com/"],
      ["web.example.com", "https://example.com/"],
      ["example.com:4000", "https://example.com/"],
      ["10.0.0.1", "https://10.0.0.11/"],
      ["::1", "https://[::2]/"],
      ["10.0.0.0/8", "https://11.0.0.1/"],
      ["10.0.0.0/8", "https://ten.example.com/"],
      ["10.0.0.0/99", "https://10.0.0.1/"],
      ["fd00::/8", "https://10.0.0.1/"],
    ] as const
  ) assert.ok(!rule(exceptions, url), `${exceptions} ${url}`);
});
