/**
 * `deno task bench`: what this program costs beside what people know, measured side by side on this machine. Only ratios
 * mean something elsewhere. `--json` prints the rows as data. README.md says how to read them.
 */
import { measureCommands } from "./commands.ts";
import { measureFiles } from "./files.ts";
import { benchJsonnet, type RenderTimes } from "./jsonnet.ts";
import { measureLinearity } from "./linearity.ts";
import type { Row } from "./measure.ts";
import { measureMemory } from "./memory.ts";
import { FORMS } from "./program.ts";
import { measureSize } from "./size.ts";
import { measurePush } from "./push.ts";
import { measureResources } from "./resources.ts";
import { measureSettledFiles } from "./settled_files.ts";
import { measureStarts } from "./starts.ts";

const withPeers = Deno.args.includes("--peers");
const print = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
const tell = (text: string) => Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));

const folder = await Deno.makeTempDir({ prefix: "etcha-bench-" });
try {
  const rows: Row[] = [];
  if (FORMS["executable"] === undefined) tell("there is no dist/etcha: the program is measured from source only");
  tell("render times, starts");
  await benchJsonnet(
    (times) => rows.push(...renderRows(times)),
    async (jsonnet) => void rows.push(...await measureStarts(folder, jsonnet)),
  );
  rows.push(...await measureSize());
  tell("linearity, commands");
  rows.push(...await measureLinearity(), ...await measureCommands(folder));
  tell("files, resources");
  rows.push(...await measureFiles(folder), ...await measureResources(folder));
  tell("push to many agents");
  rows.push(...await measurePush(folder));
  tell(`settled files${withPeers ? ", with pyinfra and Ansible (half an hour)" : ""}`);
  rows.push(...await measureSettledFiles(folder, withPeers));
  tell("memory, with a minute of idleness");
  rows.push(...await measureMemory(folder));
  print(Deno.args.includes("--json") ? JSON.stringify(rows, undefined, 2) : table(rows));
} finally {
  await Deno.remove(folder, { recursive: true });
}

function renderRows({ workload, program, cold, warm }: RenderTimes): readonly Row[] {
  const row = { section: "render", unit: "ms", against: "the jsonnet program", base: program } as const;
  return [{ ...row, name: `${workload}, warm`, value: warm }, { ...row, name: `${workload}, cold`, value: cold }];
}

function table(rows: readonly Row[]): string {
  const cells = [
    ["ratio", "CPU", "of", "", "", "against", ""],
    ...rows.map(({ name, unit, value, against, base, cpu }) => [
      ratio(value, base),
      cpu === undefined ? "" : ratio(cpu.value, cpu.base),
      name,
      amount(value),
      unit,
      against,
      `${amount(base)} ${unit}`,
    ]),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const isNumber = (column: number) => [0, 1, 3, 6].includes(column);
  return cells.map((row) =>
    row.map((cell, i) => isNumber(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)).join("  ").trimEnd()
  ).join("\n");
}

function ratio(value: number, base: number): string {
  return base > 0 ? `${(value / base).toFixed(2)} ×` : "";
}

function amount(value: number): string {
  return value.toFixed(value < 10 ? 2 : 1);
}
