import { deepEqual, equal, ok as truthy } from "node:assert/strict";
import fc from "fast-check";
import { type EffectiveConfig, type Layer, parseConfig } from "../../src/domain/config_layers.ts";
import { listenAddressText } from "../../src/domain/listen_address.ts";
import { problemsText, type Result } from "../../src/domain/problem.ts";

const PUBLIC = "ed25519public:MCowBQYDK2VwAyEAw7eTEuEH0+TfgtX3zB+JZVnYD0eskY6qn3n7ZCA7wWM=:reqYEklgP4";
const PRIVATE = "ed25519private:MC4CAQAwBQYDK2VwBCIEIBq+BhDRYk8OJv1ksMwKtf0td5p3FGwypXq96gHKefGS:reqYEklgP4";

function parse(...values: readonly unknown[]): Result<EffectiveConfig> {
  const places: readonly Layer["place"][] = ["file", "environment", "flags"];
  return parseConfig(values.map((value, index) => ({ origin: `layer ${index}`, place: places[index]!, value })));
}

function parsed(...values: readonly unknown[]): EffectiveConfig {
  const result = parse(...values);
  if (!result.ok) throw new Error(problemsText(result.problems));
  return result.value;
}

Deno.test("defaults fill what no layer sets", () => {
  const { config } = parsed();
  deepEqual(config.run.listenAddress.map(listenAddressText), [":4000"]);
  deepEqual(config.run.rateLimiterRate, { count: 10, period: 60_000 });
  equal(config.run.stateDir, "etcha");
  equal(config.run.timeoutPush, 600_000);
  equal(config.run.timeoutStop, 60_000);
  equal(config.build.pushTLSSkipVerify, false);
  equal(config.build.pushMaxWorkers, undefined);
  equal(config.build.pushDomainSuffix, "");
  equal(config.run.timeoutPull, 600_000);
  equal(config.run.randomizedStartDelaySec, 0);
  deepEqual([config.run.systemMetricsSecret, config.run.jwtRule, config.run.verifyKeys], ["", "", []]);
  equal(config.exec, undefined);
  equal(config.sources.size, 0);
  deepEqual(config.vars, {});
});

Deno.test("sources and targets get their names and defaults", () => {
  const { config } = parsed({
    build: { pushDomainSuffix: ".example.net" },
    sources: { core: {}, constructor: { allowPush: true } },
    targets: { web: {}, db: { hostname: "10.0.0.7", port: 4001 } },
  });
  equal(config.sources.get("core")?.allowPush, false);
  equal(config.sources.get("constructor")?.allowPush, true);
  equal(config.sources.get("core")?.name, "core");
  equal(config.sources.get("core")?.runFrequency, undefined);
  equal(config.targets.get("web")?.hostname, "web.example.net");
  equal(config.targets.get("web")?.pathPush, "/etcha/v1/push");
  equal(config.targets.get("web")?.pathShell, "/etcha/v1/shell");
  equal(config.targets.get("web")?.port, 4000);
  equal(config.targets.get("web")?.insecure, false);
  equal(config.targets.get("db")?.hostname, "10.0.0.7");
  equal(config.targets.get("db")?.port, 4001);
});

Deno.test("a later layer wins key by key, lists are replaced", () => {
  const { config } = parsed(
    {
      exec: { env: { A: "1", B: "2" }, command: "sh -c" },
      sources: { core: { pullPaths: ["a", "b"], vars: { deep: { x: 1, y: 2 }, list: [1] } } },
    },
    { exec: { env: { B: "3" } }, sources: { core: { vars: { deep: { y: { z: 3 } } } } } },
    { sources: { core: { pullPaths: ["c"], vars: { list: [2], deep: { y: null } } }, more: {} } },
  );
  deepEqual(config.exec, { env: { A: "1", B: "3" }, command: "sh -c" });
  deepEqual(config.sources.get("core")?.pullPaths, ["c"]);
  deepEqual(config.sources.get("core")?.vars, { deep: { x: 1, y: null }, list: [2] });
  deepEqual([...config.sources.keys()], ["core", "more"]);
});

