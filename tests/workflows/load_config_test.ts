import { deepEqual, equal, ok as truthy } from "node:assert/strict";
import { bad, ok, problemsText } from "../../src/domain/problem.ts";
import { type FileInfo, HostError } from "../../src/host/host.ts";
import { type ConfigMeans, type ConfigRequest, loadConfig } from "../../src/workflows/load_config.ts";

const FILE: FileInfo = { kind: "file", size: 1, mode: 0o644, modifiedMs: 0, uid: 0, gid: 0 };

interface Given {
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly request?: Partial<ConfigRequest>;
  readonly evaluate?: ConfigMeans["evaluate"];
}

function load({ files = {}, environment = {}, request = {}, evaluate = unexpected }: Given) {
  return loadConfig({ assignments: [], flags: [], ...request }, {
    environment,
    evaluate,
    files: {
      cwd: "/srv/project",
      stat: (path) => Promise.resolve(Object.hasOwn(files, path) ? FILE : undefined),
      readText: (path) => {
        const text = files[path];
        if (text === "denied") return Promise.reject(new HostError("denied", `cannot read ${path}: Permission denied`));
        return text === undefined
          ? Promise.reject(new HostError("not-found", `cannot read ${path}: No such file`))
          : Promise.resolve(text);
      },
    },
  });
}

async function loaded(given: Given) {
  const result = await load(given);
  if (!result.ok) throw new Error(problemsText(result.problems));
  return result.value.config;
}

async function refused(given: Given): Promise<{ readonly codes: readonly string[]; readonly text: string }> {
  const result = await load(given);
  truthy(!result.ok);
  return { codes: result.problems.map((problem) => problem.code), text: problemsText(result.problems) };
}

function unexpected(): never {
  throw new Error("Jsonnet was started for what is JSON");
}

Deno.test("nothing at all is the defaults, without Jsonnet", async () => {
  equal((await loaded({})).run.stateDir, "etcha");
});

Deno.test("the default file is found in a folder above, the nearest first", async () => {
  const files = {
    "/etcha.jsonnet": '{"run":{"stateDir":"/far"}}',
    "/srv/etcha.jsonnet": '{"run":{"stateDir":"/near"}}',
  };
  equal((await loaded({ files })).run.stateDir, "/near");
});

Deno.test("a bare name of -c is looked for above, a path is not", async () => {
  const files = { "/srv/prod.json": "{}", "/srv/sub/x.json": "{}" };
  equal((await loaded({ files, request: { path: "prod.json" } })).run.stateDir, "etcha");
  const missing = await refused({ files, request: { path: "./prod.json" } });
  deepEqual(missing.codes, ["config-file-missing"]);
  truthy(missing.text.startsWith("flag -c: "), missing.text);
  deepEqual((await refused({ files, request: { path: "sub/x.json" } })).codes, ["config-file-missing"]);
  deepEqual((await refused({ files, request: { path: "other.json" } })).codes, ["config-file-missing"]);
  equal((await loaded({ files, request: { path: "../sub/x.json" } })).run.stateDir, "etcha");
});

Deno.test("comments and trailing commas need no Jsonnet", async () => {
  const text = '// the agent\n{\n  "run": { "stateDir": "/x", /* here */ },\n}\n';
  equal((await loaded({ files: { "/srv/project/etcha.jsonnet": text } })).run.stateDir, "/x");
});

Deno.test("what is no JSON is evaluated, with its path", async () => {
  const asked: unknown[] = [];
  const config = await loaded({
    files: { "/srv/project/etcha.jsonnet": "{ run: { stateDir: '/' + 'y' } }" },
    environment: { ETCHA_config: "{ vars: { a: 1 + 1 } }" },
    evaluate: ({ path, text }) => {
      asked.push([path, text]);
      return Promise.resolve(ok(path.endsWith("etcha.jsonnet") ? { run: { stateDir: "/y" } } : { vars: { a: 2 } }));
    },
  });
  equal(config.run.stateDir, "/y");
  deepEqual(config.vars, { a: 2 });
  deepEqual(asked, [
    ["/srv/project/etcha.jsonnet", "{ run: { stateDir: '/' + 'y' } }"],
    ["/srv/project/ETCHA_config", "{ vars: { a: 1 + 1 } }"],
  ]);
});

