/**
 * What files cost that are as wanted: 20, 200 and 1,000 of them as resources, in a running agent and by `local`, beside the
 * same checks as texts of a shell, as a bash script, and (with `peers`) as tasks of pyinfra and Ansible on this machine.
 */
import { type BenchAgent, startAgent } from "./agent.ts";
import { type Cost, median, type Program, type Row, run } from "./measure.ts";
import { installPeers, type Peer, type SettledFile } from "./peers.ts";
import { BEST } from "./program.ts";

const COUNTS = [20, 200, 1000] as const;
const ROUNDS = 5;
/** CPU time is counted in hundredths of a second: so often an agent is asked before one round has a figure. */
const PUSHES = 10;
/** Seconds that all rounds of one program may take: the slow ones get fewer. */
const PATIENCE = 300;

export async function measureSettledFiles(folder: string, withPeers: boolean): Promise<readonly Row[]> {
  const rows: Row[] = [];
  await Deno.mkdir(`${folder}/etc`);
  const peers = withPeers ? await installPeers(folder) : [];
  await using agent = await startAgent(`${folder}/files-agent`);
  for (const count of COUNTS) {
    const files = Array.from({ length: count }, (_, i): SettledFile => ({
      path: `${folder}/etc/file ${i}`,
      text: `setting = ${i}\nowner = "nobody"\n`,
    }));
    for (const { path, text } of files) await Deno.writeTextFile(path, text, { mode: 0o644 });
    rows.push(...await measureCount(folder, files, agent, peers));
  }
  return rows;
}

async function measureCount(
  folder: string,
  files: readonly SettledFile[],
  agent: BenchAgent,
  peers: readonly Peer[],
): Promise<readonly Row[]> {
  const words = patternOf(files, ({ path, text }) => ["etcha", "file", "check", "-p", "0644", path, text]);
  const texts = patternOf(files, check);
  await Deno.writeTextFile(`${folder}/words.json.jsonnet`, words);
  await Deno.writeTextFile(`${folder}/texts.json.jsonnet`, texts);
  await Deno.writeTextFile(`${folder}/checks.sh`, files.map((file) => `${check(file)} || exit 1`).join("\n"));
  const local = (name: string): Program => ({
    words: [...BEST, "-l", "none", "local", name] as unknown as Program["words"],
    cwd: folder,
  });
  const tokens = { words: await agent.token(words), texts: await agent.token(texts) };
  const script: Program = { words: ["bash", "checks.sh"], cwd: folder };
  const base = await rounds(() => run(script));
  const measured: readonly (readonly [string, () => Promise<Cost>])[] = [
    ["resources, in a running agent", () => pushed(agent, tokens.words, PUSHES)],
    ["resources, local with its start", () => run(local("words.json.jsonnet"))],
    ["texts of a shell, in a running agent", () => pushed(agent, tokens.texts, 1)],
    ["texts of a shell, local with its start", () => run(local("texts.json.jsonnet"))],
    ...await Promise.all(peers.map(async ({ name, prepare }) => {
      const program = await prepare(files);
      return [name, () => run(program)] as const;
    })),
  ];
  const rows: Row[] = [];
  for (const [name, measure] of measured) {
    const { wall, cpu } = await rounds(measure);
    rows.push({
      section: "settled files",
      name: `${files.length} settled files: ${name}`,
      unit: "ms",
      value: wall,
      against: "a bash script of the same checks",
      base: base.wall,
      cpu: { value: cpu, base: base.cpu },
    });
  }
  return rows;
}

/** The check of a text, with an exit code of 0 when the file is as wanted. */
function check({ path, text }: SettledFile): string {
  return `printf %s '${text}' | cmp -s - '${path}' && [ "$(stat -c %a '${path}')" = 644 ]`;
}

function patternOf(files: readonly SettledFile[], check: (file: SettledFile) => unknown): string {
  return JSON.stringify({
    run: files.map((file, i) => ({
      id: `file ${i}`,
      check: check(file),
      change: "echo 'this file is not as wanted'; exit 1",
    })),
  });
}

async function pushed(agent: BenchAgent, token: string, times: number): Promise<Cost> {
  // The first one makes it the pattern of the agent.
  await agent.push(token);
  let wall = 0;
  let cpu = 0;
  for (let i = 0; i < times; i++) {
    const cost = await agent.push(token);
    wall += cost.wall / times;
    cpu += cost.cpu / times;
  }
  return { wall, cpu };
}

/** Medians of five rounds, or of as many as there is patience for; a first one only fills caches where it is quick. */
async function rounds(measure: () => Promise<Cost>): Promise<Cost> {
  const first = await measure();
  const affordable = Math.floor(PATIENCE * 1000 / first.wall);
  const costs = affordable < ROUNDS ? [first] : [];
  while (costs.length < Math.min(ROUNDS, affordable)) costs.push(await measure());
  return { wall: median(costs.map(({ wall }) => wall)), cpu: median(costs.map(({ cpu }) => cpu)) };
}
