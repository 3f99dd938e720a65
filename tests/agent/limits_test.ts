import assert from "node:assert/strict";
import { RefusalLimiter } from "../../src/agent/limits.ts";

const RATE = { count: 3, period: 60_000 };

function refuseTimes(limiter: RefusalLimiter, times: number, address: string, route = "push", now = 0) {
  for (let i = 0; i < times; i++) limiter.refuse(address, route, now);
  return limiter.allowance(address, route, now);
}

Deno.test("limits: after as many refusals as the rate allows an address is limited until the period ends", () => {
  const limiter = new RefusalLimiter(RATE);
  assert.deepEqual(limiter.allowance("10.0.0.1", "push", 0), {
    limited: false,
    headers: { "x-rate-limit-limit": "3", "x-rate-limit-remaining": "3", "x-rate-limit-reset": "0" },
  });
  assert.equal(refuseTimes(limiter, 2, "10.0.0.1").limited, false);
  assert.deepEqual(limiter.refuse("10.0.0.1", "push", 1500), {
    limited: true,
    headers: {
      "x-rate-limit-limit": "3",
      "x-rate-limit-remaining": "0",
      "x-rate-limit-reset": "59",
      "retry-after": "59",
    },
  });
  assert.equal(limiter.allowance("10.0.0.1", "push", 59_999).limited, true);
  assert.equal(limiter.allowance("10.0.0.1", "push", 60_000).limited, false);
  assert.equal(limiter.refuse("10.0.0.1", "push", 60_000).headers["x-rate-limit-remaining"], "2");
});

Deno.test("limits: looking does not count, and addresses and routes count apart", () => {
  const limiter = new RefusalLimiter(RATE);
  for (let i = 0; i < 10; i++) limiter.allowance("10.0.0.1", "push", 0);
  assert.equal(refuseTimes(limiter, 2, "10.0.0.1").limited, false);
  assert.equal(refuseTimes(limiter, 3, "10.0.0.1").limited, true);
  assert.equal(limiter.allowance("10.0.0.1", "metrics", 0).limited, false);
  assert.equal(limiter.allowance("10.0.0.2", "push", 0).limited, false);
});

Deno.test("limits: addresses of one IPv6 /64 count together, mapped IPv4 as IPv4", () => {
  const same = [
    ["2001:db8:0:1::1", "2001:0db8::1:ffff:1:2:3", "2001:DB8:0:1:0:0:0:9"],
    ["fe80::1%eth0", "fe80::2"],
    ["::ffff:10.0.0.1", "10.0.0.1"],
    ["::1", "::2"],
  ] as const;
  for (const [first, ...others] of same) {
    const limiter = new RefusalLimiter(RATE);
    refuseTimes(limiter, 3, first);
    for (const other of others) assert.equal(limiter.allowance(other, "push", 0).limited, true, `${first} ${other}`);
    for (const other of ["2001:db8:0:2::1", "2001:db8::1", "fe80:0:0:1::1", "10.0.0.2", "::ffff:10.0.0.3"]) {
      assert.equal(limiter.allowance(other, "push", 0).limited, false, `${first} ${other}`);
    }
  }
});

Deno.test("limits: a full table forgets the oldest window first", () => {
  const limiter = new RefusalLimiter({ count: 1, period: 60_000 }, 2);
  for (const address of ["10.0.0.1", "10.0.0.2", "10.0.0.3"]) limiter.refuse(address, "push", 0);
  const limited = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map((address) => limiter.allowance(address, "push", 0).limited);
  assert.deepEqual(limited, [false, true, true]);
});