Deno.test("file < environment < -x < flags of their own", async () => {
  const config = await loaded({
    files: {
      "/srv/project/etcha.jsonnet": '{"vars":{"a":"file","b":"file","c":"file","d":"file"},"cli":{"logLevel":"none"}}',
    },
    environment: {
      ETCHA_config: '{"vars":{"b":"whole","c":"whole","d":"whole"},}',
      ETCHA_vars_c: "one",
      ETCHA_vars_d: "one",
      ETCHA_sources_core_allowPush: "true",
      ETCHA_sources_core: '{"triggerOnly":true,"allowPush":false}',
      ETCHA_EVENT_ID: "never configuration",
      ETCHA_SIGNING_PASSPHRASE: "nor this",
      OTHER_vars_a: "x",
    },
    request: {
      assignments: ["vars_d=flag", "vars_e=a=b", "cli_logLevel=info"],
      flags: [{ origin: "flag -l", place: "flags", value: { cli: { logLevel: "debug" } } }],
    },
  });
  deepEqual(config.vars, { a: "file", b: "whole", c: "one", d: "flag", e: "a=b" });
  equal(config.cli.logLevel, "debug");
  equal(config.sources.get("core")?.allowPush, true);
  equal(config.sources.get("core")?.triggerOnly, true);
});

Deno.test("the tutorial's flags", async () => {
  const config = await loaded({
    request: {
      assignments: [
        "run_systemMetricsSecret=secret",
        `sources_listen={
      "allowPush":true,
      "runExec": {
        "allowOverride":true
      },
      "verifyKeys": [
        "ed25519public:MCowBQYDK2VwAyEAw7eTEuEH0+TfgtX3zB+JZVnYD0eskY6qn3n7ZCA7wWM=:reqYEklgP4"
      ],
    }`,
      ],
    },
  });
  const source = config.sources.get("listen");
  equal(source?.allowPush, true);
  deepEqual(source?.exec, { allowOverride: true });
  equal(source?.verifyKeys.length, 1);
  equal(source?.runFrequency, undefined);
});

Deno.test("problems of all places come together, each with its place", async () => {
  const { codes, text } = await refused({
    files: { "/srv/project/etcha.jsonnet": '{"run":{"stateDr":"/x"}}' },
    environment: { ETCHA_run_timeoutPush: "soon", ETCHA_rum_x: "1" },
    request: { assignments: ["run_listenAddress=x", "no-equals-sign", "vars={"] },
  });
  deepEqual(codes.toSorted(), [
    "bad-value",
    "bad-value",
    "config-bad-flag",
    "config-unknown-key",
    "config-unknown-key",
    "config-wrong-type",
  ]);
  for (
    const part of [
      "etcha.jsonnet:1: run: ",
      "did you mean run.stateDir?",
      "environment variable ETCHA_run_timeoutPush: run.timeoutPush: ",
      "environment variable ETCHA_rum_x: ",
      "flag -x run_listenAddress: run.listenAddress: ",
      "flag -x vars: vars: read the configuration: expected object, found string",
    ]
  ) truthy(text.includes(part), `${part}\n${text}`);
});

Deno.test("a syntax error of JSON names line and column", async () => {
  const { codes, text } = await refused({
    files: { "/srv/project/a.json": '{\n  "run": {]\n}' },
    request: { path: "a.json" },
  });
  deepEqual(codes, ["config-file-syntax"]);
  truthy(text.startsWith("a.json:2:11: "), text);
});

Deno.test("an unreadable file is a problem", async () => {
  const { codes, text } = await refused({ files: { "/etcha.jsonnet": "denied" } });
  deepEqual(codes, ["config-file-unreadable"]);
  truthy(text.includes("Permission denied"));
});

