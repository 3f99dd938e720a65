/** Whether twice as many commands take twice as long: evaluate, validate and plan, with a running thread. */
import { parseConfig } from "../src/domain/config_layers.ts";
import { NOTHING_REMEMBERED, plan } from "../src/engine/plan.ts";
import { createHost } from "../src/host/deno/host.ts";
import { Evaluator } from "../src/jsonnet/evaluator.ts";
import { diskPattern } from "../src/workflows/pattern_source.ts";
import { Renderer } from "../src/workflows/render.ts";
import { median, type Row } from "./measure.ts";

const SIZES = [1000, 2000, 4000] as const;
const ROUNDS = 5;

/** Each size beside the smallest one: 2 and 4 are linear. */
export async function measureLinearity(): Promise<readonly Row[]> {
  const host = createHost(new URL("../src/main.ts", import.meta.url).href);
  const parsed = parseConfig([]);
  if (!parsed.ok) throw new Error("the defaults are no configuration");
  const { config } = parsed.value;
  using evaluator = new Evaluator(host.workers, host.clock);
  const renderer = new Renderer(evaluator, host);
  const signal = new AbortController().signal;
  const times: number[][] = SIZES.map(() => []);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [i, size] of SIZES.entries()) {
      const from = diskPattern(host.files, "bench.jsonnet", [], manyCommands(size));
      const begin = performance.now();
      const rendered = await renderer.render(
        { from, config, runVars: "pattern", fixed: {}, missingInRun: "error" },
        signal,
      );
      if (!rendered.ok) throw new Error(rendered.problems.map(({ found }) => found).join("\n"));
      const before = plan(NOTHING_REMEMBERED, rendered.value.run, true);
      plan(before, rendered.value.run, true);
      if (round > 0) times[i]!.push(performance.now() - begin);
    }
  }
  const [base, ...others] = times.map(median);
  return others.map((value, i) => ({
    section: "linearity",
    name: `render, validate and plan ${SIZES[i + 1]} commands`,
    unit: "ms",
    value,
    against: `${SIZES[0]} commands`,
    base: base!,
  }));
}

/** Commands that each trigger the next one. */
function manyCommands(count: number): string {
  return `{ run: [{
    id: 'command-' + i,
    check: 'test -e /srv/' + i,
    change: 'touch /srv/' + i,
    remove: 'rm /srv/' + i,
    onChange: if i < ${count - 1} then ['command-' + (i + 1)] else [],
  } for i in std.range(0, ${count - 1})] }`;
}
