/**
 * `deno task reproduce`: builds the executable twice, of clones of the last commit in folders of different names and depths,
 * with different homes, and compares them. It takes twice a compile, too long for every change; releases do it.
 */
import { fail, root, step } from "./steps.ts";

const MODULE = ["src/jsonnet/wasm/jsonnet.wasm", "src/jsonnet/wasm/jsonnet.wasm.hash"];

const folder = await Deno.makeTempDir({ prefix: "etcha-twice-" });
try {
  const sums: string[] = [];
  for (const place of ["one", "another/folder, deeper"]) {
    await step(place, async () => void sums.push(await buildIn(`${folder}/${place}`)));
  }
  for (const sum of sums) console.log(sum);
  if (new Set(sums).size > 1) fail("the two differ");
} finally {
  await Deno.remove(folder, { recursive: true });
}

/** SHA-256 of the executable that comes of a clone there. */
async function buildIn(place: string): Promise<string> {
  await Deno.mkdir(place, { recursive: true });
  await run("git", ["clone", "--quiet", decodeURIComponent(root.pathname), place], "/");
  // Built by Go, and reproducible by itself: a hash of its sources stands beside it.
  for (const path of MODULE) await Deno.copyFile(new URL(path, root), `${place}/${path}`);
  await Deno.mkdir(`${place}/home`);
  await run(Deno.execPath(), ["run", "-A", ".tasks/compile.ts"], place, { HOME: `${place}/home` });
  const executable = await Deno.readFile(`${place}/dist/etcha`);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", executable)).toHex();
}

async function run(program: string, args: readonly string[], cwd: string, env: Record<string, string> = {}) {
  const { success } = await new Deno.Command(program, { args: [...args], cwd, env, stdin: "null" }).spawn().status;
  if (!success) fail(`${program} ${args[0]} failed`);
}