Deno.test("other spellings reach the same key", () => {
  const { config } = parsed({
    build: { tlsSkipVerify: true },
    run: { systemMetricsKey: "s" },
    sources: {
      a: { runExec: { allowOverride: true }, runFrequencySec: 1.5 },
      b: { runFrequency: "1h30m" },
      c: { runFrequencySec: 0 },
    },
  });
  equal(config.build.pushTLSSkipVerify, true);
  equal(config.run.systemMetricsSecret, "s");
  deepEqual(config.sources.get("a")?.exec, { allowOverride: true });
  equal(config.sources.get("a")?.runFrequency, 1500);
  equal(config.sources.get("b")?.runFrequency, 5_400_000);
  equal(config.sources.get("c")?.runFrequency, 0);
  equal(parsed({ httpClient: { tlsSkipVerify: true } }).config.build.pushTLSSkipVerify, true);
  equal(
    parsed({ run: { systemMetricsKey: "a" } }, { run: { systemMetricsSecret: "b" } }).config.run.systemMetricsSecret,
    "b",
  );
});

Deno.test("addresses, rates and fingerprints are parsed", () => {
  const addresses = (listenAddress: unknown) =>
    parsed({ run: { listenAddress } }).config.run.listenAddress.map(listenAddressText);
  deepEqual(addresses(""), []);
  deepEqual(addresses([]), []);
  deepEqual(addresses("[::1]:0, http://localhost:80,unix:/s?mode=0660"), ["[::1]:0", "http://localhost:80", "unix:/s"]);
  deepEqual(addresses([":1", "https://:2"]), [":1", ":2"]);
  deepEqual(parsed({ run: { rateLimiterRate: "3-D" } }).config.run.rateLimiterRate, { count: 3, period: 86_400_000 });
  const hex = "AB:".repeat(31) + "CD";
  equal(
    parsed({ targets: { t: { tlsFingerprint: hex } } }).config.targets.get("t")?.tlsFingerprint,
    "ab".repeat(31) + "cd",
  );
});

