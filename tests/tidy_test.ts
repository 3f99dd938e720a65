/** The house rules that can be checked: where imports may point, what may stand where, that nothing lies about unused. */
import assert from "node:assert/strict";
import { dirname, join, normalize } from "node:path/posix";

const root = new URL("../", import.meta.url);

/** What each floor may import besides itself; rooms on one floor do not import each other. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  engine: ["domain"],
  resources: ["domain", "host/host.ts"],
  jsonnet: ["domain", "host/host.ts"],
  token: ["domain", "host/host.ts"],
  jq: ["domain", "host/host.ts"],
  "host/host.ts": ["domain"],
  "host/deno": ["domain", "host/host.ts"],
  workflows: ["domain", "engine", "resources", "jsonnet", "token", "host/host.ts"],
  agent: ["domain", "engine", "resources", "jsonnet", "token", "workflows", "host/host.ts"],
  cli: ["domain", "engine", "resources", "jsonnet", "token", "jq", "workflows", "host/host.ts"],
  "main.ts": ["domain", "cli", "agent", "workflows", "host/host.ts", "host/deno"],
};
/** The one door between rooms of a floor. */
const EXCEPTIONS = ["src/cli/run.ts → src/agent/agent.ts"];
/** What is reached by other ways than an import: the program and its threads. */
const ENTRANCES = ["src/main.ts", "src/jsonnet/worker.ts", "src/host/deno/state/worker.ts", "src/jq/worker.ts"];
const LINES = 400;

/** What of the runtime everybody may use: it is the same everywhere, and asks nothing of the machine. */
const NODE_MODULES = ["node:path/posix"];
/** Uses of further modules of the runtime: comparing secrets in constant time, and hashes of what comes in parts. */
const NODE_EXCEPTIONS = ["src/agent/routes/secret.ts: node:crypto", "src/resources/source.ts: node:crypto"];
/** Clocks, timers, the network and the runtime, which only the host hands out. */
const AMBIENT =
  /\bDeno\b|\bglobalThis\b|\bDate\.now\b|\bnew Date\(\)|\bTemporal\b|\bperformance\.|\bset(?:Timeout|Interval)\b|\bAbortSignal\.timeout\b|(?<!\.)\bfetch\(/;
/** Roots of threads of their own, to which no host can be handed: the clock for WASI, and what a package expects. */
const AMBIENT_EXCEPTIONS = ["src/jsonnet/worker.ts", "src/jq/worker.ts"];

interface Module {
  readonly path: string;
  /** Without comments. */
  readonly text: string;
  readonly lines: number;
  /** What it imports of other modules of the project. */
  readonly uses: readonly Use[];
  /** Paths of the modules of the project that it imports. */
  readonly imports: readonly string[];
}

interface Use {
  readonly path: string;
  /** The names as the other module exports them; all: it is imported as one object. */
  readonly names: readonly string[] | "all";
}

const modules = await readModules("src");
const tests = await readModules("tests");
const tools = [...await readModules("bench"), ...await readModules(".tasks")];

Deno.test("imports point one way", () => {
  const wrong = modules.flatMap(({ path, imports }) => {
    const floor = floorOf(path);
    const allowed = MAY_IMPORT[floor];
    assert.ok(allowed, `${path} stands on no floor`);
    return imports.filter((other) => floorOf(other) !== floor && !allowed.includes(floorOf(other)))
      .map((other) => `${path} → ${other}`);
  });
  assert.deepEqual(wrong.filter((arrow) => !EXCEPTIONS.includes(arrow)), []);
});

Deno.test("no module imports itself in a circle", () => {
  const byPath = new Map(modules.map((module) => [module.path, module]));
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    assert.ok(!trail.includes(path), `a circle: ${[...trail.slice(trail.indexOf(path)), path].join(" → ")}`);
    if (done.has(path)) return;
    for (const next of byPath.get(path)?.imports ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const { path } of modules) visit(path, []);
});

Deno.test("the runtime stays in its room, and nothing prints past the terminal and the log", () => {
  const inCode = (pattern: RegExp) => modules.filter(({ text }) => pattern.test(text)).map(({ path }) => path);
  assert.deepEqual(inCode(AMBIENT).filter((path) => !isHost(path)), AMBIENT_EXCEPTIONS.toSorted());
  assert.deepEqual(inCode(/\bconsole\b/), []);
  assert.deepEqual(inCode(/\bDeno\.exit\b/), ["src/main.ts"]);
  const ofNode = modules.filter(({ path }) => !isHost(path)).flatMap(({ path, text }) =>
    [...text.matchAll(/"(node:[^"]+)"/g)].map(([, name]) => name!)
      .filter((name) => !NODE_MODULES.includes(name)).map((name) => `${path}: ${name}`)
  );
  assert.deepEqual(ofNode, NODE_EXCEPTIONS);
});

/** Whose text is the program's own, whatever is put together in it. */
const OWN_EXPRESSIONS = ["src/agent/process_metrics.ts", "src/host/deno/launch.ts"];

Deno.test("regular expressions that are not the program's own are RE2", () => {
  // A text as the argument of these is compiled, too.
  const compiled = /\bRegExp\(|\.(?:match|matchAll|search)\((?!\/)/;
  const found = modules.filter(({ text }) => compiled.test(text)).map(({ path }) => path);
  assert.deepEqual(found, OWN_EXPRESSIONS);
});

Deno.test("no room is too large and none has a name that says nothing", () => {
  const long = [...modules, ...tests, ...tools].filter(({ lines }) => lines > LINES);
  assert.deepEqual(long.map(({ path }) => path), []);
  const vague = modules.filter(({ path }) => /(^|\/)(utils?|common|helpers?|shared|mod|misc)(\/|\.ts$)/.test(path));
  assert.deepEqual(vague.map(({ path }) => path), []);
});

Deno.test("no caught error disappears", () => {
  const empty = /catch\s*(\([^)]*\))?\s*\{\s*\}|\.catch\(\(\)\s*=>\s*(\{\s*\}|undefined|null)\)/;
  assert.deepEqual(modules.filter(({ text }) => empty.test(text)).map(({ path }) => path), []);
});

Deno.test("no file is dead and no export unused", () => {
  const imported = new Set(modules.flatMap(({ imports }) => imports));
  const dead = modules.map(({ path }) => path).filter((path) => !imported.has(path) && !ENTRANCES.includes(path));
  assert.deepEqual(dead, []);
  // That a test imports it makes no use of it.
  const isImported = (path: string, name: string) =>
    [...modules, ...tools].some(({ uses }) =>
      uses.some((use) => use.path === path && (use.names === "all" || use.names.includes(name)))
    );
  const unused = modules.flatMap(({ path, text }) =>
    exportsOf(text).filter((name) => !isImported(path, name) && !isUsedInSignature(text, name))
      .map((name) => `${path}: ${name}`)
  );
  assert.deepEqual(unused, []);
});

Deno.test("what this test reads of a module is what stands there", () => {
  const text = `
import { a, type b as c } from "./one.ts"; // import { no } from "./no.ts";
import type { d } from "./two.ts";
import * as e from "./three.ts";
import "./four.ts";
/* import { no } from "./no.ts"; */
const { f, g: h } = await import("./five.ts");
const i = (await import("./six.ts")).i;
type J = import("./seven.ts").J;
import("./eight.ts").then(use);
`;
  assert.deepEqual(usesOf("src/x.ts", withoutComments(text)), [
    { path: "src/one.ts", names: ["a", "b"] },
    { path: "src/two.ts", names: ["d"] },
    { path: "src/three.ts", names: "all" },
    { path: "src/four.ts", names: [] },
    { path: "src/five.ts", names: ["f", "g"] },
    { path: "src/six.ts", names: ["i"] },
    { path: "src/seven.ts", names: ["J"] },
    { path: "src/eight.ts", names: "all" },
  ]);
  for (const ambient of ["Deno", "Date.now", "new Date()", "performance.now()", "setTimeout", "fetch(", "globalThis"]) {
    assert.match(` ${ambient} `, AMBIENT);
  }
  assert.doesNotMatch("app.fetch(request), new Date(0), prefetch()", AMBIENT);
});

function isHost(path: string): boolean {
  return path === "src/main.ts" || path.startsWith("src/host/deno/");
}

/** A type that only appears in the shape of something else that is exported belongs to that shape. */
function isUsedInSignature(text: string, name: string): boolean {
  if (!new RegExp(`export (interface|type) ${name}\\b`).test(text)) return false;
  return (text.match(new RegExp(`\\b${name}\\b`, "g")) ?? []).length > 1;
}

function exportsOf(text: string): readonly string[] {
  const declared = text.matchAll(
    /^export (?:declare )?(?:abstract )?(?:async )?(?:const|let|class|function\*?|interface|type|enum) ([\w$]+)/gm,
  );
  return [...declared].map(([, name]) => name!);
}

function floorOf(path: string): string {
  const [, first = "", second = ""] = path.split("/");
  return first === "host" ? second.endsWith(".ts") ? "host/host.ts" : "host/deno" : first;
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|[\s;{}(,])\/\/.*$/gm, "$1");
}

async function readModules(folder: string): Promise<Module[]> {
  const found: Module[] = [];
  for await (const entry of Deno.readDir(new URL(`${folder}/`, root))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) found.push(...await readModules(path));
    else if (path.endsWith(".ts")) {
      const whole = await Deno.readTextFile(new URL(path, root));
      const text = withoutComments(whole);
      const uses = usesOf(path, text);
      found.push({ path, text, lines: whole.split("\n").length - 1, uses, imports: uses.map((use) => use.path) });
    }
  }
  return found.sort((a, b) => a.path < b.path ? -1 : 1);
}

