import type { RenderedCommand } from "../domain/state.ts";
import { type Plan, plan, type Remembered } from "./plan.ts";

/** Plans, and gives the last plan again for the very same record and list: in a settled run nothing needs comparing. */
export class Planner {
  #last:
    | {
      readonly state: Remembered;
      readonly list: readonly RenderedCommand[];
      readonly newToken: boolean;
      readonly planned: Plan;
    }
    | undefined;

  plan(state: Remembered, list: readonly RenderedCommand[], newToken: boolean): Plan {
    const last = this.#last;
    if (last?.state === state && last.list === list && last.newToken === newToken) return last.planned;
    const planned = plan(state, list, newToken);
    this.#last = { state, list, newToken, planned };
    return planned;
  }
}
