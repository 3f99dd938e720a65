/**
 * `deno task compile`: one executable in dist/etcha. The program and its two threads are bundled by this deno, because
 * bundles start sooner than a tree of modules; then the bundles, the Jsonnet module and the library are put into it.
 *
 * DENORT_BIN (the runtime that is put into the executable) and COMPILE_DENO (the deno that does it, of the same version)
 * are for machines that can't reach Deno's download server; without them deno fetches what it needs.
 */
import { deno, fail, root, step } from "./steps.ts";

const build = new URL("dist/build/", root);
/** The parts besides the main bundle, by the names under which `src/host/deno` looks for them beside it. */
const WORKERS = [
  ["src/jsonnet/worker.ts", "jsonnet_worker.js"],
  ["src/host/deno/state/worker.ts", "state_worker.js"],
] as const;

await Deno.remove(build, { recursive: true }).catch((error) => {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
});
await Deno.mkdir(new URL("lib/etcha/", build), { recursive: true });

await step("bundle", async () => {
  for (const [from, to] of [["src/main.ts", "etcha.js"], ...WORKERS] as const) {
    await deno(["bundle", "--quiet", "--platform", "deno", "--minify", "-o", `dist/build/${to}`, from]);
  }
});
await Deno.copyFile(new URL("src/jsonnet/wasm/jsonnet.wasm", root), new URL("jsonnet.wasm.bin", build));
for await (const { name } of Deno.readDir(new URL("lib/etcha/", root))) {
  await Deno.copyFile(new URL(`lib/etcha/${name}`, root), new URL(`lib/etcha/${name}`, build));
}

await step("compile", async () => {
  const parts = [...WORKERS.map(([, name]) => name), "jsonnet.wasm.bin", "lib"];
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
    "etcha.js",
  ];
  const compiler = Deno.env.get("COMPILE_DENO") ?? Deno.execPath();
  const { success } = await new Deno.Command(compiler, { args, cwd: build }).output();
  if (!success) {
    fail("deno compile failed; where its download server can't be reached, set DENORT_BIN and COMPILE_DENO");
  }
});
