import assert from "node:assert/strict";
import { networkOf, unmapped } from "../../src/domain/address.ts";

Deno.test("address: of IPv6 the first 64 bits, however they are spelled", () => {
  for (const same of ["2001:db8:0:1::1", "2001:0db8::1:ffff:1:2:3", "2001:DB8:0:1:0:0:0:9", "2001:db8:0:1::%eth0"]) {
    assert.equal(networkOf(same), "2001:db8:0:1", same);
  }
  assert.equal(networkOf("::1"), "0:0:0:0");
  assert.equal(networkOf("::"), "0:0:0:0");
  assert.equal(networkOf("fe80::1%eth0"), "fe80:0:0:0");
});

Deno.test("address: IPv4 alone, mapped or not", () => {
  assert.equal(networkOf("192.0.2.1"), "192.0.2.1");
  assert.equal(networkOf("::FFFF:192.0.2.1"), "192.0.2.1");
  assert.equal(unmapped("::ffff:192.0.2.1"), "192.0.2.1");
  assert.equal(unmapped("2001:db8::1"), "2001:db8::1");
  assert.equal(unmapped("unix"), "unix");
});
