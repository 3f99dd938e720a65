/**
 * One push to 25 agents on this machine beside a loop of 25 single pushes. Run by itself (`deno run -A bench/push.ts`), it
 * also shows what a push says when one of them hangs, one is gone and one has another certificate. Linux only (/proc).
 */
import { type Program, type Row, run, type Running, serve } from "./measure.ts";
import { BEST } from "./program.ts";

const HOSTS = 25;
/** Agents that start at once. */
const STARTS = 4;

interface Fleet extends AsyncDisposable {
  readonly folder: string;
  readonly hosts: readonly (Running & { readonly name: string })[];
  readonly config: { readonly targets: Record<string, Record<string, unknown>> } & Record<string, unknown>;
}

export async function measurePush(folder: string): Promise<readonly Row[]> {
  await using fleet = await startFleet(`${folder}/push`);
  return await compare(fleet);
}

async function startFleet(folder: string): Promise<Fleet> {
  await using starting = new AsyncDisposableStack();
  await Deno.mkdir(folder);
  const { stdout } = await new Deno.Command(BEST[0], { args: [...BEST.slice(1), "generate-keys", "bench"] }).output();
  const keys = JSON.parse(new TextDecoder().decode(stdout)) as { privateKey: string; publicKey: string };
  const source = JSON.stringify({ allowPush: true, verifyKeys: [keys.publicKey] });
  const settings = ["run_listenAddress=127.0.0.1:0", `sources_bench=${source}`].flatMap((setting) => ["-x", setting]);
  const names = Array.from({ length: HOSTS }, (_, i) => `host${String(i + 1).padStart(2, "0")}`);
  const hosts: (Running & { readonly name: string })[] = [];
  const targets: Record<string, Record<string, unknown>> = {};
  const waiting = names.values();
  const start = async () => {
    for (const name of waiting) {
      const cwd = `${folder}/${name}`;
      await Deno.mkdir(cwd);
      const words = [...BEST, ...settings, "run"] as unknown as Program["words"];
      const ready = /listener\S* on \S+:(\d+), certificate SHA-256 (\S+?)"?\s/;
      const host = starting.use(await serve({ words, cwd }, ready));
      hosts.push({ ...host, name });
      const [, port, tlsFingerprint] = host.match;
      targets[name] = { hostname: "127.0.0.1", port: Number(port), tlsFingerprint, sourcePatterns: { bench: "" } };
    }
  };
  await Promise.all(Array.from({ length: STARTS }, start));
  const owned = starting.move();
  const config = { build: { signingKey: keys.privateKey }, targets };
  return { folder, hosts, config, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Each push changes something, and each is of a pattern of its own. */
async function compare({ folder, config }: Fleet): Promise<readonly Row[]> {
  await Deno.writeTextFile(`${folder}/etcha.jsonnet`, JSON.stringify(config));
  let version = 0;
  const push = async (...args: string[]) => {
    const { wall } = await run({
      words: [...BEST, "push", ...args, "bench", "p.jsonnet"] as unknown as Program["words"],
      cwd: folder,
    });
    return wall;
  };
  const renew = () => Deno.writeTextFile(`${folder}/p.jsonnet`, patternOf(++version));
  // The first one only fills caches.
  await renew();
  await push();
  await renew();
  const together = await push();
  await renew();
  let singles = 0;
  for (const name of Object.keys(config.targets)) singles += await push("-h", name);
  return [{
    section: "push",
    name: `one push to ${HOSTS} agents`,
    unit: "ms",
    value: together,
    against: "a loop of single pushes",
    base: singles,
  }];
}

function patternOf(version: number): string {
  return `{ run: [{ id: 'version %d' % i, always: true, change: 'echo ${version} > version' } for i in std.range(1, 3)] }`;
}

/** What is seen when not all is well; on a terminal with the table that changes while it goes on. */
async function showTrouble({ folder, hosts, config }: Fleet): Promise<void> {
  const [hung, gone, strange] = hosts.toSorted((a, b) => a.name < b.name ? -1 : 1);
  Deno.kill(hung!.pid, "SIGSTOP");
  const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  closed.close();
  const targets = {
    ...config.targets,
    [gone!.name]: { ...config.targets[gone!.name], port: closed.addr.port },
    [strange!.name]: { ...config.targets[strange!.name], tlsFingerprint: "0".repeat(64) },
  };
  await Deno.writeTextFile(`${folder}/etcha.jsonnet`, JSON.stringify({ ...config, targets }));
  await Deno.writeTextFile(`${folder}/p.jsonnet`, patternOf(0));
  const begin = performance.now();
  const { code } = await new Deno.Command(BEST[0], {
    args: [...BEST.slice(1), "push", "bench", "p.jsonnet"],
    cwd: folder,
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  print(
    `exit code ${code} after ${((performance.now() - begin) / 1000).toFixed(1)} s: ` +
      `${hung!.name} hangs, ${gone!.name} is gone, ${strange!.name} has another certificate`,
  );
  Deno.kill(hung!.pid, "SIGCONT");
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

if (import.meta.main) {
  const folder = await Deno.makeTempDir({ prefix: "etcha-bench-" });
  try {
    await using fleet = await startFleet(`${folder}/push`);
    for (const { name, value, against, base } of await compare(fleet)) {
      print(
        `${name}: ${value.toFixed(0)} ms; ${against}: ${base.toFixed(0)} ms; ${(base / value).toFixed(1)} times faster`,
      );
    }
    await showTrouble(fleet);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
