import { isObject, type Json } from "./json.ts";
import type { Problem } from "./problem.ts";

/**
 * Properties of groups that do nothing there, in `run` and `build` of a rendered pattern: a problem
 * `group-property-ignored` for each group that has any. All but `id` and `commands` belong on the members.
 */
export function groupProperties(pattern: Json): readonly Problem[] {
  const problems: Problem[] = [];
  const look = (item: unknown, path: readonly string[]): void => {
    if (Array.isArray(item)) return item.forEach((one) => look(one, path));
    if (!isObject(item) || item.commands === undefined) return;
    const here = [...path, typeof item.id === "string" ? item.id : "?"];
    const ignored = Object.keys(item).filter((name) => name !== "id" && name !== "commands");
    if (ignored.length > 0) problems.push(problemOf(here, ignored));
    look(item.commands, here);
  };
  if (isObject(pattern)) {
    look(pattern.build, ["build"]);
    look(pattern.run, ["run"]);
  }
  return problems;
}

function problemOf(path: readonly string[], ignored: readonly string[]): Problem {
  const names = ignored.map((name) => JSON.stringify(name)).join(", ");
  return {
    code: "group-property-ignored",
    attempted: "read the commands",
    found: `a group has only id and commands; ignored here: ${names}`,
    where: path.join(" > "),
    hint: "set them on the commands of the group",
  };
}
