import { deepEqual } from "node:assert/strict";
import { buildPattern } from "../../src/workflows/build.ts";
import { diskPattern } from "../../src/workflows/pattern_source.ts";
import { CONFIG, Workshop } from "./building.ts";

/** Codes of what went wrong, of warnings in parentheses, and whether build commands have run. */
async function built(code: string): Promise<readonly [string, "ran" | "did not run"]> {
  using workshop = new Workshop({ "p.jsonnet": code }, () => "v1\n");
  const from = diskPattern(workshop.files, "p.jsonnet", []);
  const result = await buildPattern({ from, config: CONFIG, fixed: {}, version: "1" }, workshop.means);
  const codes = result.ok
    ? result.value.warnings.map((warning) => `(${warning.code})`)
    : result.problems.map((problem) => problem.code);
  return [codes.join(), workshop.ran.length > 0 ? "ran" : "did not run"];
}

const COMMAND = "{ id: 'b', always: true, change: 'true', onChange: ['etcha:runVar_version'] }";
const SILENT = "{ id: 'b', always: true, change: 'true' }";

/** What the pattern is like, the pattern, what is told, whether build commands have run. */
const CASES: readonly (readonly [string, string, string, "ran" | "did not run"])[] = [
  ["all is well", `{ build: [${COMMAND}], run: [{ id: 'a', change: 'true' }] }`, "", "ran"],
  [
    "run has mistakes, also where run vars are to come",
    `{ build: [${COMMAND}], run: [{ id: 'a', chek: 'true' }, { id: 'c', onChange: ['nowhere'] }] }`,
    "unknown-property,target-not-found",
    "did not run",
  ],
  [
    "run needs a run var that a build command sets",
    `{ build: [${COMMAND}], run: [{ id: std.native('getConfig')().vars.version, change: 'true' }] }`,
    "",
    "ran",
  ],
  [
    "run is wrong with the run var that a build command sets",
    `{ build: [${COMMAND}], run: [{ id: std.native('getConfig')().vars.version, chek: 'true' }] }`,
    "unknown-property",
    "ran",
  ],
  [
    "run needs a variable that no build command sets",
    `{ build: [${SILENT}], run: [{ id: std.native('getConfig')().vars.version, change: 'true' }] }`,
    "jsonnet-runtime",
    "did not run",
  ],
  [
    "run lacks a value: it may be there on the host",
    `{ build: [${SILENT}], run: [{ id: std.native('getEnv')('NOWHERE', null, false) }] }`,
    "(missing-value)",
    "ran",
  ],
  [
    "run imports what a build command makes",
    `{ build: [${SILENT}], run: [(import 'made.libsonnet') + { change: 'true' }] }`,
    "",
    "ran",
  ],
  [
    "run imports what nothing makes",
    "{ build: [], run: [import 'made.libsonnet'] }",
    "jsonnet-import-not-found",
    "did not run",
  ],
  [
    "there are mistakes in both lists",
    `{ build: [${SILENT} + { chek: '' }], run: [{ change: 'true' }] }`,
    "unknown-property,missing-property",
    "did not run",
  ],
  [
    "run does not evaluate and build has a mistake",
    `{ build: [${COMMAND} + { chek: '' }], run: [{ id: std.native('getConfig')().vars.version }] }`,
    "jsonnet-runtime,unknown-property",
    "did not run",
  ],
];

for (const [what, code, told, ran] of CASES) {
  Deno.test(`build, where ${what}`, async () => deepEqual(await built(code), [told, ran]));
}
