/**
 * `deno task compile`: one executable in dist/etcha, from nothing but the sources and the lock file. The program and its
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
import { deno, fail, root, step } from "./steps.ts";

const build = new URL("dist/build/", root);
const MAIN = "main.js";
/** The threads, by the names under which `src/host/deno` looks for them beside the main bundle. Each is one file. */
const THREADS = [
  ["src/jsonnet/worker.ts", "jsonnet_worker.js"],
  ["src/host/deno/state/worker.ts", "state_worker.js"],
] as const;

await Deno.remove(build, { recursive: true }).catch((error) => {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
});
await Deno.mkdir(new URL("lib/etcha/", build), { recursive: true });

await step("bundle", async () => {
  const bundle = ["bundle", "--quiet", "--platform", "deno"];
  await deno([...bundle, "--code-splitting", "--outdir", "dist/build", "src/main.ts"]);
  for (const [from, to] of THREADS) await deno([...bundle, "-o", `dist/build/${to}`, from]);
});
await Deno.copyFile(new URL("src/jsonnet/wasm/jsonnet.wasm", root), new URL("jsonnet.wasm.bin", build));
for await (const { name } of Deno.readDir(new URL("lib/etcha/", root))) {
  await Deno.copyFile(new URL(`lib/etcha/${name}`, root), new URL(`lib/etcha/${name}`, build));
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
    ...parts.flatMap((part) => ["--include", part]),
    "-o",
    "../etcha",
    MAIN,
  ];
  const compiler = Deno.env.get("COMPILE_DENO") ?? Deno.execPath();
  const { success } = await new Deno.Command(compiler, { args, cwd: build, stdin: "null", stdout: "inherit" }).spawn()
    .status;
  if (!success) {
    fail("deno compile failed; where its download server can't be reached, set DENORT_BIN and COMPILE_DENO");
  }
});
