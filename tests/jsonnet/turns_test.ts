import assert from "node:assert/strict";
import { Turns } from "../../src/jsonnet/turns.ts";

const never = new AbortController().signal;

function seat(name: string) {
  return { name, isWarm: false };
}

Deno.test("turns are taken one at a time, in the order of asking", async () => {
  const turns = new Turns([seat("a")], 10);
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
  const turns = new Turns([seat("a")], 1);
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

Deno.test("seats are held by one at a time; a warm one goes first, of those the one that was free last", async () => {
  const [a, b, c] = [seat("a"), seat("b"), seat("c")] as const;
  const turns = new Turns([a, b, c], 1);
  const take = async () => (await turns.take(never))!;
  const held = [await take(), await take(), await take()];
  assert.deepEqual(held.map(({ seat }) => seat.name), ["c", "b", "a"]);
  const waiting = turns.take(never);
  assert.equal(await turns.take(never), undefined);
  held[0]![Symbol.dispose]();
  assert.equal((await waiting)?.seat, c);
  a.isWarm = b.isWarm = true;
  held[2]![Symbol.dispose]();
  held[1]![Symbol.dispose]();
  (await waiting)![Symbol.dispose]();
  assert.deepEqual([(await take()).seat, (await take()).seat, (await take()).seat], [b, a, c]);
});
