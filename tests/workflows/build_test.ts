import { deepEqual } from "node:assert/strict";
import { parseConfig } from "../../src/domain/config_layers.ts";
import { buildPattern } from "../../src/workflows/build.ts";
import { Renderer, type RenderHost } from "../../src/workflows/render.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { FakeFiles } from "../fakes/fake_files.ts";
import { FakeProcesses } from "../fakes/fake_processes.ts";
import { FakeTerminal } from "../fakes/fake_terminal.ts";
import { newEvaluator } from "../jsonnet/evaluate.ts";

const CONFIG = (() => {
  const parsed = parseConfig([{ origin: "test", place: "file", value: {} }]);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value.config;
})();

/** Codes of what went wrong, and whether build commands have run. Each of those makes `made.libsonnet` and prints `v1`. */
async function built(code: string): Promise<readonly [string, "ran" | "did not run"]> {
  using evaluator = newEvaluator();
  const files = new FakeFiles({ "/etc/os-release": "ID=alpine\n", "/bin/bash": "" });
  const imports = new Map<string, string>();
  const processes = new FakeProcesses(() => {
    imports.set("/srv/made.libsonnet", "{ id: 'made' }");
    return { kind: "exited", code: 0, output: "v1\n" };
  });
  const host: RenderHost = {
    files,
    processes,
    http: { request: () => Promise.reject(new Error("no http is needed")) },
    dns: { resolve: () => Promise.reject(new Error("no DNS is needed")) },
    environment: { PATH: "/bin" },
    system: { arch: "amd64", os: "linux", cpus: 2, hostname: "host", machine: "x86_64", interfaces: () => [] },
  };
  const result = await buildPattern({
    from: {
      entrypoint: "/srv/main.jsonnet",
      code,
      shown: "main.jsonnet",
      load: (path) => {
        const text = imports.get(path);
        return Promise.resolve(text === undefined ? undefined : new TextEncoder().encode(text));
      },
      libraryPaths: [],
    },
    config: CONFIG,
    fixed: {},
    version: "1",
  }, {
    ...host,
    ownProgram: ["/bin/etcha"] as const,
    clock: new FakeClock(),
    terminal: new FakeTerminal(),
    tell: () => {},
    cancel: new AbortController().signal,
    renderer: new Renderer(evaluator, host),
    evaluator,
  });
  const codes = result.ok
    ? result.value.warnings.map((warning) => `(${warning.code})`)
    : result.problems.map((problem) => problem.code);
  return [codes.join(), processes.requests.length > 0 ? "ran" : "did not run"];
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