Deno.test("no secret is in a problem, wherever it stands by mistake", async () => {
  const canary = "canary4711";
  const { text } = await refused({
    files: { "/srv/project/etcha.jsonnet": `{ build: { signingKey: '${canary}' + } }` },
    environment: { ETCHA_build_signingKey: canary, ETCHA_run: `{"systemMetricsSecret":"${canary}"` },
    request: {
      assignments: [
        canary,
        `ed25519private:${canary}==:id`,
        `build_signingKey=${canary}`,
        `run_tlsKeyBase64=${canary}!`,
      ],
    },
    evaluate: () =>
      Promise.resolve(
        bad({
          code: "jsonnet-syntax",
          attempted: "evaluate",
          found: "unexpected }",
          where: "etcha.jsonnet:1:40",
          detail: `{ build: { signingKey: '${canary}' + } }`,
        }),
      ),
  });
  truthy(!text.includes(canary), text);
  truthy(text.includes("etcha.jsonnet:1:40"));
});

Deno.test("each key says where its value comes from", async () => {
  const result = await load({
    files: {
      "/srv/project/etcha.jsonnet": `{
  // the host
  "run": { "timeoutPush": "1h", "timeoutPush": "1m",
    "stateDir": "/x" },
  "exec": {
    "env": { "A": "s3cret" },
  },
  "sources": { "core": {
    "runFrequencySec": 90
  } },
  "build": { "tlsSkipVerify": true },
}`,
    },
    environment: { ETCHA_run_stateDir: "/y", ETCHA_vars: '{"a":1}', ETCHA_exec_env: '{"B":"2"}' },
    request: {
      assignments: ["vars_b=2"],
      flags: [{ origin: "flag -n", place: "flags", value: { cli: { noColor: true } } }],
    },
  });
  if (!result.ok) throw new Error(problemsText(result.problems));
  const from = Object.fromEntries(result.value.settings.map(({ path, from }) => [path.join("."), from.join(", ")]));
  for (
    const [key, wanted] of [
      ["run.timeoutPush", "etcha.jsonnet:3"],
      ["run.stateDir", "environment variable ETCHA_run_stateDir"],
      ["run.timeoutPull", "default"],
      ["sources.core.runFrequency", "etcha.jsonnet:9"],
      ["sources.core.allowPush", "default"],
      ["build.pushTLSSkipVerify", "etcha.jsonnet:11"],
      ["exec.env", "etcha.jsonnet:6, environment variable ETCHA_exec_env"],
      ["vars", "environment variable ETCHA_vars, flag -x vars_b"],
      ["cli.noColor", "flag -n"],
    ] as const
  ) equal(from[key], wanted, key);
  const env = result.value.settings.find(({ path }) => path.join(".") === "exec.env");
  deepEqual(env?.value, { A: "***", B: "***" });
});

Deno.test("what is wrong in a file with lines has its line", async () => {
  const json = `{
  "run": {
    "stateDr": "/x",
    "timeoutPush": "soon"
  },
  "rum": {},
  "sources": {
    "a b": {},
    "core": { "exec": { "env": { "A": 1 } } }
  }
}`;
  const { text } = await refused({ files: { "/srv/project/etcha.jsonnet": json } });
  const places = text.split("\n").filter((line) => line.startsWith("etcha")).map((line) => line.split(": read the")[0]);
  deepEqual(places, [
    "etcha.jsonnet:3: run",
    "etcha.jsonnet:4: run.timeoutPush",
    "etcha.jsonnet:6",
    "etcha.jsonnet:8: sources",
    "etcha.jsonnet:9: sources.core.exec.env.A",
  ]);
});

Deno.test("Jsonnet has no lines: the file alone is named", async () => {
  const evaluate = () => Promise.resolve(ok({ run: { stateDr: "/x" } }));
  const { text } = await refused({ files: { "/srv/project/etcha.jsonnet": "{ run: {} }" }, evaluate });
  truthy(text.startsWith("etcha.jsonnet: run: "), text);
});
