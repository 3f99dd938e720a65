import { deepEqual, equal, ok as truthy, rejects } from "node:assert/strict";
import type { Config } from "../../src/domain/config.ts";
import { parseConfig } from "../../src/domain/config_layers.ts";
import { type Json, type JsonObject } from "../../src/domain/json.ts";
import type { ProcessResult } from "../../src/host/host.ts";
import { Renderer, type RenderHost, type RenderRequest } from "../../src/workflows/render.ts";
import { FakeFiles } from "../fakes/fake_files.ts";
import { FakeProcesses, type ProcessScript } from "../fakes/fake_processes.ts";
import { newEvaluator } from "../jsonnet/evaluate.ts";

/** Counts what is read. */
class CountingFiles extends FakeFiles {
  reads: string[] = [];

  override async readText(path: string, limit?: number): Promise<string> {
    this.reads.push(path);
    return await super.readText(path, limit);
  }
}

function configOf(value: JsonObject): Config {
  const parsed = parseConfig([{ origin: "test", place: "file", value }]);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value.config;
}

function host(script: ProcessScript = () => ({ kind: "exited", code: 0, output: "" })) {
  const files = new CountingFiles({ "/etc/os-release": "ID=alpine\n" });
  const processes = new FakeProcesses(script);
  const made: RenderHost = {
    files,
    processes,
    http: { request: () => Promise.reject(new Error("no http is needed")) },
    dns: { resolve: () => Promise.reject(new Error("no DNS is needed")) },
    environment: { PATH: "/bin" },
    system: { arch: "amd64", os: "linux", cpus: 2, hostname: "host", machine: "x86_64", interfaces: () => [] },
  };
  return { made, files, processes };
}

function requestOf(code: string, more: Partial<RenderRequest> = {}): RenderRequest {
  return {
    from: {
      entrypoint: "/srv/main.jsonnet",
      code,
      shown: "main.jsonnet",
      load: () => Promise.resolve(undefined),
      libraryPaths: [],
    },
    config: configOf({}),
    runVars: {},
    fixed: {},
    missingInRun: "error",
    ...more,
  };
}

/** The vars that a pattern sees. */
async function varsOf(more: Partial<RenderRequest>): Promise<JsonObject> {
  using evaluator = newEvaluator();
  const code = "{ run: [], runVars: { seen: std.native('getConfig')().vars } }";
  const rendered = await new Renderer(evaluator, host().made).render(requestOf(code, more), signal());
  if (!rendered.ok) throw new Error(JSON.stringify(rendered.problems));
  const value = rendered.value.value as { runVars: { seen: { [name: string]: Json } } };
  const { sysinfo, ...vars } = value.runVars.seen;
  equal((sysinfo as JsonObject)["osID"], "alpine");
  return vars;
}

function signal(): AbortSignal {
  return new AbortController().signal;
}

Deno.test("vars: the more particular one wins, and nothing overrides what is always there", async () => {
  deepEqual(await varsOf({}), { source: "", test: false });
  deepEqual(await varsOf({ fixed: { test: true, target: "web" } }), { source: "", test: true, target: "web" });
  const sources = { core: { vars: { a: "source", source: "x" } } };
  const vars = { a: "config", b: "config", test: "x", sysinfo: "x", target: "x", jwt: "x", source: "x" };
  const config = configOf({ sources, vars });
  deepEqual(
    await varsOf({
      config,
      source: config.sources.get("core")!,
      runVars: { a: "run", b: "run", c: "run", d: "run", test: true, sysinfo: {} },
      targetVars: { b: "target", d: "target" },
      fixed: { target: "web", jwt: { sub: "s" } },
    }),
    { a: "source", b: "config", c: "run", d: "target", source: "core", test: false, target: "web", jwt: { sub: "s" } },
  );
});

/** What an expression of a pattern gives. */
async function valueOf(expression: string, more: Partial<RenderRequest>): Promise<Json> {
  using evaluator = newEvaluator();
  const rendered = await new Renderer(evaluator, host().made).render(
    requestOf(`{ runVars: { value: ${expression} } }`, more),
    signal(),
  );
  if (!rendered.ok) throw new Error(JSON.stringify(rendered.problems));
  return rendered.value.pattern.runVars["value"] ?? null;
}

