/** What a settled file costs inside the process: a thousand of them, beside a shell that compares them with cmp. */
import { parseResource } from "../src/domain/resource.ts";
import { createHost } from "../src/host/deno/host.ts";
import { runResource } from "../src/resources/run_resource.ts";
import { cpuOf, median, type Row, run } from "./measure.ts";

const COUNT = 1000;
const ROUNDS = 9;

export async function measureResources(folder: string): Promise<readonly Row[]> {
  const host = createHost(import.meta.url);
  const settled = Array.from(
    { length: COUNT },
    (_, i) => ({ path: `${folder}/settled-${i}`, text: `setting = ${i}\n` }),
  );
  for (const { path, text } of settled) await Deno.writeTextFile(path, text, { mode: 0o644 });
  const resources = settled.map(({ path, text }) => {
    const parsed = parseResource(["etcha", "file", "check", "-o", String(Deno.uid()), "-p", "0644", path, text]);
    if (!parsed?.ok) throw new Error("the words are not understood");
    return parsed.value;
  });
  const { signal } = new AbortController();
  const walls: number[] = [];
  const before = cpuOf("self").own;
  for (let round = 0; round < ROUNDS; round++) {
    const begin = performance.now();
    for (const resource of resources) {
      const { code, output } = await runResource(resource, {}, host, signal);
      if (code !== 0) throw new Error(output);
    }
    walls.push(performance.now() - begin);
  }
  const cpu = (cpuOf("self").own - before) / ROUNDS;
  const lines = settled.map(({ path, text }) => `printf %s '${text}' | cmp -s - '${path}' || exit 1`);
  await Deno.writeTextFile(`${folder}/settled.sh`, lines.join("\n"));
  const shell = await run({ words: ["sh", "settled.sh"], cwd: folder });
  return [{
    section: "resources",
    name: `${COUNT} settled files, in the process`,
    unit: "ms",
    value: median(walls),
    against: "a sh script with cmp",
    base: shell.wall,
    cpu: { value: cpu, base: shell.cpu },
  }];
}
