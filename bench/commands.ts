/** What a command costs beyond its own texts: 200 of them by `local` and in a running agent, beside a plain sh loop. */
import { startAgent } from "./agent.ts";
import { type Cost, median, type Program, type Row, run } from "./measure.ts";
import { BEST } from "./program.ts";

const COUNT = 200;
const ROUNDS = 3;
/** The program gives its texts to this shell, so the loop does as well. */
const SHELL = "bash -e -o pipefail -c";

const KINDS = {
  settled: { check: "test -e /", change: "false", steps: ["test -e /"] },
  changing: { check: "test -e /nowhere", change: "test -e /", steps: ["test -e /nowhere || :", "test -e /"] },
} as const;

export async function measureCommands(folder: string): Promise<readonly Row[]> {
  const rows: Row[] = [];
  await using agent = await startAgent(`${folder}/agent`);
  for (const [kind, { check, change, steps }] of Object.entries(KINDS)) {
    const commands = JSON.stringify({ check, change });
    const pattern = (count: number) => `{ run: [${commands} + { id: 'c%d' % i } for i in std.range(1, ${count})] }`;
    await Deno.writeTextFile(`${folder}/all.jsonnet`, pattern(COUNT));
    await Deno.writeTextFile(`${folder}/none.jsonnet`, pattern(0));
    const lines = steps.map((step) => `${SHELL} '${step}'`).join("\n");
    await Deno.writeTextFile(`${folder}/loop.sh`, `for i in $(seq ${COUNT}); do\n${lines}\ndone\n`);
    const local = (name: string): Program => ({
      words: [...BEST, "-l", "none", "local", name] as unknown as Program["words"],
      cwd: folder,
    });
    const token = await agent.token(pattern(COUNT));
    const costs: Record<"loop" | "local" | "none" | "pushed", Cost[]> = { loop: [], local: [], none: [], pushed: [] };
    for (let round = 0; round <= ROUNDS; round++) {
      const measured = {
        loop: await run({ words: ["sh", "loop.sh"], cwd: folder }),
        local: await run(local("all.jsonnet")),
        none: await run(local("none.jsonnet")),
        // Pushed again, it is the same pattern: rendered already, and its checks are run.
        pushed: await agent.push(token),
      };
      if (round === 0) continue;
      for (const name of ["loop", "local", "none", "pushed"] as const) costs[name].push(measured[name]);
    }
    const each = (of: readonly Cost[], less?: readonly Cost[]) => {
      const one = (part: keyof Cost) =>
        (median(of.map((cost) => cost[part])) - (less === undefined ? 0 : median(less.map((cost) => cost[part])))) /
        COUNT;
      return { wall: one("wall"), cpu: one("cpu") };
    };
    const loop = each(costs.loop);
    const row = (how: string, { wall, cpu }: Cost): Row => ({
      section: "commands",
      name: `a ${kind} command, ${how}`,
      unit: "ms",
      value: wall,
      against: "the same texts in a sh loop",
      base: loop.wall,
      cpu: { value: cpu, base: loop.cpu },
    });
    rows.push(row("local (without its start)", each(costs.local, costs.none)), row("pushed", each(costs.pushed)));
  }
  return rows;
}
