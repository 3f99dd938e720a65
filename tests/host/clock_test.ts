import assert from "node:assert/strict";
import { clock } from "../../src/host/deno/clock.ts";
import type { Clock } from "../../src/host/host.ts";
import { FakeClock } from "../fakes/fake_clock.ts";

const never = new AbortController().signal;

function conformance(name: string, open: () => { clock: Clock; pass: (duration: number) => Promise<void> }) {
  Deno.test(`${name}: sleep ends after its time, not before`, async () => {
    const { clock, pass } = open();
    const [now, monotonic] = [clock.now(), clock.monotonic()];
    const slept = clock.sleep(50, never).then(() => [clock.now(), clock.monotonic()] as const);
    await pass(60);
    const [later, laterMonotonic] = await slept;
    assert.ok(laterMonotonic - monotonic >= 50, `${laterMonotonic - monotonic}`);
    assert.ok(later - now >= 49, `${later - now}`);
  });

  Deno.test(`${name}: an aborted sleep ends at once, without error`, async () => {
    const { clock } = open();
    await clock.sleep(1e12, AbortSignal.abort());
    const controller = new AbortController();
    const slept = clock.sleep(1e12, controller.signal);
    controller.abort();
    await slept;
    await clock.sleep(0, never);
  });
}

conformance("real clock", () => ({ clock, pass: () => Promise.resolve() }));
conformance("fake clock", () => {
  const clock = new FakeClock();
  return { clock, pass: (duration) => clock.advance(duration) };
});

Deno.test("the fake clock wakes in order and counts who sleeps", async () => {
  const clock = new FakeClock(0);
  const woken: string[] = [];
  void clock.sleep(20, never).then(() => woken.push(`late ${clock.now()}`));
  void clock.sleep(10, never).then(() => woken.push(`early ${clock.now()}`));
  assert.equal(clock.sleeping, 2);
  await clock.advance(15);
  assert.deepEqual(woken, ["early 10"]);
  await clock.advance(15);
  assert.deepEqual([woken, clock.sleeping, clock.now()], [["early 10", "late 20"], 0, 30]);
});
