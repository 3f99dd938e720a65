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

interface Module {
  readonly path: string;
  readonly text: string;
  /** Paths of the modules of src that it imports. */
  readonly imports: readonly string[];
}

const modules = await readModules("src");
const others = [...await readModules("tests"), ...await readModules("bench"), ...await readModules(".tasks")];

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
  const inCode = (pattern: RegExp) => modules.filter(({ text }) => pattern.test(withoutComments(text)));
  const outside = inCode(/\bDeno\.\w/).map(({ path }) => path)
    .filter((path) => path !== "src/main.ts" && !path.startsWith("src/host/deno/"));
  assert.deepEqual(outside, []);
  assert.deepEqual(inCode(/\bconsole\./).map(({ path }) => path), []);
  assert.deepEqual(inCode(/\bDeno\.exit\b/).map(({ path }) => path), ["src/main.ts"]);
});

/** Whose text is the program's own, whatever is put together in it. */
const OWN_EXPRESSIONS = ["src/agent/process_metrics.ts", "src/host/deno/launch.ts"];

Deno.test("regular expressions that are not the program's own are RE2", () => {
  // A text as the argument of these is compiled, too.
  const compiled = /\bRegExp\(|\.(?:match|matchAll|search)\((?!\/)/;
  const found = modules.filter(({ text }) => compiled.test(withoutComments(text))).map(({ path }) => path);
  assert.deepEqual(found, OWN_EXPRESSIONS);
});

Deno.test("no room is too large and none has a name that says nothing", () => {
  const long = [...modules, ...others].filter(({ text }) => text.split("\n").length > LINES + 1).map(({ path }) =>
    path
  );
  assert.deepEqual(long, []);
  const vague = modules.filter(({ path }) => /(^|\/)(utils?|common|helpers?|shared|mod|misc)(\/|\.ts$)/.test(path));
  assert.deepEqual(vague.map(({ path }) => path), []);
});

Deno.test("no caught error disappears", () => {
  const empty = /catch\s*(\([^)]*\))?\s*\{\s*\}|\.catch\(\(\)\s*=>\s*(\{\s*\}|undefined|null)\)/;
  assert.deepEqual(modules.filter(({ text }) => empty.test(withoutComments(text))).map(({ path }) => path), []);
});

Deno.test("no file is dead and no export unused", () => {
  const imported = new Set(modules.flatMap(({ imports }) => imports));
  const dead = modules.map(({ path }) => path).filter((path) => !imported.has(path) && !ENTRANCES.includes(path));
  assert.deepEqual(dead, []);
  const unused = modules.flatMap(({ path, text }) =>
    exportsOf(text).filter((name) => {
      const uses = new RegExp(`\\b${name.replace("$", "\\$")}\\b`);
      return !modules.some((other) => other.path !== path && other.imports.includes(path) && uses.test(other.text)) &&
        !others.some((other) => other.imports.includes(path) && uses.test(other.text)) &&
        !isUsedInSignature(text, name);
    }).map((name) => `${path}: ${name}`)
  );
  assert.deepEqual(unused, []);
});

/** A type that only appears in the shape of something else that is exported belongs to that shape. */
function isUsedInSignature(text: string, name: string): boolean {
  if (!new RegExp(`export (interface|type) ${name}\\b`).test(text)) return false;
  return (withoutComments(text).match(new RegExp(`\\b${name}\\b`, "g")) ?? []).length > 1;
}

function exportsOf(text: string): readonly string[] {
  const declared = withoutComments(text).matchAll(
    /^export (?:declare )?(?:abstract )?(?:async )?(?:const|let|class|function\*?|interface|type|enum) ([\w$]+)/gm,
  );
  return [...declared].map(([, name]) => name!);
}

function floorOf(path: string): string {
  const [, first = "", second = ""] = path.split("/");
  return first === "host" ? second === "host.ts" ? "host/host.ts" : "host/deno" : first;
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
      const text = await Deno.readTextFile(new URL(path, root));
      found.push({ path, text, imports: importsOf(path, text) });
    }
  }
  return found.sort((a, b) => a.path < b.path ? -1 : 1);
}

/** Static and dynamic imports by a relative path. */
function importsOf(path: string, text: string): readonly string[] {
  const found = withoutComments(text).matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|\bimport\s+)"(\.[^"]+)"/g);
  return [...found].map(([, to]) => normalize(join(dirname(path), to!))).filter((to) => to.endsWith(".ts"));
}