/** Static and dynamic imports by a relative path. */
function usesOf(path: string, text: string): readonly Use[] {
  const found: (Use & { readonly at: number })[] = [];
  const add = (at: number, to: string, names: Use["names"]) => {
    const target = normalize(join(dirname(path), to));
    if (target.endsWith(".ts")) found.push({ at, path: target, names });
  };
  for (const match of text.matchAll(/\b(?:import|export)\s+(?:type\s+)?(?:([^"'();]*?)\s+from\s+)?"(\.[^"]+)"/g)) {
    add(match.index, match[2]!, match[1] === undefined ? [] : namesIn(match[1]));
  }
  const dynamic = /(?:(\{[^{}]*\})\s*=\s*await\s+)?\bimport\s*\(\s*"(\.[^"]+)"\s*,?\s*\)\)?(?:\.(\w+))?/g;
  for (const match of text.matchAll(dynamic)) {
    const [, taken, to, member] = match;
    const names = taken !== undefined ? namesIn(taken) : member === undefined || member === "then" ? "all" : [member];
    add(match.index, to!, names);
  }
  return found.toSorted((a, b) => a.at - b.at).map(({ path, names }) => ({ path, names }));
}

/** Of `{ a, type b as c }`, and of `{ a, b: c }`: a and b. */
function namesIn(clause: string): Use["names"] {
  const list = /\{([^}]*)\}/.exec(clause)?.[1];
  if (list === undefined) return "all";
  return list.split(",").map((part) => part.trim().replace(/^type\s+/, "").split(/\s+as\s+|:/)[0]!.trim())
    .filter((name) => name !== "");
}
