/**
 * A host with 20 sources, each of which pulls and runs every second: whether turns are missed, and whether memory and open
 * files stay as they are. A measurement of its own, not part of `deno task bench`: `deno run -A bench/soak.ts [MINUTES]`,
 * by default 10. Every tenth part of the time has a line.
 */
import { cpuOf, memoryOf, run, serve } from "./measure.ts";
import { BEST } from "./program.ts";

const SOURCES = 20;
const minutes = Number(Deno.args[0] ?? 10);
const names = Array.from({ length: SOURCES }, (_, i) => `s${i}`);
/** What a turn may be apart from the next: a second, a tenth of jitter, and what the run itself takes. */
const MISSED = 2_000;

const print = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
const folder = await Deno.makeTempDir({ prefix: "etcha-soak-" });
try {
  const made = await new Deno.Command(BEST[0], { args: [...BEST.slice(1), "generate-keys", "soak"] }).output();
  const keys = JSON.parse(new TextDecoder().decode(made.stdout)) as { privateKey: string; publicKey: string };
  await Deno.writeTextFile(`${folder}/key`, keys.privateKey);
  const pattern = "{run: [{id: 'there', check: '[ -e ' + std.native('getConfig')().vars.file + ' ]', " +
    "change: 'touch ' + std.native('getConfig')().vars.file}]}";
  await Deno.writeTextFile(`${folder}/pattern.jsonnet`, pattern);
  const words = (...args: readonly string[]) => [...BEST, ...args] as unknown as readonly [string, ...string[]];
  await run({
    words: words("-x", "build_signingKeyPath=key", "-x", "vars_file=x", "build", "pattern.jsonnet", "t"),
    cwd: folder,
  });
  const source = (name: string) => ({
    pullPaths: [`${folder}/t`],
    runFrequency: "1s",
    verifyKeys: [keys.publicKey],
    vars: { file: `${folder}/${name}` },
  });
  const config = {
    run: { listenAddress: "127.0.0.1:0", stateDir: "state", systemMetricsSecret: "s" },
    sources: Object.fromEntries(names.map((name) => [name, source(name)])),
  };
  await Deno.writeTextFile(`${folder}/agent.json`, JSON.stringify(config));
  await using agent = await serve({ words: words("-c", "agent.json", "run"), cwd: folder }, /Starting listener/);
  print("minute   MB  files  CPU %  turns  longest ms between two turns of a source");
  const parts = 10;
  for (let part = 1; part <= parts; part++) {
    const before = cpuOf(agent.pid);
    const begin = performance.now();
    await new Promise((resolve) => setTimeout(resolve, minutes * 60_000 / parts));
    const after = cpuOf(agent.pid);
    const cpu = (after.own + after.children - before.own - before.children) / (performance.now() - begin) * 100;
    const files = [...Deno.readDirSync(`/proc/${agent.pid}/fd`)].length;
    const { turns, longest } = await turnsSince(Date.now() - minutes * 60_000 / parts);
    print(
      [
        (part * minutes / parts).toFixed(1).padStart(6),
        memoryOf(agent.pid).toFixed(0).padStart(4),
        String(files).padStart(6),
        cpu.toFixed(1).padStart(6),
        String(turns).padStart(6),
        `${longest}${longest > MISSED ? " (MISSED)" : ""}`.padStart(6),
      ].join(" "),
    );
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}

/** Of all sources, as the history of the agent tells it; it keeps 1,000 runs of each. */
async function turnsSince(from: number): Promise<{ readonly turns: number; readonly longest: number }> {
  let turns = 0;
  let longest = 0;
  for (const name of names) {
    const args = [...BEST.slice(1), "-x", "run_stateDir=state", "-x", `sources_${name}={}`, "history", name, "--json"];
    const { stdout } = await new Deno.Command(BEST[0], { args, cwd: folder }).output();
    const runs = JSON.parse(new TextDecoder().decode(stdout)) as readonly { startedAt: string }[];
    const times = runs.map(({ startedAt }) => Date.parse(startedAt)).filter((time) => time >= from).sort((a, b) =>
      a - b
    );
    turns += times.length;
    for (let i = 1; i < times.length; i++) longest = Math.max(longest, times[i]! - times[i - 1]!);
  }
  return { turns, longest };
}
