/**
 * How long the evaluator takes beside the `jsonnet` program of the same go-jsonnet version, which is built into a
 * temporary folder (or named by JSONNET). Both run on this machine, one after the other; only ratios mean something.
 */
import { clock } from "../src/host/deno/clock.ts";
import { DenoWorkers, jsonnetParts } from "../src/host/deno/workers.ts";
import { type EvaluateRequest, Evaluator } from "../src/jsonnet/evaluator.ts";

const PROGRAM = "github.com/google/go-jsonnet/cmd/jsonnet@v0.22.0";
const ROUNDS = 7;
const parts = jsonnetParts(new URL("../src/main.ts", import.meta.url).href);

const WORKLOADS: Readonly<Record<string, string>> = {
  "a tiny pattern": "{ run: [{ id: 'a', change: 'echo %s' % 'x', check: 'true' }] }",
  "1,000 commands": `local command(i) = {
    id: 'command-%04d' % i,
    change: 'install -m %s %s /srv/%d' % ['0644', 'file-' + i, i],
    check: 'test -e /srv/' + i,
    onChange: if i < 999 then ['command-%04d' % (i + 1)] else [],
  };
  { run: [command(i) for i in std.range(0, 999)] }`,
  "10,000 formats": "[ '%s-%05d-%.2f' % ['x', i, i / 3] for i in std.range(1, 10000) ]",
  "sorting and manifesting": `local items = [{ id: (i * 7919) % 5000, name: 'item' + i } for i in std.range(1, 5000)];
  std.manifestYamlDoc(std.sort(items, function(item) item.id))`,
};

/** Milliseconds of the fastest round. */
async function fastest(work: () => Promise<void>, rounds = ROUNDS): Promise<number> {
  let least = Infinity;
  for (let round = 0; round < rounds; round++) {
    const begin = performance.now();
    await work();
    least = Math.min(least, performance.now() - begin);
  }
  return least;
}

async function run(program: string, args: readonly string[], env: Record<string, string> = {}): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args: [...args], env, stdout: "null" }).output();
  if (!success) throw new Error(`${program}: ${new TextDecoder().decode(stderr)}`);
}

async function evaluate(evaluator: Evaluator, code: string): Promise<void> {
  const request: EvaluateRequest = {
    entrypoint: "/bench.jsonnet",
    code,
    load: () => Promise.resolve(undefined),
    libraryPaths: [],
    natives: { specs: [], isRepeatable: () => true, answer: () => Promise.reject(new Error("there are no natives")) },
  };
  const result = await evaluator.evaluate(request, new AbortController().signal);
  if (!result.ok) throw new Error(result.problems.map(({ found }) => found).join("\n"));
}

/** Prints, for each workload, the time of the program and of the evaluator: from nothing, and with a running thread. */
export async function benchJsonnet(print: (line: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "etcha-bench-" });
  try {
    const program = Deno.env.get("JSONNET") ?? `${folder}/jsonnet`;
    if (program.startsWith(folder)) await run("go", ["install", PROGRAM], { GOBIN: folder });
    using warm = new Evaluator(new DenoWorkers(parts), clock);
    for (const [name, code] of Object.entries(WORKLOADS)) {
      const file = `${folder}/bench.jsonnet`;
      await Deno.writeTextFile(file, code);
      const native = await fastest(() => run(program, [file]));
      const cold = await fastest(async () => {
        using evaluator = new Evaluator(new DenoWorkers(parts), clock);
        await evaluate(evaluator, code);
      }, 3);
      const running = await fastest(() => evaluate(warm, code));
      const ratio = (time: number) => `${time.toFixed(1)} ms (${(time / native).toFixed(2)} ×)`;
      print(`render, ${name}: jsonnet ${native.toFixed(1)} ms, cold ${ratio(cold)}, warm ${ratio(running)}`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  await benchJsonnet((line) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`)));
}
