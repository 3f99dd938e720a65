/** A running agent to measure, with tokens for it. */
import { type Cost, cpuOf, type Program, run, type Running, serve } from "./measure.ts";
import { BEST } from "./program.ts";

export interface BenchAgent extends Running {
  readonly port: number;
  /** PEM. */
  readonly certificate: string;
  /** Builds a pattern into a token. */
  token(pattern: string): Promise<string>;
  /** Pushes a token; the cost is that of the agent and its commands alone. Throws when a command failed. */
  push(token: string, over?: "fresh connection"): Promise<Cost>;
}

/** Starts an agent in a folder of its own. */
export async function startAgent(folder: string): Promise<BenchAgent> {
  await Deno.mkdir(folder);
  const [program, ...before] = BEST;
  const made = await new Deno.Command(program, { args: [...before, "generate-keys", "bench"], cwd: folder }).output();
  const keys = JSON.parse(new TextDecoder().decode(made.stdout)) as { privateKey: string; publicKey: string };
  await Deno.writeTextFile(`${folder}/key`, keys.privateKey);
  // Two tokens in turn are a rollback each second time.
  const source = JSON.stringify({ allowPush: true, allowRollback: true, verifyKeys: [keys.publicKey] });
  const settings = ["run_listenAddress=127.0.0.1:0", "run_stateDir=state", `sources_bench=${source}`];
  const words = [...BEST, ...settings.flatMap((setting) => ["-x", setting]), "run"] as const;
  const server = await serve({ words: words as unknown as Program["words"], cwd: folder }, /listener\S* on \S+:(\d+),/);
  const pem = await Deno.readTextFile(`${folder}/state/listener.pem`);
  const certificate = pem.slice(pem.indexOf("-----BEGIN CERTIFICATE-----"));
  const newClient = () => Deno.createHttpClient({ caCerts: [certificate] });
  const client = newClient();
  const port = Number(server.match[1]);
  const url = `https://localhost:${port}/etcha/v1/push/bench`;
  const cpu = () => {
    const { own, children } = cpuOf(server.pid);
    return own + children;
  };
  return {
    pid: server.pid,
    port,
    certificate,
    async token(pattern) {
      await Deno.writeTextFile(`${folder}/pattern.jsonnet`, pattern);
      const build = ["-x", "build_signingKeyPath=key", "build", "pattern.jsonnet", "token"];
      await run({ words: [...BEST, ...build] as unknown as Program["words"], cwd: folder });
      return await Deno.readTextFile(`${folder}/token`);
    },
    async push(token, over) {
      using fresh = over === undefined ? undefined : newClient();
      const cpuBefore = cpu();
      const begin = performance.now();
      const response = await fetch(url, { method: "POST", body: token, client: fresh ?? client });
      const answer = await response.text();
      const wall = performance.now() - begin;
      if (!response.ok) throw new Error(`the push failed (${response.status}): ${answer}`);
      return { wall, cpu: cpu() - cpuBefore };
    },
    async [Symbol.asyncDispose]() {
      client.close();
      await server[Symbol.asyncDispose]();
    },
  };
}