Deno.test("getConfig: exec, targets and vars; of an exec what was configured and is not empty", async () => {
  deepEqual(await valueOf("std.objectFields(std.native('getConfig')())", {}), ["exec", "targets", "vars"]);
  const execOf = async (root: JsonObject, core: JsonObject) => {
    const config = configOf({ exec: root, sources: { core: { exec: core } } });
    return await valueOf("std.native('getConfig')().exec", { config, source: config.sources.get("core")! });
  };
  deepEqual(await execOf({}, { command: "/bin/bash" }), { command: "/bin/bash" });
  deepEqual(await execOf({ env: {}, user: "", containerVolumes: [] }, {}), {});
  deepEqual(
    await execOf({ allowOverride: true, env: { A: "1", B: "1" }, user: "web" }, {
      env: { B: "2" },
      user: "",
      sudo: false,
    }),
    { allowOverride: true, env: { A: "1", B: "2" }, sudo: false },
  );
});

Deno.test("getEnv: what commands would see, of the process only with envInherit", async () => {
  const seen = async (exec: JsonObject) =>
    await valueOf("[std.native('getEnv')(name, 'none', false) for name in ['PATH', 'MORE']]", {
      config: configOf({ exec }),
    });
  deepEqual(await seen({ env: { MORE: "1" } }), ["/bin", "1"]);
  deepEqual(await seen({ env: { PATH: "/own" }, envInherit: false }), ["/own", "none"]);
});

Deno.test("vars: run vars are those of the token alone, or the pattern's own where there is none", async () => {
  using evaluator = newEvaluator();
  const code = `local vars = std.native('getConfig')().vars;
    { runVars: { own: 'pattern' }, run: [{ id: std.get(vars, 'own', 'none') }] }`;
  const idOf = async (runVars: RenderRequest["runVars"]) => {
    const rendered = await new Renderer(evaluator, host().made).render(requestOf(code, { runVars }), signal());
    return rendered.ok && rendered.value.run[0]?.id;
  };
  deepEqual([await idOf("pattern"), await idOf({ own: "token" }), await idOf({})], ["pattern", "token", "none"]);
});

Deno.test("vars: the machine is looked at only for who asks, and once", async () => {
  using evaluator = newEvaluator();
  const { made, files } = host();
  const renderer = new Renderer(evaluator, made);
  const reads = async (code: string) => {
    files.reads = [];
    truthy((await renderer.render(requestOf(code), signal())).ok);
    return files.reads.filter((path) => path === "/etc/os-release").length;
  };
  equal(await reads("{ run: [{ id: 'a', change: std.native('getOS')() }] }"), 0);
  const twice = "local c = std.native('getConfig'); local get = std.native('get');";
  equal(await reads(`${twice} { run: [{ id: get('sysinfo.osID', null), change: c().vars.sysinfo.osID }] }`), 1);
});

Deno.test("a rendering that asked a command is made anew, one that was given the answer is not", async () => {
  using evaluator = newEvaluator();
  let count = 0;
  const { made } = host(() => ({ kind: "exited", code: 0, output: `${++count}` }));
  const renderer = new Renderer(evaluator, made);
  const code =
    "local n = std.native('getCmd'); { run: [{ id: n('count', null, true), change: n('count', '', true) }] }";
  const render = async (request: RenderRequest, before?: Parameters<Renderer["renderReusable"]>[1]) => {
    const result = await renderer.renderReusable(request, before, signal());
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    return result.value;
  };
  const first = await render(requestOf(code));
  const second = await render(requestOf(code), first);
  deepEqual([first, second].map(({ rendered }) => rendered.run.map(({ id, change }) => [id, change])), [
    [["1", "1"]],
    [["2", "2"]],
  ]);
  const kept = requestOf(code, { cached: first.rendered.found });
  const third = await render(kept);
  deepEqual([third.rendered.run[0]?.id, third.rendered.found], ["1", {}]);
  equal(await render(kept, third), third);
  equal(count, 2);
});

Deno.test("a cancelled rendering ends after the command that it asked", async () => {
  using evaluator = newEvaluator();
  const cancel = new AbortController();
  const ended = Promise.withResolvers<ProcessResult>();
  let isEnded = false;
  const { made } = host((_, signal) => {
    signal.addEventListener("abort", () => {
      // As a program that takes its time to end: longer than anything else that has to happen.
      setTimeout(() => {
        isEnded = true;
        ended.resolve({ kind: "cancelled", output: "" });
      }, 100);
    });
    cancel.abort(new Error("enough"));
    return ended.promise;
  });
  const renderer = new Renderer(evaluator, made);
  const code = "{ run: [{ id: std.native('getCmd')('sleep 9', 'fallback', false) }] }";
  await rejects(renderer.render(requestOf(code), cancel.signal), /enough/);
  truthy(isEnded);
});
