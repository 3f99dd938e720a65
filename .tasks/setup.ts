/**
 * `deno task setup`: fetches the dependencies and builds the Jsonnet module. Does nothing when all of it is there, so that
 * every other task can begin with it.
 */
import { freeze } from "./freeze_wasm.ts";
import { findGo, type Go } from "./go_toolchain.ts";

const root = new URL("../", import.meta.url);
const folder = new URL("src/jsonnet/wasm/", root);
const target = new URL("jsonnet.wasm", folder);
const stamp = new URL("jsonnet.wasm.hash", folder);
/** What turns the output of Go into the module. */
const BUILDERS = [".tasks/freeze_wasm.ts", ".tasks/wasm_module.ts", "src/jsonnet/wasi.ts", "src/jsonnet/instance.ts"];
const BUILD = ["build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-buildmode=c-shared"];

await install();
await buildModule();

async function install(): Promise<void> {
  const install = await new Deno.Command(Deno.execPath(), { args: ["install", "--frozen"], cwd: root, stdout: "null" })
    .output();
  if (!install.success) fail(new TextDecoder().decode(install.stderr));
}

async function buildModule(): Promise<void> {
  const sources = await hashOfSources();
  const built = await builtFrom();
  await using go = await findGo({ download: built?.sources !== sources });
  if (built?.sources === sources && (go === undefined || built.go === go.version)) return;
  if (go === undefined) {
    fail(
      "The Jsonnet module has to be built, for which Go 1.24.5 or newer is needed: install it from https://go.dev/dl/,\n" +
        "or install Python with pip, from which a Go for this build alone is fetched.",
    );
  }
  const temporary = new URL(`jsonnet-${crypto.randomUUID()}.wasm`, folder);
  try {
    await compile(go, temporary);
    await Deno.writeFile(temporary, freeze(await Deno.readFile(temporary)));
    await Deno.rename(temporary, target);
  } finally {
    await Deno.remove(temporary).catch(ignoreMissing);
  }
  await Deno.writeTextFile(stamp, JSON.stringify({ sources, go: go.version }) + "\n");
}

async function compile(go: Go, output: URL): Promise<void> {
  const build = await new Deno.Command(go.program, {
    args: [...BUILD, "-o", decodeURIComponent(output.pathname), "."],
    cwd: folder,
    // Nothing of the caller's settings may change the result.
    env: { GOOS: "wasip1", GOARCH: "wasm", GOTOOLCHAIN: "local", GOFLAGS: "", GOWORK: "off", GOEXPERIMENT: "" },
    stdout: "null",
  }).output();
  if (!build.success) fail(`go build: ${new TextDecoder().decode(build.stderr)}`);
}

/** SHA-256 over names and contents of all that goes into the module. */
async function hashOfSources(): Promise<string> {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => /\.go$|^go\.(mod|sum)$/.test(name) && !name.endsWith("_test.go")).sort()
    .map((name) => `src/jsonnet/wasm/${name}`);
  let text = BUILD.join(" ");
  for (const name of [...names, ...BUILDERS]) text += `\n${name}\n${await Deno.readTextFile(new URL(name, root))}`;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toHex();
}

async function builtFrom(): Promise<{ sources: string; go: string } | undefined> {
  try {
    await Deno.stat(target);
    return JSON.parse(await Deno.readTextFile(stamp));
  } catch (error) {
    ignoreMissing(error);
    return undefined;
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

function fail(message: string): never {
  Deno.stderr.writeSync(new TextEncoder().encode(`${message}\n`));
  Deno.exit(1);
}