/** What is wrong, the code of its only problem, and what the text must say. */
const WRONG: readonly (readonly [unknown, string, RegExp])[] = [
  [[], "config-wrong-type", /^layer 0: .*expected object, found array$/],
  [{ rum: {} }, "config-unknown-key", /^layer 0: .*unknown key rum\n.*did you mean run\?$/],
  [{ run: { statedir: "x" } }, "config-unknown-key", /layer 0: run: .*unknown key run\.statedir\n.*run\.stateDir\?$/],
  [{ run: 5 }, "config-wrong-type", /layer 0: run: .*expected object, found number/],
  [{ run: { stateDir: 5 } }, "wrong-type", /layer 0: run\.stateDir: .*expected string, found number/],
  [{ run: { stateDir: null } }, "wrong-type", /run\.stateDir: .*found null/],
  [{ run: { timeoutPush: "10" } }, "bad-value", /run\.timeoutPush: .*duration such as "90s"/],
  [{ run: { timeoutPush: 10 } }, "wrong-type", /run\.timeoutPush: .*found number/],
  [{ run: { randomizedStartDelaySec: -1 } }, "bad-value", /randomizedStartDelaySec: .*number of seconds/],
  [{ run: { rateLimiterRate: "10/m" } }, "bad-value", /rateLimiterRate: .*10-M/],
  [{ run: { listenAddress: "4000" } }, "bad-value", /listenAddress: .*:4000/],
  [{ run: { listenAddress: ":70000" } }, "bad-value", /listenAddress/],
  [{ run: { listenAddress: ":4000," } }, "bad-value", /listenAddress: .*:4000/],
  [{ run: { listenAddress: [":4000", ""] } }, "bad-value", /listenAddress\.1: .*:4000/],
  [{ run: { verifyKeys: [PUBLIC, "ed25519public:x"] } }, "bad-value", /run\.verifyKeys\.1: .*public key/],
  [{ run: { verifyKeys: [PRIVATE] } }, "bad-value", /run\.verifyKeys\.0: .*private key where a public/],
  [{ run: { verifyKeys: PUBLIC } }, "wrong-type", /run\.verifyKeys: .*expected list, found string/],
  [{ run: { tlsKeyPath: "k" } }, "config-incomplete", /tlsKey.*without/],
  [
    { build: { signingKeyPath: "k", signingCommands: [{ id: "x", always: true, change: "sign" }] } },
    "config-rivals",
    /build\.signingCommands and build\.signingKeyPath are both given/,
  ],
  [{ build: { signingKey: PUBLIC } }, "bad-value", /build\.signingKey: .*public key where a private/],
  [{ build: { pushMaxWorkers: 0 } }, "bad-value", /pushMaxWorkers: .*whole number above 0/],
  [{ build: { pushMaxWorkers: 1.5 } }, "bad-value", /pushMaxWorkers/],
  [{ build: { tlsSkipVerify: "yes" } }, "wrong-type", /build\.tlsSkipVerify: .*true or false/],
  [
    { build: { tlsSkipVerify: true, pushTLSSkipVerify: true } },
    "config-two-spellings",
    /tlsSkipVerify and build\.push/,
  ],
  [{ build: { tlsSkipVerify: true }, httpClient: { tlsSkipVerify: true } }, "config-two-spellings", /httpClient/],
  [{ cli: { logFormat: "xml" } }, "wrong-type", /cli\.logFormat: .*"human" or "kv" or "json"/],
  [{ exec: { env: { A: 1 } } }, "wrong-type", /exec\.env\.A: .*expected string, found number/],
  [{ exec: { env: [] } }, "config-wrong-type", /exec\.env: .*expected object, found array/],
  [{ exec: { comand: "x" } }, "config-unknown-key", /unknown key exec\.comand\n.*exec\.command\?/],
  [{ exec: { timeout: "x" } }, "bad-value", /exec\.timeout/],
  [{ sources: { "a b": {} } }, "config-bad-name", /"a b" is no name/],
  [{ sources: { _a: {} } }, "config-bad-name", /letter or digit first/],
  [{ sources: { a: true } }, "config-wrong-type", /sources\.a: .*expected object, found boolean/],
  [{ sources: { a: { allowPsh: true } } }, "config-unknown-key", /sources\.a\.allowPsh\n.*sources\.a\.allowPush\?/],
  [{ sources: { a: { toString: true } } }, "config-unknown-key", /sources\.a\.toString/],
  [{ sources: { a: { runFrequency: "1m", runFrequencySec: 60 } } }, "config-two-spellings", /runFrequencySec/],
  [{ sources: { a: { exec: {}, runExec: {} } } }, "config-two-spellings", /sources\.a\.exec and sources\.a\.runExec/],
  [{ sources: { a: { runFrequencySec: "1m" } } }, "wrong-type", /sources\.a\.runFrequencySec: .*expected number/],
  [{ targets: { a: { port: 0 } } }, "bad-value", /targets\.a\.port: .*1 to 65535/],
  [{ targets: { a: { pathPush: "x" } } }, "bad-value", /begins with \//],
  [{ targets: { a: { tlsFingerprint: "abc" } } }, "bad-value", /fingerprint/],
  [{ vars: [] }, "config-wrong-type", /layer 0: vars: .*expected object, found array/],
];

for (const [value, code, text] of WRONG) {
  Deno.test(`refused: ${JSON.stringify(value).slice(0, 80)}`, () => {
    const result = parse(value);
    truthy(!result.ok);
    deepEqual(result.problems.map((problem) => problem.code), [code]);
    truthy(text.test(problemsText(result.problems)), problemsText(result.problems));
  });
}

Deno.test("every problem of every layer comes at once, also below a value that is overridden", () => {
  const result = parse({ run: { stateDir: 1, x: 2 } }, { run: { stateDir: true } }, { run: { stateDir: "ok" }, y: 1 });
  truthy(!result.ok);
  deepEqual(result.problems.map((problem) => problem.where), [
    "layer 0: run.stateDir",
    "layer 0: run",
    "layer 1: run.stateDir",
    "layer 2",
  ]);
});

Deno.test("what a later place gives replaces what says the same in another way; what is empty replaces nothing", () => {
  const signing = (...builds: readonly unknown[]) => {
    const { config } = parsed(...builds.map((build) => ({ build })));
    const { signingKey, signingKeyPath, signingCommands } = config.build;
    return [signingKey, signingKeyPath, signingCommands.length];
  };
  const signCommands = [{ id: "x", always: true, change: "sign" }];
  deepEqual(signing({ signingKeyPath: "file" }, { signingKey: PRIVATE }), [PRIVATE, undefined, 0]);
  deepEqual(signing({ signCommands }, { signingKey: PRIVATE }, { signingKeyPath: "flag" }), [undefined, "flag", 0]);
  deepEqual(signing({ signingKeyPath: "file" }, {}, { signingCommands: [] }), [undefined, "file", 0]);
  const { settings } = parsed({ build: { signingKeyPath: "file" } }, { build: { signingKey: PRIVATE } });
  deepEqual(settings.filter(({ path }) => path[1] === "signingKeyPath"), []);
});

Deno.test("no secret is in what is shown or in a problem", () => {
  const canary = "canary-4711";
  const { shown } = parsed({
    build: { signingKey: PRIVATE },
    exec: { env: { PASSWORD: canary } },
    run: { systemMetricsSecret: canary, tlsKeyBase64: btoa(canary + "12"), tlsCertificateBase64: "AAAA" },
    sources: {
      s: {
        exec: { env: { A: canary } },
        pullPaths: [`https://user:${canary}@host/x#Authorization:${canary}\r\nA:${canary}`],
        vars: { secret: canary, list: [{ apiToken: { a: [canary] } }], dbPassword: 4711 },
      },
    },
    vars: { nested: { key: canary } },
  });
  const text = JSON.stringify(shown);
  for (const secret of [canary, PRIVATE.slice(15, 40), btoa(canary + "12"), "4711"]) {
    truthy(!text.includes(secret), text);
  }
  equal((shown["run"] as Record<string, unknown>)["systemMetricsSecret"], "***");
  equal((shown["run"] as Record<string, unknown>)["timeoutPush"], "10m");

  const result = parse({
    build: { signingKey: canary },
    run: { systemMetricsSecret: [canary], tlsKeyBase64: `${canary}!`, verifyKeys: [canary] },
    exec: { env: { A: [canary] } },
  });
  truthy(!result.ok);
  equal(result.problems.length, 5);
  truthy(!problemsText(result.problems).includes(canary), problemsText(result.problems));
});

Deno.test("what is shown can be read again and says the same", () => {
  const first = parsed({
    exec: { command: "bash -c", env: {} },
    sources: { a: { runFrequencySec: 90, exec: { allowOverride: true } }, b: {} },
    targets: { t: { tlsFingerprint: "ab".repeat(32) } },
    vars: { x: [1, { y: null }] },
  });
  const second = parsed(first.shown);
  deepEqual([second.config, second.shown], [first.config, first.shown]);
});

Deno.test("any JSON is either read or refused with problems that name a layer", () => {
  fc.assert(
    fc.property(
      fc.record({
        run: fc.oneof(fc.jsonValue(), fc.record({ stateDir: fc.jsonValue(), timeoutPush: fc.jsonValue() })),
        sources: fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue())),
        vars: fc.jsonValue(),
      }, { requiredKeys: [] }),
      (value) => {
        const result = parse(value);
        truthy(result.ok || result.problems.every((problem) => problem.where?.startsWith("layer 0")));
      },
    ),
    { numRuns: 300, seed: 11 },
  );
});
