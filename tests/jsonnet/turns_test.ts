import assert from "node:assert/strict";
import { Turns } from "../../src/jsonnet/turns.ts";

const never = new AbortController().signal;

Deno.test("turns are taken one at a time, in the order of asking", async () => {
  const turns = new Turns(10);
  const order: number[] = [];
  let inside = 0;
  await Promise.all([0, 1, 2, 3].map(async (number) => {
    using turn = await turns.take(never);
    assert.ok(turn);
    assert.equal(++inside, 1);
    await Promise.resolve();
    order.push(number);
    inside--;
  }));
  assert.deepEqual(order, [0, 1, 2, 3]);
});

Deno.test("who is one too many is told at once; who leaves makes room", async () => {
  const turns = new Turns(1);
  const first = await turns.take(never);
  const leaver = new AbortController();
  const second = turns.take(leaver.signal);
  assert.equal(await turns.take(never), undefined);
  leaver.abort(new Error("left"));
  await assert.rejects(second, /left/);
  const third = turns.take(never);
  first![Symbol.dispose]();
  assert.ok(await third);
  await assert.rejects(turns.take(AbortSignal.abort(new Error("late"))), /late/);
});
