import assert from "node:assert/strict";
import { parseCommands } from "../src/domain/command_list.ts";
import { type CaseRun, type Observed, runCase } from "./fakes/case_runner.ts";

/** What a case expects of a run. What is empty or false when left out, and what is then not compared. */
type Expected =
  & Pick<Observed, "ran">
  & Partial<Pick<Observed, "changed" | "removed" | "failures" | "events" | "due" | "interrupted">>
  & Partial<Pick<Observed, "sees" | "told" | "waited" | "counted" | "record" | "written">>;

interface Case {
  readonly name: string;
  readonly runs: readonly (CaseRun & { readonly expect: Expected })[];
  /** Pins what a kill finds on disk; by default a case must hold either way. */
  readonly reached?: boolean;
}

interface Mistake {
  readonly name: string;
  readonly list: unknown;
  /** `code at where`, in order. */
  readonly problems: readonly string[];
  /** Hints by number of the problem. */
  readonly hints?: Readonly<Record<string, string>>;
}

interface CaseFile {
  /** What of the reference the cases stand for. */
  readonly about: string;
  readonly cases?: readonly Case[];
  readonly mistakes?: readonly Mistake[];
}

const ABSENT = { changed: [], removed: [], failures: [], events: [], due: [], interrupted: false } as const;

const folder = new URL("./commands/", import.meta.url);
const files = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".json")).sort();
const read = files.map((name) => [name, JSON.parse(Deno.readTextFileSync(new URL(name, folder))) as CaseFile] as const);

Deno.test("there are cases, and each has a name of its own", () => {
  const names = read.flatMap(([, { cases = [], mistakes = [] }]) => [...cases, ...mistakes].map(({ name }) => name));
  assert.ok(names.length >= 120, `${names.length} cases`);
  assert.equal(new Set(names).size, names.length);
});

for (const [file, { cases = [], mistakes = [] }] of read) {
  for (const { name, runs, reached } of cases) {
    Deno.test(`${file}: ${name}`, () => {
      for (const kept of reached === undefined ? [false, true] : [reached]) {
        const observed = runCase(runs, kept);
        runs.forEach(({ expect }, i) => {
          const actual = observed[i]!;
          const wanted = { ...ABSENT, ...expect };
          const picked = Object.fromEntries(Object.entries(actual).filter(([key]) => key in wanted));
          const sees = Object.keys(expect.sees ?? {}).map((script) => [script, actual.sees[script]]);
          const compared = expect.sees === undefined ? picked : { ...picked, sees: Object.fromEntries(sees) };
          assert.deepEqual(compared, wanted, `run ${i + 1}, unwritten changes ${kept ? "reached the disk" : "lost"}`);
        });
      }
    });
  }
  for (const { name, list, problems, hints = {} } of mistakes) {
    Deno.test(`${file}: ${name}`, () => {
      const found = parseCommands(list, "run").problems;
      assert.deepEqual(found.map(({ code, where }) => `${code} at ${where}`), problems);
      for (const [number, hint] of Object.entries(hints)) assert.equal(found[Number(number)]?.hint, hint);
    });
  }
}
