import { type Command, commandPath } from "./command.ts";
import type { Problem } from "./problem.ts";

/**
 * Commands of a flattened list whose change nothing ever runs: a problem `never-runs` for each that has neither `check` nor
 * `always` and that no other one triggers. `name` is how the list is called in problems: `run`, `build`.
 */
export function neverRun(list: readonly Command[], name: string): readonly Problem[] {
  const targets = new Set(
    list.flatMap(({ onChange, onFail, onRemove }) => [onChange, onFail, onRemove].flatMap((to) => to.targets)),
  );
  return list
    .filter(({ always, check, change }, at) =>
      change !== undefined && check === undefined && !always && !targets.has(at)
    )
    .map((command) => ({
      code: "never-runs",
      attempted: "read the commands",
      found: "its change never runs: it has neither check nor always, and no command triggers it",
      where: `${name} > ${commandPath(command)}`,
      hint: "give it a check or always: true, or name it in onChange, onFail or onRemove of another command",
    }));
}
