import { deepEqual, equal, notEqual } from "node:assert/strict";
import { NOTHING_REMEMBERED, plan } from "../../src/engine/plan.ts";
import { Planner } from "../../src/engine/planner.ts";
import { rendered } from "../fakes/simulated_source.ts";

Deno.test("a planner compares anew when record, list or token are others, and only then", () => {
  const planner = new Planner();
  const state = { ...NOTHING_REMEMBERED };
  const list = rendered([{ id: "a", change: "a" }]);
  const planned = planner.plan(state, list, true);
  equal(planner.plan(state, list, true), planned);
  type Question = Parameters<typeof plan>;
  const others: readonly Question[] = [[{ ...state }, list, true], [state, [...list], true], [state, list, false]];
  for (const other of others) {
    planner.plan(state, list, true);
    const again = planner.plan(...other);
    notEqual(again, planned);
    deepEqual(again, plan(...other));
  }
});
