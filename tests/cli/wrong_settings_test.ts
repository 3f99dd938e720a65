import { equal, ok } from "node:assert/strict";
import { parseArgv } from "../../src/cli/argv.ts";
import { bad, type Problem, problemsText, type Result } from "../../src/domain/problem.ts";
import { loadConfig } from "../../src/workflows/load_config.ts";
import { FakeFiles } from "../fakes/fake_files.ts";

/** One mistake, in one of four places, and all that is said of it. */
interface Mistake {
  /** Text of etcha.json, or what it holds. */
  readonly file?: unknown;
  readonly environment?: Readonly<Record<string, string>>;
  /** Value of -x. */
  readonly set?: string;
  /** The whole command line. */
  readonly args?: readonly string[];
  readonly says: string;
}

const MISTAKES: readonly Mistake[] = JSON.parse(
  await Deno.readTextFile(new URL("wrong_settings.json", import.meta.url)),
);

async function resultOf({ file = {}, environment = {}, set, args }: Mistake): Promise<Result<unknown>> {
  if (args !== undefined) return parseArgv(args, 80);
  const text = typeof file === "string" ? file : JSON.stringify(file);
  const request = { path: "etcha.json", assignments: set === undefined ? [] : [set], flags: [] };
  return await loadConfig(request, {
    environment,
    evaluate: ({ path }) => Promise.resolve(bad(noJsonnet(path))),
    files: new FakeFiles({ "/srv/etcha.json": text }),
  });
}

function noJsonnet(path: string): Problem {
  return { code: "jsonnet-syntax", attempted: "evaluate", found: "no Jsonnet is expected here", where: path };
}

Deno.test("there are at least a hundred ways to be wrong, each once", () => {
  ok(MISTAKES.length >= 100, `${MISTAKES.length}`);
  equal(new Set(MISTAKES.map(({ says: _, ...mistake }) => JSON.stringify(mistake))).size, MISTAKES.length);
});

for (const mistake of MISTAKES) {
  const { says, ...given } = mistake;
  Deno.test(`wrong: ${JSON.stringify(given)}`, async () => {
    const result = await resultOf(mistake);
    ok(!result.ok, "it was accepted");
    equal(problemsText(result.problems), says);
  });
}
