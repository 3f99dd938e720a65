import assert from "node:assert/strict";
import type { Command } from "../../src/domain/command.ts";
import type { Problem } from "../../src/domain/problem.ts";
import { resolveTriggers, type TriggerSource } from "../../src/domain/trigger.ts";

interface Given extends Partial<TriggerSource> {
  readonly id: string;
  readonly scope?: number;
}

function resolve(list: readonly Given[]) {
  const problems: Problem[] = [];
  const none = { targets: [], events: [] };
  const written = list.map(({ id, scope, onChange = [], onFail = [], onRemove = [] }) => {
    const command: Command = {
      id,
      groups: [],
      scopes: scope === undefined ? [0] : [0, scope],
      always: false,
      changeIgnore: false,
      removeAfter: false,
      envPrefix: "",
      sensitive: false,
      onChange: none,
      onFail: none,
      onRemove: none,
    };
    return { command, texts: { onChange, onFail, onRemove } };
  });
  return { resolved: resolveTriggers(written, (command) => `list > ${command.id}`, problems), problems };
}

Deno.test("targets are positions, ascending, each once; events are names, each once", () => {
  const { resolved, problems } = resolve([
    { id: "a" },
    { id: "b", onChange: ["d", "c", "^[cd]$", "etcha:x", "etcha:x", "etcha:y"], onFail: ["d"], onRemove: ["a"] },
    { id: "c" },
    { id: "d", onRemove: ["."] },
  ]);
  assert.deepEqual(problems, []);
  assert.deepEqual(resolved[1], {
    onChange: { targets: [2, 3], events: ["x", "y"] },
    onFail: { targets: [3], events: [] },
    onRemove: { targets: [0], events: [] },
  });
  assert.deepEqual(resolved[3]!.onRemove.targets, [0, 1, 2]);
});

Deno.test("only the same innermost group is searched", () => {
  const { resolved, problems } = resolve([
    { id: "a", onChange: ["x"] },
    { id: "x1", scope: 1, onChange: ["x2"] },
    { id: "x2", scope: 2 },
    { id: "x2", scope: 1 },
    { id: "x3" },
  ]);
  assert.deepEqual(problems, []);
  assert.deepEqual(resolved.map(({ onChange }) => onChange.targets), [[4], [3], [], [], []]);
});

Deno.test("an id that is an expression for others means itself alone", () => {
  const { resolved } = resolve([{ id: "a", onChange: ["b.*"] }, { id: "bcd" }, { id: "b.*" }]);
  assert.deepEqual(resolved[0]!.onChange.targets, [2]);
});

Deno.test("each mistake is a problem of its own, and the good entries count", () => {
  const { resolved, problems } = resolve([
    { id: "before" },
    { id: "a", onChange: ["a", "before", "aftre", "x(", "etcha:", "after"], onRemove: ["after"] },
    { id: "after" },
  ]);
  assert.deepEqual(resolved[1]!.onChange, { targets: [2], events: [] });
  assert.deepEqual(problems.map(({ attempted, code, where, hint }) => [attempted, code, where, hint !== undefined]), [
    ['resolve onChange "a"', "self-target", "list > a", false],
    ['resolve onChange "before"', "target-wrong-side", "list > a", true],
    ['resolve onChange "aftre"', "target-not-found", "list > a", true],
    ['resolve onChange "x("', "bad-regexp", "list > a", false],
    ['resolve onChange "etcha:"', "bad-event", "list > a", false],
    ['resolve onRemove "after"', "target-wrong-side", "list > a", true],
  ]);
});
