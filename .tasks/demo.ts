/**
 * `deno task demo`: the main job in a temporary folder. Starts an agent, pushes one pattern after the other to it, shows
 * what became of the files and the metrics, and takes everything away again.
 */
import { fail, root } from "./steps.ts";

const folder = await Deno.makeTempDir({ prefix: "etcha-demo-" });
const files = `${folder}/files`;
const decoder = new TextDecoder();
const SECRET = "demo";

await Deno.mkdir(files);
console.log(`Everything happens in ${folder}.\n`);
const keys = JSON.parse(await etcha(["generate-keys", "demo"])) as { privateKey: string; publicKey: string };
// Where a secret is named in a variable, no list of processes shows it.
const laptop = { ETCHA_build_signingKey: keys.privateKey, ETCHA_build_pushTLSSkipVerify: "true" };

const agent = startAgent();
try {
  const port = await listening(agent.log);
  const push = (pattern: string) => etcha(["push", "-h", `127.0.0.1:${port}`, "demo", pattern], laptop, true);
  await push("patterns/hello.jsonnet");
  await listFiles();
  await push("patterns/note.jsonnet");
  await listFiles();
  await push("patterns/note.jsonnet");
  await showMetrics(port);
} finally {
  agent.process.kill("SIGTERM");
  const { code } = await agent.process.status;
  console.log(`\nThe agent was ended (exit code ${code}) and the folder removed.`);
  await Deno.remove(folder, { recursive: true });
}

function command(args: readonly string[], env: Record<string, string>): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "src/main.ts", ...args],
    cwd: root,
    env: { HOSTNAME: Deno.hostname(), ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Runs the program; shown, as a person would have typed it. */
async function etcha(args: readonly string[], env: Record<string, string> = {}, show = false): Promise<string> {
  if (show) console.log(`$ etcha ${args.join(" ")}`);
  const { success, stdout, stderr } = await command(args, env).output();
  if (!success) fail(decoder.decode(stdout) + decoder.decode(stderr));
  if (show) console.log(decoder.decode(stdout));
  return decoder.decode(stdout);
}

function startAgent() {
  const source = JSON.stringify({ allowPush: true, vars: { dir: files }, verifyKeys: [keys.publicKey] });
  const options = [
    ["run_listenAddress", "127.0.0.1:0"],
    ["run_stateDir", `${folder}/state`],
    ["run_systemMetricsSecret", SECRET],
    ["sources_demo", source],
  ].flatMap(([key, value]) => ["-x", `${key}=${value}`]);
  const process = command(["-f", "human", ...options, "run"], {}).spawn();
  return { process, log: process.stderr.pipeThrough(new TextDecoderStream()) };
}

/** Shows the agent's log while it goes on, and gives the port when it listens. */
async function listening(log: ReadableStream<string>): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  (async () => {
    let text = "";
    for await (const part of log) {
      text += part;
      for (const line of part.split("\n")) if (line !== "") console.log(`  agent | ${line}`);
      const port = /Starting listener\.\.\. on \S+:(\d+)/.exec(text)?.[1];
      if (port !== undefined) resolve(Number(port));
    }
    reject(new Error("the agent ended"));
  })();
  return await promise;
}

async function listFiles(): Promise<void> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(files)) names.push(name);
  console.log(`$ ls ${files}\n${names.sort().join("  ")}\n`);
}

async function showMetrics(port: number): Promise<void> {
  const url = `https://127.0.0.1:${port}/etcha/v1/system/metrics`;
  console.log(`$ curl -sk '${url}?key=${SECRET}' | grep ^etcha_commands_total`);
  using client = Deno.createHttpClient({ caCerts: [await certificate()] });
  const response = await fetch(`${url}?key=${SECRET}`, { client });
  const lines = (await response.text()).split("\n").filter((line) => line.startsWith("etcha_commands_total"));
  console.log(lines.join("\n"));
}

/** The agent's own certificate, which it keeps in its state directory. */
async function certificate(): Promise<string> {
  const pem = await Deno.readTextFile(`${folder}/state/listener.pem`);
  return pem.slice(pem.indexOf("-----BEGIN CERTIFICATE-----"));
}
