import assert from "node:assert/strict";
import { createHost } from "../../src/host/deno/host.ts";

const host = createHost(new URL("../../src/main.ts", import.meta.url).href);

Deno.test("the machine is described in Go's words", async () => {
  assert.match(host.system.arch, /^(amd64|arm64)$/);
  assert.equal(host.system.os, Deno.build.os);
  assert.ok(host.system.cpus >= 1);
  const { stdout } = await new Deno.Command("uname", { args: ["-n"] }).output();
  assert.equal(host.system.hostname, new TextDecoder().decode(stdout).trim());
  assert.equal(host.environment["PATH"], Deno.env.get("PATH"));
});

Deno.test("what the shell of deno task adds to the environment is not handed on", () => {
  Deno.env.set("?", "0");
  try {
    assert.equal(createHost(import.meta.url).environment["?"], undefined);
  } finally {
    Deno.env.delete("?");
  }
});

Deno.test("what is loaded late works", async () => {
  const dir = await Deno.makeTempDir();
  try {
    await using store = await host.states.open(`${dir}/state`, { exclusive: true });
    assert.deepEqual(await store.sources(), []);
    const answer = host.http.request(
      { method: "GET", url: "ftp://x", timeout: 1000, bodyLimit: 1 },
      new AbortController().signal,
    );
    await assert.rejects(answer, /http/);
    const limits = {
      maxConnections: 1,
      maxConnectionsPerAddress: 1,
      headersTimeout: 1,
      idleTimeout: 1,
      requestTimeout: 1,
    };
    const addresses = [{ kind: "tcp", scheme: "https", hostname: "127.0.0.1", port: 0 }] as const;
    const tls = { cert: "none", key: "none" };
    await assert.rejects(host.network.listen({ addresses, tls, limits }, () => {
      return Promise.reject(new Error("nobody asks"));
    }));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("the log of the host goes to standard error", async () => {
  const module = JSON.stringify(new URL("../../src/host/deno/host.ts", import.meta.url).href);
  const script = `import { createHost } from ${module};
    const log = createHost(${module}).openLog({ format: "human", level: "info", noColor: false });
    log.write({ level: "info", function: "run", status: 200, message: "spoken" });`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", `--config=${new URL("../../deno.json", import.meta.url).pathname}`, script],
  }).output();
  assert.equal(new TextDecoder().decode(stdout), "");
  assert.match(new TextDecoder().decode(stderr), /INFO spoken\n$/);
});
