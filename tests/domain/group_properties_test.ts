import assert from "node:assert/strict";
import type { Json } from "../../src/domain/json.ts";
import { groupProperties } from "../../src/domain/group_properties.ts";

Deno.test("what a group ignores is told, at any depth; what a command has is not", () => {
  const member = { id: "m", always: true, check: "true" };
  const cases: readonly (readonly [Json, readonly string[]])[] = [
    [{ run: [member, { id: "g", commands: [member] }] }, []],
    [{ run: [{ id: "g", always: true, commands: [] }] }, ["run > g: always"]],
    [{ build: [[{ id: "g", commands: [[{ check: "", id: "h", exec: {}, commands: [] }]] }]] }, [
      "build > g > h: check, exec",
    ]],
    [{ run: [{ commands: [], change: "x" }] }, ["run > ?: change"]],
    [{ run: "text" }, []],
    [[{ id: "g", always: true, commands: [] }], []],
    [null, []],
  ];
  for (const [pattern, expected] of cases) {
    const told = groupProperties(pattern).map(({ where, found }) =>
      `${where}: ${found.replace(/^.*: /, "").replaceAll('"', "")}`
    );
    assert.deepEqual(told, expected);
  }
});
