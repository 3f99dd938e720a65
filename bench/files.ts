/** Work over many files: `lint` of a folder, `build` of a pattern with many imports. */
import { type Program, type Row, sideBySide } from "./measure.ts";
import { BEST } from "./program.ts";

const ROUNDS = 3;
const FILES = 200;
const IMPORTS = 200;
const COMMANDS = 1000;

/** `folder` is for its files. */
export async function measureFiles(folder: string): Promise<readonly Row[]> {
  await writeFiles(folder);
  const keys = await new Deno.Command(BEST[0], { args: [...BEST.slice(1), "generate-keys"], cwd: folder }).output();
  const { privateKey } = JSON.parse(new TextDecoder().decode(keys.stdout)) as { readonly privateKey: string };
  const program = (...args: string[]): Program => ({
    words: [...BEST, "-l", "none", ...args],
    cwd: folder,
    env: { ETCHA_build_signingKey: privateKey },
  });
  const [one, all, render, build] = await sideBySide([
    program("lint", "-f", "many/0.jsonnet"),
    program("lint", "-f", "many"),
    program("render", "big.jsonnet"),
    program("build", "big.jsonnet", "big.jwt"),
  ], ROUNDS);
  const row = (name: string, cost: NonNullable<typeof one>, against: string, base: NonNullable<typeof one>): Row => ({
    section: "files",
    name,
    unit: "ms",
    value: cost.wall,
    against,
    base: base.wall,
    cpu: { value: cost.cpu, base: base.cpu },
  });
  return [
    row(`lint ${FILES} files`, all!, "lint of one of them", one!),
    row(`build ${IMPORTS} imports, ${COMMANDS} commands`, build!, "render of the same", render!),
  ];
}

async function writeFiles(folder: string): Promise<void> {
  await Deno.mkdir(`${folder}/many/parts`, { recursive: true });
  await Deno.writeTextFile(`${folder}/many/parts/lib.libsonnet`, "{ make(id):: { id: id, check: 'true' } }\n");
  for (let i = 0; i < FILES; i++) {
    const text = `local lib = import 'parts/lib.libsonnet';\n\n{ run: [lib.make('command ${i}')] }\n`;
    await Deno.writeTextFile(`${folder}/many/${i}.jsonnet`, text);
  }
  await Deno.mkdir(`${folder}/parts`, { recursive: true });
  const each = COMMANDS / IMPORTS;
  for (let i = 0; i < IMPORTS; i++) {
    const text = `[{ id: 'part ${i} %d' % n, change: 'true' } for n in std.range(1, ${each})]\n`;
    await Deno.writeTextFile(`${folder}/parts/${i}.libsonnet`, text);
  }
  const imports = Array.from({ length: IMPORTS }, (_, i) => `    import 'parts/${i}.libsonnet',\n`).join("");
  await Deno.writeTextFile(`${folder}/big.jsonnet`, `{\n  run: [\n${imports}  ],\n}\n`);
}
