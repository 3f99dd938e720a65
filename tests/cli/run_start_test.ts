import { equal, ok as truthy } from "node:assert/strict";
import { Agent, until } from "./agent.ts";
import { Folder } from "./folder.ts";
import { etcha } from "./program.ts";

/** A folder with what an agent needs whose source `core` pulls `core.jwt`. */
async function host() {
  const folder = await Folder.make();
  const run = (...args: string[]) => etcha(args, { cwd: folder.path });
  const { privateKey, publicKey } = JSON.parse((await run("generate-keys", "k")).stdout);
  const settings = { run_listenAddress: "", run_verifyKeys: [publicKey], sources_core: { pullPaths: ["core.jwt"] } };
  return {
    folder,
    settings,
    async build(code: string) {
      await folder.write({ "p.jsonnet": code });
      const built = await run("-x", `build_signingKey=${privateKey}`, "build", "p.jsonnet", "core.jwt");
      equal(built.code, 0, built.stderr);
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

Deno.test("an agent without an address pulls and runs; one with a random delay at its start waits, and ends in the meantime", async () => {
  await using here = await host();
  await here.build("{ run: [{ id: 'make', always: true, change: 'touch made' }] }");
  const { settings } = here;
  await using deaf = new Agent({ cwd: here.folder.path, settings });
  await until(() => here.folder.list().includes("made"), () => deaf.log);
  deaf.signal("SIGTERM");
  equal(await deaf.ended(), 0);
  equal(deaf.port, undefined);

  await Deno.remove(`${here.folder.path}/made`);
  // Whatever the part of it is that is waited for, it is longer than this test.
  await using late = new Agent({ cwd: here.folder.path, settings: { ...settings, run_randomizedStartDelaySec: 1e9 } });
  await late.logged(/Starting source runner/);
  late.signal("SIGTERM");
  equal(await late.ended(), 0);
  truthy(!here.folder.list().includes("made"));
});
