import { deepEqual, equal, rejects } from "node:assert/strict";
import { sideBySide } from "../../src/workflows/side_by_side.ts";

Deno.test("items are begun in order, so many at once, and the results are in that order", async () => {
  const begun: number[] = [];
  let busy = 0;
  let most = 0;
  const results = await sideBySide([5, 1, 4, 2, 3], 2, async (item) => {
    begun.push(item);
    most = Math.max(most, ++busy);
    for (let turns = 0; turns < item; turns++) await Promise.resolve();
    busy--;
    return item * 10;
  });
  deepEqual(results, [50, 10, 40, 20, 30]);
  deepEqual(begun, [5, 1, 4, 2, 3]);
  equal(most, 2);
});

Deno.test("when one throws, what waits is not begun", async () => {
  const begun: number[] = [];
  await rejects(
    sideBySide([1, 2, 3, 4], 2, async (item) => {
      begun.push(item);
      await Promise.resolve();
      if (item === 1) throw new Error("no");
    }),
    /no/,
  );
  deepEqual(begun, [1, 2]);
});
