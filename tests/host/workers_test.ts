import assert from "node:assert/strict";
import { DenoWorkers, jsonnetParts } from "../../src/host/deno/workers.ts";
import { HostError } from "../../src/host/host.ts";

Deno.test("the parts of the evaluator lie below the sources, or beside a bundle", () => {
  const { worker, module } = jsonnetParts("file:///somewhere/src/main.ts");
  assert.deepEqual([worker.pathname, module.pathname], [
    "/somewhere/src/jsonnet/worker.ts",
    "/somewhere/src/jsonnet/wasm/jsonnet.wasm",
  ]);
  const bundled = jsonnetParts("file:///tmp/etcha/etcha.js");
  assert.deepEqual([bundled.worker.pathname, bundled.module.pathname], [
    "/tmp/etcha/jsonnet_worker.js",
    "/tmp/etcha/jsonnet.wasm.bin",
  ]);
});

Deno.test("a module that was not built is told with what to do; once it is there, the same workers start", async () => {
  const { worker, module } = jsonnetParts(new URL("../../src/main.ts", import.meta.url).href);
  const folder = await Deno.makeTempDir();
  try {
    const late = new URL(`file://${folder}/late.wasm`);
    const workers = new DenoWorkers({ worker, module: late });
    await assert.rejects(
      workers.startJsonnet(),
      (error) => error instanceof HostError && error.kind === "not-found" && /deno task setup/.test(error.message),
    );
    await Deno.copyFile(module, late);
    (await workers.startJsonnet()).terminate();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
