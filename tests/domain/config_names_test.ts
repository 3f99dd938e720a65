import { deepEqual, equal, ok as truthy } from "node:assert/strict";
import fc from "fast-check";
import { readNamedValue } from "../../src/domain/config_names.ts";
import { problemsText } from "../../src/domain/problem.ts";

const READ: readonly (readonly [string, string, unknown])[] = [
  ["run_stateDir", "/x", { run: { stateDir: "/x" } }],
  ["run_stateDir", "12", { run: { stateDir: "12" } }],
  ["run_systemMetricsSecret", "12345", { run: { systemMetricsSecret: "12345" } }],
  ["run_systemMetricsKey", "true", { run: { systemMetricsKey: "true" } }],
  ["build_pushTLSSkipVerify", "true", { build: { pushTLSSkipVerify: true } }],
  ["httpClient_tlsSkipVerify", "true", { httpClient: { tlsSkipVerify: true } }],
  ["build_pushMaxWorkers", "3", { build: { pushMaxWorkers: 3 } }],
  ["build_pushMaxWorkers", "many", { build: { pushMaxWorkers: "many" } }],
  ["run_verifyKeys", '["a","b",]', { run: { verifyKeys: ["a", "b"] } }],
  ["run", '{"stateDir":"/x",}', { run: { stateDir: "/x" } }],
  ["exec_user", "12", { exec: { user: "12" } }],
  ["exec_env_MY_VAR", "12", { exec: { env: { MY_VAR: "12" } } }],
  ["exec_env__", "x", { exec: { env: { _: "x" } } }],
  ["exec_env", '{"A":"1"}', { exec: { env: { A: "1" } } }],
  ["cli_logFormat", "json", { cli: { logFormat: "json" } }],
  ["sources_core_allowPush", "true", { sources: { core: { allowPush: true } } }],
  ["sources_my_core_allowPush", "true", { sources: { my_core: { allowPush: true } } }],
  ["sources_my_core", '{"allowPush":true}', { sources: { my_core: { allowPush: true } } }],
  ["sources_my_core", '{"allowPsh":true}', { sources: { my_core: { allowPsh: true } } }],
  ["sources_core", '{\n"allowPush":true,\n"verifyKeys":["k",],\n}', {
    sources: { core: { allowPush: true, verifyKeys: ["k"] } },
  }],
  ["sources_core", "true", { sources: { core: true } }],
  ["sources_core_exec", '{"allowOverride":true}', { sources: { core: { exec: { allowOverride: true } } } }],
  ["sources_core_runExec_command", "/bin/sh -c", { sources: { core: { runExec: { command: "/bin/sh -c" } } } }],
  ["sources_core_runFrequencySec", "5", { sources: { core: { runFrequencySec: 5 } } }],
  ["sources_core_runFrequency", "5", { sources: { core: { runFrequency: "5" } } }],
  ["sources_core_vars_a", '{"b":[1,],}', { sources: { core: { vars: { a: { b: [1] } } } } }],
  ["sources_a.b-c_triggerOnly", "false", { sources: { "a.b-c": { triggerOnly: false } } }],
  ["sources", '{"a":{}}', { sources: { a: {} } }],
  ["targets_web_sourcePatterns_my_core", "p.jsonnet", {
    targets: { web: { sourcePatterns: { my_core: "p.jsonnet" } } },
  }],
  ["vars_x", "true", { vars: { x: true } }],
  ["vars_x", "tru", { vars: { x: "tru" } }],
  ["vars_x", "http://x/y", { vars: { x: "http://x/y" } }],
  ["vars_x", "1 // no comment", { vars: { x: "1 // no comment" } }],
  ["vars_x", "", { vars: { x: "" } }],
  ["vars_db_host", '"1"', { vars: { db: { host: "1" } } }],
  ["vars", '{"a_b":1}', { vars: { a_b: 1 } }],
];

for (const [name, text, expected] of READ) {
  Deno.test(`${name}=${text}`.replaceAll("\n", " "), () => {
    const result = readNamedValue(name, text, "flag");
    truthy(result.ok, result.ok ? "" : problemsText(result.problems));
    deepEqual(result.value, expected);
  });
}

const REFUSED: readonly (readonly [string, string, string, RegExp])[] = [
  ["run_statedir", "x", "config-unknown-key", /unknown key run\.statedir\n.*did you mean run_stateDir\?/],
  ["ran_stateDir", "x", "config-unknown-key", /unknown key ran\n.*did you mean run\?/],
  ["run.stateDir", "x", "config-unknown-key", /joined with _: run_stateDir/],
  ["run_stateDir_x", "x", "config-unknown-key", /unknown key run\.stateDir\.x/],
  ["", "x", "config-unknown-key", /unknown key/],
  ["sources_core_allowPsh", "true", "config-unknown-key", /sources\.core\.allowPsh\n.*sources_core_allowPush\?/],
  [
    "sources_my_core_allowPsh",
    "true",
    "config-unknown-key",
    /sources\.my_core\.allowPsh\n.*sources_my_core_allowPush\?/,
  ],
  ["sources_a b_allowPush", "true", "config-unknown-key", /hint: names are letters/],
  [
    "sources_a_vars_b_vars_c",
    "1",
    "config-ambiguous-key",
    /sources\.a\.vars\.b\.vars\.c or sources\.a_vars_b\.vars\.c/,
  ],
  ["sources_a_vars", "{}", "config-ambiguous-key", /sources\.a\.vars or sources\.a_vars\n.*sources='\{"NAME"/],
  ["vars__x", "1", "config-unknown-key", /unknown key vars/],
];

for (const [name, text, code, message] of REFUSED) {
  Deno.test(`refused: ${name}=${text}`, () => {
    const result = readNamedValue(name, text, "flag -x");
    truthy(!result.ok);
    equal(result.problems[0]?.code, code);
    truthy(message.test(problemsText(result.problems)), problemsText(result.problems));
    truthy(result.problems[0]?.where === "flag -x");
  });
}

Deno.test("any name and text are read or refused", () => {
  const part = fc.constantFrom(
    "sources",
    "targets",
    "vars",
    "exec",
    "env",
    "run",
    "stateDir",
    "a",
    "b-c",
    "",
    "runExec",
    "é",
  );
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 7 }), fc.oneof(fc.string(), fc.json()), (parts, text) => {
      const result = readNamedValue(parts.join("_"), text, "flag");
      truthy(result.ok || result.problems.length === 1);
    }),
    { numRuns: 500, seed: 5 },
  );
});
