import { deepEqual } from "node:assert/strict";
import { parseCommands } from "../../src/domain/command_list.ts";
import { neverRun } from "../../src/domain/never_runs.ts";

function found(list: readonly unknown[]): readonly (string | undefined)[] {
  return neverRun(parseCommands(list, "run").commands, "run").map(({ where }) => where);
}

Deno.test("a change that neither a check nor a trigger runs is found, in groups too", () => {
  const lonely = { id: "lonely", change: "true" };
  deepEqual(found([lonely, { id: "group", commands: [lonely] }]), ["run > lonely", "run > group > lonely"]);
});

Deno.test("what something may run is not found", () => {
  const target = { id: "target", change: "true" };
  const by = (property: string) => ({ id: "by", check: "false", change: "true", [property]: ["tar.*"] });
  deepEqual(found([by("onChange"), target]), []);
  deepEqual(found([by("onFail"), target]), []);
  deepEqual(found([target, by("onRemove")]), []);
  deepEqual(found([{ ...target, always: true }]), []);
  deepEqual(found([{ ...target, check: "true" }]), []);
  deepEqual(found([{ id: "nothing to run" }]), []);
});

Deno.test("a trigger of another group runs nothing here", () => {
  const group = { id: "group", commands: [{ id: "by", always: true, onChange: ["x"] }, { id: "x", change: "true" }] };
  deepEqual(found([group, { id: "x", change: "true" }]), ["run > x"]);
});
