import { deepEqual, equal, ok } from "node:assert/strict";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { parseConfig } from "../../src/domain/config_layers.ts";
import type { Json, JsonObject } from "../../src/domain/json.ts";
import { configJsonSchema, patternJsonSchema } from "../../src/domain/json_schema.ts";
import { parsePattern } from "../../src/domain/pattern.ts";

const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
const config = ajv.compile(configJsonSchema());
const pattern = ajv.compile(patternJsonSchema());
const FOLDER = new URL("../../docs/schema/", import.meta.url);

function complaints(validate: ValidateFunction, value: unknown): string {
  return validate(value) ? "" : ajv.errorsText(validate.errors);
}

const FILES: readonly (readonly [file: string, subcommand: string, schema: JsonObject])[] = [
  ["config.json", "show-config", configJsonSchema()],
  ["pattern.json", "render", patternJsonSchema()],
];

for (const [file, subcommand, schema] of FILES) {
  Deno.test(`docs/schema/${file} is what etcha ${subcommand} --schema prints`, async () => {
    equal(await Deno.readTextFile(new URL(file, FOLDER)), `${JSON.stringify(schema, undefined, 2)}\n`);
  });
}

Deno.test("every key of both tables has a description and says what it takes", () => {
  const bare: string[] = [];
  const look = (schema: JsonObject, path: string): void => {
    for (const [name, value] of Object.entries((schema["properties"] ?? {}) as Record<string, JsonObject>)) {
      const here = `${path}.${name}`;
      if (value["type"] === "object" && value["properties"] !== undefined) look(value, here);
      else if (value["propertyNames"] !== undefined) look(value["additionalProperties"] as JsonObject, here);
      else if (typeof value["description"] !== "string") bare.push(here);
      else ok(["type", "anyOf", "enum", "$ref"].some((word) => word in value), here);
    }
  };
  look(configJsonSchema(), "config");
  look(patternJsonSchema(), "pattern");
  look((patternJsonSchema()["$defs"] as Record<string, JsonObject>)["command"]!, "command");
  deepEqual(bare, []);
});

const CONFIGS: readonly Json[] = [
  {},
  { $schema: "./config.json" },
  { run: { listenAddress: ":4000", timeoutPush: "1h30m", rateLimiterRate: "10-M", randomizedStartDelaySec: 1.5 } },
  { build: { signingCommands: [{ id: "a", change: "x", onChange: ["etcha:jwt"] }] } },
  { build: { tlsSkipVerify: true, pushMaxWorkers: 3 }, httpClient: {}, cli: { logFormat: "kv" } },
  {
    sources: {
      core: { allowPush: true, runFrequencySec: 30, runExec: { user: 0, env: { A: "1" } }, vars: { x: [1, null] } },
      "a.b-c_d": { runFrequency: "0", exec: { containerImage: "x", containerVolumes: ["/a:/b:ro"], sudo: true } },
    },
    targets: { web: { port: 4001, sourcePatterns: { core: "" }, tlsFingerprint: "ab".repeat(32) } },
  },
  { lint: { exclude: ["a", "b"], linters: { shfmt: "shfmt -d" } }, vars: { any: { thing: true } } },
];

