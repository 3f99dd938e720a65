import assert from "node:assert/strict";
import { Body, BodyBudget } from "../../../src/agent/routes/body.ts";

const BLOCK = 16 * 1024;

/** One that a single network may take whole. */
function budgetOf(bytes: number): BodyBudget {
  return new BodyBudget({ all: bytes, each: bytes });
}

/** A request whose body comes in these parts; afterwards it ends or breaks. */
function upload(parts: readonly (string | Uint8Array)[], end: "ends" | "breaks" = "ends"): Request {
  const left = parts.map((part) => typeof part === "string" ? new TextEncoder().encode(part) : part);
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const next = left.shift();
      if (next !== undefined) controller.enqueue(next);
      else if (end === "ends") controller.close();
      else controller.error(new Error("the client is gone"));
    },
  });
  return new Request("https://agent.test/", { method: "POST", body });
}

Deno.test("body: comes out as it went in, however it was cut", async () => {
  const text = "ä€𝄞".repeat(10_000);
  const bytes = new TextEncoder().encode(text);
  for (const size of [7, 4096, BLOCK, BLOCK + 1, bytes.length]) {
    const parts = Array.from(
      { length: Math.ceil(bytes.length / size) },
      (_, i) => bytes.slice(i * size, (i + 1) * size),
    );
    using body = new Body(budgetOf(1 << 20), "192.0.2.1");
    assert.equal(await body.read(upload(parts), 1 << 20, "keep"), "whole");
    assert.equal(body.text(), text);
  }
  using none = new Body(budgetOf(0), "192.0.2.1");
  assert.equal(await none.read(new Request("https://agent.test/", { method: "POST" }), 10, "keep"), "whole");
  assert.equal(none.text(), "");
});

Deno.test("body: one of more than the limit is told, announced or not, and keeps nothing", async () => {
  using body = new Body(budgetOf(BLOCK), "192.0.2.1");
  assert.equal(await body.read(upload(["x".repeat(100)]), 100, "keep"), "whole");
  using large = new Body(budgetOf(BLOCK), "192.0.2.1");
  assert.equal(await large.read(upload(["x".repeat(60), "x".repeat(60)]), 100, "keep"), "too-large");
  assert.equal(await large.read(upload(["x".repeat(300)]), 100, "keep"), "too-large");
  const announced = new Request("https://agent.test/", {
    method: "POST",
    body: "x",
    headers: { "content-length": "201" },
  });
  assert.equal(await large.read(announced, 100, "keep"), "too-large");
  assert.equal(large.text(), "");
});

Deno.test("body: all together take no more than the budget, and every way out gives back", async () => {
  const budget = budgetOf(2 * BLOCK);
  const isFree = () => {
    const free = budget.take("other", 2 * BLOCK);
    if (free) budget.give("other", 2 * BLOCK);
    return free;
  };
  {
    using first = new Body(budget, "192.0.2.1");
    using second = new Body(budget, "192.0.2.1");
    using third = new Body(budget, "192.0.2.1");
    assert.equal(await first.read(upload(["x"]), BLOCK, "keep"), "whole");
    assert.equal(await second.read(upload(["x"]), BLOCK, "keep"), "whole");
    assert.equal(await third.read(upload(["x", "y"]), BLOCK, "keep"), "no-room");
    assert.equal(await third.read(upload(["x".repeat(2 * BLOCK)]), BLOCK, "keep"), "too-large");
    first[Symbol.dispose]();
    assert.equal(await third.read(upload(["z"]), BLOCK, "keep"), "whole");
    assert.equal(third.text(), "z");
    assert.equal(isFree(), false);
  }
  assert.equal(isFree(), true);
  {
    using broken = new Body(budget, "192.0.2.1");
    assert.equal(await broken.read(upload(["x"], "breaks"), BLOCK, "keep"), "broken");
    assert.equal(isFree(), false);
  }
  assert.equal(isFree(), true);
  using dropped = new Body(budgetOf(0), "192.0.2.1");
  assert.equal(await dropped.read(upload(["x".repeat(BLOCK)]), BLOCK, "drop"), "whole");
  assert.equal(dropped.text(), "");
});

Deno.test("body: one network takes no more than its share, so that there is room for others", async () => {
  const budget = new BodyBudget({ all: 3 * BLOCK, each: 2 * BLOCK });
  const read = async (address: string) => {
    const body = new Body(budget, address);
    return [await body.read(upload(["x"]), BLOCK, "keep"), body] as const;
  };
  const [first, body] = await read("2001:db8::1");
  const [second] = await read("2001:db8::2");
  const [third] = await read("2001:db8::3");
  assert.deepEqual([first, second, third], ["whole", "whole", "no-room"]);
  const [other] = await read("192.0.2.1");
  const [none] = await read("192.0.2.2");
  assert.deepEqual([other, none], ["whole", "no-room"]);
  body[Symbol.dispose]();
  assert.equal((await read("2001:db8::3"))[0], "whole");
});
