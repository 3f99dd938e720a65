/** Cold starts: the program in every form, beside an empty script, and beside `jsonnet` where it does the same. */
import { type Program, type Row, sideBySide } from "./measure.ts";
import { FORMS } from "./program.ts";

const ROUNDS = 9;
const PATTERN = "{ run: [{ id: 'a', change: 'echo %s' % 'x', check: 'true' }] }";

/** `folder` is for its files; `jsonnet` is the path of that program. */
export async function measureStarts(folder: string, jsonnet: string): Promise<readonly Row[]> {
  await Deno.writeTextFile(`${folder}/empty.js`, "");
  await Deno.writeTextFile(`${folder}/pattern.jsonnet`, PATTERN);
  const commands = { version: ["version"], "show-config": ["show-config"], render: ["render", "pattern.jsonnet"] };
  const forms = Object.entries(FORMS).flatMap(([form, words]) =>
    Object.entries(commands).map(([command, args]) => ({ form, command, words: [...words, ...args] as const }))
  );
  const programs: Program[] = [
    { words: [Deno.execPath(), "run", "--no-config", `${folder}/empty.js`] },
    { words: [jsonnet, "pattern.jsonnet"], cwd: folder },
    ...forms.map(({ words }) => ({ words: words as Program["words"], cwd: folder })),
  ];
  const [empty, program, ...costs] = await sideBySide(programs, ROUNDS);
  return forms.flatMap(({ form, command }, i) => {
    const { wall, cpu } = costs[i]!;
    const row = { section: "start", name: `${command} (${form})`, unit: "ms", value: wall } as const;
    const beside = (against: string, base: NonNullable<typeof empty>): Row => ({
      ...row,
      against,
      base: base.wall,
      cpu: { value: cpu, base: base.cpu },
    });
    const rows = [beside("an empty script in deno", empty!)];
    return command === "render" ? [...rows, beside("jsonnet", program!)] : rows;
  });
}