const WRONG_CONFIGS: readonly Json[] = [
  [],
  { rum: {} },
  { run: { stateDr: "x" } },
  { run: { timeoutPush: "soon" } },
  { run: { timeoutPush: 5 } },
  { run: { rateLimiterRate: "10" } },
  { run: { randomizedStartDelaySec: -1 } },
  { run: { verifyKeys: "x" } },
  { run: [] },
  { cli: { logFormat: "xml" } },
  { cli: { noColor: "yes" } },
  { build: { pushMaxWorkers: 0 } },
  { build: { signingCommands: [{ change: "x" }] } },
  { build: { signingCommands: [{ id: "a", change: [] }] } },
  { build: { signingCommands: [{ id: "a", chagne: "x" }] } },
  { build: { pushMaxWorkers: 1.5 } },
  { exec: { env: { A: 1 } } },
  { exec: { env: [] } },
  { exec: { user: 1.5 } },
  { exec: { containerVolumes: ["a:b:c:d"] } },
  { exec: { containerPull: "sometimes" } },
  { exec: { timeout: "1" } },
  { sources: { "a b": {} } },
  { sources: { a: { allowPsh: true } } },
  { sources: { a: { pullPaths: "x" } } },
  { sources: { a: { runFrequencySec: "5s" } } },
  { sources: [] },
  { targets: { t: { port: 70_000 } } },
  { targets: { t: { pathPush: "x" } } },
  { vars: [] },
];

Deno.test("the schema of the configuration and the program agree", () => {
  for (const value of CONFIGS) {
    equal(complaints(config, value), "", JSON.stringify(value));
    ok(parseConfig([{ origin: "file", place: "file", value }]).ok, JSON.stringify(value));
  }
  for (const value of WRONG_CONFIGS) {
    ok(complaints(config, value) !== "", `the schema takes ${JSON.stringify(value)}`);
    ok(!parseConfig([{ origin: "file", place: "file", value }]).ok, `the program takes ${JSON.stringify(value)}`);
  }
});

const PATTERNS: readonly Json[] = [
  {},
  { audience: "a", run: [] },
  { audience: ["a"], expiresIn: "1h", id: "x", issuer: "x", subject: "x", buildOutput: "x", runVars: { a: { b: 1 } } },
  { run: [[[{ id: "a", change: "x", onChange: ["etcha:x"] }]], { id: "g", commands: [{ id: "b" }, []], other: 1 }] },
  { run: [{ id: "a", always: true, check: "x", remove: "x", timeout: "5s", retries: 3, exec: { command: "" } }] },
  { build: [{ id: "a", retries: { count: 2, pause: "1m" }, envPrefix: "", sensitive: true, stdin: "x" }] },
  { run: [{ id: "a", check: ["test", ""], change: ["x"], remove: "x" }] },
  { runExec: { allowOverride: true, env: {} }, expiresInSec: 0 },
];

const WRONG_PATTERNS: readonly Json[] = [
  [],
  { runn: [] },
  { run: {} },
  { run: [1] },
  { run: [null] },
  { run: [{ change: "x" }] },
  { run: [{ id: "" }] },
  { run: [{ id: "etcha:x" }] },
  { run: [{ id: "a", chagne: "x" }] },
  { run: [{ id: "a", always: "yes" }] },
  { run: [{ id: "a", check: 1 }] },
  { run: [{ id: "a", check: [] }] },
  { run: [{ id: "a", remove: ["x", 1] }] },
  { run: [{ id: "a", envPrefix: "1x" }] },
  { run: [{ id: "a", onChange: "b" }] },
  { run: [{ id: "a", timeout: 5 }] },
  { run: [{ id: "a", retries: -1 }] },
  { run: [{ id: "a", retries: { pause: "1s" } }] },
  { run: [{ id: "a", exec: [] }] },
  { run: [{ commands: [] }] },
  { run: [{ id: "g", commands: [{ id: 1 }] }] },
  { expiresIn: "soon" },
  { expiresInSec: -1 },
  { runVars: [] },
  { runExec: { usr: "x" } },
  { audience: 1 },
];

Deno.test("the schema of patterns and the program agree", () => {
  for (const value of PATTERNS) {
    equal(complaints(pattern, value), "", JSON.stringify(value));
    ok(parsePattern(value).ok, JSON.stringify(value));
  }
  for (const value of WRONG_PATTERNS) {
    ok(complaints(pattern, value) !== "", `the schema takes ${JSON.stringify(value)}`);
    ok(!parsePattern(value).ok, `the program takes ${JSON.stringify(value)}`);
  }
});
