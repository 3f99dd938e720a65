/**
 * How long the evaluator takes beside the `jsonnet` program of the same go-jsonnet version, which is built into a
 * temporary folder (or named by JSONNET). Both run on this machine, one after the other; only ratios mean something.
 */
import { clock } from "../src/host/deno/clock.ts";
import { DenoWorkers, jsonnetParts } from "../src/host/deno/workers.ts";
import { type EvaluateRequest, Evaluator } from "../src/jsonnet/evaluator.ts";

const PROGRAM = "github.com/google/go-jsonnet/cmd/jsonnet@v0.22.0";
const ROUNDS = 7;
/** Milliseconds after which no further round begins. */
const ENOUGH = 3000;
const parts = jsonnetParts(new URL("../src/main.ts", import.meta.url).href);

/** Each of them is imported by one of the workloads. */
const IMPORTS = 100;

const WORKLOADS: Readonly<Record<string, string>> = {
  "a tiny pattern": "{ run: [{ id: 'a', change: 'echo %s' % 'x', check: 'true' }] }",
  "1,000 commands": `local command(i) = {
    id: 'command-%04d' % i,
    change: 'install -m %s %s /srv/%d' % ['0644', 'file-' + i, i],
    check: 'test -e /srv/' + i,
    onChange: if i < 999 then ['command-%04d' % (i + 1)] else [],
  };
  { run: [command(i) for i in std.range(0, 999)] }`,
  "100 imports": `std.foldl(function(sum, part) sum + part.value, [${
    Array.from({ length: IMPORTS }, (_, i) => `import 'part${i}.libsonnet'`).join(", ")
  }], 0)`,
  "10,000 formats": "[ '%s-%05d-%.2f' % ['x', i, i / 3] for i in std.range(1, 10000) ]",
  "sorting and manifesting": `local items = [{ id: (i * 7919) % 5000, name: 'item' + i } for i in std.range(1, 5000)];
  std.manifestYamlDoc(std.sort(items, function(item) item.id))`,
};

/** Milliseconds of the fastest round. */
async function fastest(work: () => Promise<void>, rounds = ROUNDS): Promise<number> {
  let least = Infinity;
  const end = performance.now() + ENOUGH;
  for (let round = 0; round < rounds && performance.now() < end; round++) {
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

/** The same file for both: the evaluator is given its path, and reads the imports beside it. */
async function evaluate(evaluator: Evaluator, file: string, code: string): Promise<void> {
  const request: EvaluateRequest = {
    entrypoint: file,
    code,
    load: (path) => Deno.readFile(path),
    libraryPaths: [],
    natives: {
      specs: [],
      isRepeatable: () => true,
      answer: () => Promise.reject(new Error("there are no natives")),
      areCheckable: () => true,
      found: () => ({}),
    },
  };
  const result = await evaluator.evaluate(request, new AbortController().signal);
  if (!result.ok) throw new Error(result.problems.map(({ found }) => found).join("\n"));
}

/** Milliseconds of one workload. */
export interface RenderTimes {
  readonly workload: string;
  /** The `jsonnet` program, with its start. */
  readonly program: number;
  /** The evaluator from nothing: module, thread, evaluation. */
  readonly cold: number;
  /** With a running thread. */
  readonly warm: number;
}

/** The times of every workload. The `jsonnet` program, built once, is there until `work` with it is done. */
export async function benchJsonnet(
  report: (times: RenderTimes) => void,
  work: (program: string) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "etcha-bench-" });
  try {
    const program = Deno.env.get("JSONNET") ?? `${folder}/jsonnet`;
    if (program.startsWith(folder)) await run("go", ["install", PROGRAM], { GOBIN: folder });
    for (let i = 0; i < IMPORTS; i++) await Deno.writeTextFile(`${folder}/part${i}.libsonnet`, `{ value: ${i} }`);
    using warm = new Evaluator(new DenoWorkers(parts), clock);
    for (const [name, code] of Object.entries(WORKLOADS)) {
      const file = `${folder}/bench.jsonnet`;
      await Deno.writeTextFile(file, code);
      const native = await fastest(() => run(program, [file]));
      const cold = await fastest(async () => {
        using evaluator = new Evaluator(new DenoWorkers(parts), clock);
        await evaluate(evaluator, file, code);
      }, 3);
      const running = await fastest(() => evaluate(warm, file, code));
      report({ workload: name, program: native, cold, warm: running });
    }
    await work(program);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  await benchJsonnet(({ workload, program, cold, warm }) => {
    const ratio = (time: number) => `${time.toFixed(1)} ms (${(time / program).toFixed(2)} ×)`;
    const line = `render, ${workload}: jsonnet ${program.toFixed(1)} ms, cold ${ratio(cold)}, warm ${ratio(warm)}`;
    Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
  });
}
