/**
 * `deno task compile [--target NAME]`: one executable, dist/etcha or dist/etcha-NAME, from nothing but the sources and the
 * lock file; the commit and its date are inside. The program and its
 * two threads are bundled by this deno, because bundles start sooner than a tree of modules; then everything that the
 * bundles load when they run is put into the executable beside them.
 *
 * The program itself is split into chunks: what only some subcommands need is then not even read by the others, which
 * makes the start a third shorter (`version`: 49 ms of CPU instead of 68). It is not minified, which would save 2 ms more:
 * the minifier takes `using x = f(); if (x === undefined)` for `if (f() === undefined)` and so loses what x would free.
 *
 * DENORT_BIN (the runtime that is put into the executable) and COMPILE_DENO (the deno that does it, of the same version)
 * are for machines that can't reach Deno's download server; without them deno fetches what it needs.
 */
import { cpSync, readdirSync } from "node:fs";
import { findOrigin } from "./origin.ts";
import { fail, root, step } from "./steps.ts";
import { checkRuntime, targetOf } from "./targets.ts";

/**
 * A copy of the sources with the packages beside them: a bundle holds the relative path of each of its modules, and only
 * so are these, and with them the executable, the same wherever the checkout and the cache of packages lie.
 */
const tree = new URL("dist/tree/", root);
const build = new URL("dist/build/", root);
const MAIN = "main.js";
/** The threads, by the names under which `src/host/deno` looks for them beside the main bundle. Each is one file. */
const THREADS = [
  ["src/jsonnet/worker.ts", "jsonnet_worker.js"],
  ["src/host/deno/state/worker.ts", "state_worker.js"],
  ["src/jq/worker.ts", "jq_worker.js"],
] as const;

const target = targetOf(Deno.args);
const runtime = Deno.env.get("DENORT_BIN");
if (target !== undefined && runtime !== undefined) await checkRuntime(runtime, target);

for (const folder of [tree, build]) {
  await Deno.remove(folder, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}
await Deno.mkdir(new URL("lib/etcha/", build), { recursive: true });

await step("bundle", async () => {
  for (const name of ["deno.json", "deno.lock", "src"]) {
    cpSync(new URL(name, root), new URL(name, tree), { recursive: true, filter: (path) => !path.endsWith(".wasm") });
  }
  const { commit, date } = await findOrigin();
  const built = { commit: commit ?? null, date: date.toISOString() };
  await Deno.writeTextFile(new URL("src/built.json", tree), JSON.stringify(built));
  await bundle("--code-splitting", "--outdir", "../build", "src/main.ts");
  for (const [from, to] of THREADS) await bundle("-o", `../build/${to}`, from);
  await Deno.remove(tree, { recursive: true });
});
await Deno.copyFile(new URL("src/jsonnet/wasm/jsonnet.wasm", root), new URL("jsonnet.wasm.bin", build));
for await (const { name } of Deno.readDir(new URL("lib/etcha/", root))) {
  await Deno.copyFile(new URL(`lib/etcha/${name}`, root), new URL(`lib/etcha/${name}`, build));
}

// The times of the files go into the executable as well.
const DATE = new Date("2020-01-01T00:00:00Z");
for (const entry of readdirSync(build, { recursive: true, withFileTypes: true })) {
  if (entry.isFile()) await Deno.utime(`${entry.parentPath}/${entry.name}`, DATE, DATE);
}

await step("compile", async () => {
  // What is not inside would be looked for in a folder of that name in the shared one for temporary files: so all of it,
  // and in an order of its own, for the same bytes every time.
  const parts = [...Deno.readDirSync(build)].map(({ name }) => name).filter((name) => name !== MAIN).sort();
  const args = [
    "compile",
    "--quiet",
    "--no-check",
    "--no-config",
    "-A",
    // A cache in the shared folder for temporary files could be somebody else's.
    "--no-code-cache",
    ...(target === undefined ? [] : ["--target", target.name]),
    ...parts.flatMap((part) => ["--include", part]),
    "-o",
    target === undefined ? "../etcha" : `../etcha-${target.name}`,
    MAIN,
  ];
  const compiler = Deno.env.get("COMPILE_DENO") ?? Deno.execPath();
  const { success } = await new Deno.Command(compiler, { args, cwd: build, stdin: "null", stdout: "inherit" }).spawn()
    .status;
  if (!success) {
    const which = target === undefined ? "" : ` for ${target.name}`;
    fail(
      `deno compile failed; where its download server can't be reached, set DENORT_BIN (the runtime${which}) and COMPILE_DENO`,
    );
  }
});

async function bundle(...args: readonly string[]): Promise<void> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform", "deno", "--node-modules-dir=auto", ...args],
    cwd: tree,
    stdin: "null",
  }).spawn().status;
  if (!success) fail("deno bundle failed");
}
