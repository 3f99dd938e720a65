/** What the functions of lib/etcha give, and what they say of wrong arguments: tests/lib/*.json. */
import { deepEqual, ok as truthy } from "node:assert/strict";
import { parseCommands } from "../../src/domain/command_list.ts";
import type { Json, JsonObject } from "../../src/domain/json.ts";
import { commandsOf, isScript, LIBRARY, Library } from "./library.ts";
import { describeLibrary } from "../../.tasks/library_comments.ts";

interface Case {
  readonly name: string;
  readonly args: JsonObject;
  /** The commands; in place of a shell text of the library stands "…". */
  readonly gives?: Json;
  readonly fails?: string;
}

interface CaseFile {
  readonly function: string;
  readonly cases: readonly Case[];
}

/** Those that are no functions, and the one that tells of wrong arguments, which all cases that fail are about. */
const WITHOUT_CASES = ["accounts", "argument", "init", "made", "native"];

const folder = new URL("./", import.meta.url);
const read = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".json")).sort()
  .map((name) => JSON.parse(Deno.readTextFileSync(new URL(name, folder))) as CaseFile);
const described = await describeLibrary();

Deno.test("every function of the library has cases", () => {
  deepEqual(read.map((file) => file.function).toSorted(), LIBRARY.filter((name) => !WITHOUT_CASES.includes(name)));
  for (const file of read) {
    truthy(file.cases.some(({ gives }) => gives !== undefined), file.function);
    truthy(file.cases.every(({ gives, fails }) => (gives === undefined) !== (fails === undefined)), file.function);
  }
});

/** Those that take what other functions of the library give them, and don't check it. */
const TRUSTING = ["attributes", "resource", "script"];
/** Functions that hand arguments on. */
const CHECKED_BY: Readonly<Record<string, string>> = {
  etchaInstall: "tool",
  rotInstall: "tool",
  withOptions: "x",
};

Deno.test("every parameter of a function has a case in which it is wrong", () => {
  const missing = read.filter((file) => !TRUSTING.includes(file.function)).flatMap((file) => {
    const { parameters } = described.find(({ name }) => name === file.function)!;
    const of = CHECKED_BY[file.function] ?? file.function;
    return parameters.filter(({ name }) => !file.cases.some(({ fails = "" }) => isAbout(fails, of, name)))
      .map(({ name }) => `${file.function}: ${name}`);
  });
  deepEqual(missing, ["withOptions: of", "withOptions: commands"]);
});

for (const file of read) {
  Deno.test(`${file.function} gives what its cases say`, async () => {
    using library = new Library();
    for (const { name, args, gives, fails } of file.cases) {
      const result = await library.call(file.function, args);
      const found = result.ok
        ? { gives: withoutScripts(result.value) }
        : { fails: result.problems.map(({ found }) => found.split("\n")[0]).join("; ") };
      deepEqual(found, gives === undefined ? { fails } : { gives }, `${file.function}: ${name}`);
      if (result.ok && isCommands(result.value)) {
        deepEqual(
          parseCommands([NEIGHBOURS, result.value, NEIGHBOURS], "run").problems,
          [],
          `${file.function}: ${name}`,
        );
      }
    }
  });
}

/** A new release of the library has other texts: that must not remove and make anew what is there. */
const MADE_ANEW = ["sysctl"];

Deno.test("commands with a shell text ignore that it is another one", () => {
  for (const file of read.filter((one) => !MADE_ANEW.includes(one.function))) {
    for (const { name, gives } of file.cases) {
      if (gives === undefined || !isCommands(gives)) continue;
      for (const command of commandsOf(gives)) {
        if (command.change === undefined || !isScript(command.change)) continue;
        truthy(command.changeIgnore === true, `${file.function}: ${name}: ${command.id}`);
      }
    }
  }
});

/** What the cases trigger of other commands. */
const NEIGHBOURS = ["restart", "service ssh", "service nginx", "user deploy"].map((id) => ({ id, always: true }));

function isCommands(value: Json): boolean {
  return typeof value === "object" && value !== null &&
    (Array.isArray(value) ? value.every(isCommands) : "id" in value);
}

/** `f: a must be …`, `f: a.key must be …`, and `f: either a or b must be given`. */
function isAbout(message: string, of: string, argument: string): boolean {
  return message.startsWith(`${of}: ${argument} `) || message.startsWith(`${of}: ${argument}.`) ||
    new RegExp(`^${of}: (either|with) .*\\b${argument}\\b`).test(message);
}

function withoutScripts(value: Json): Json {
  if (Array.isArray(value)) {
    const words = value.filter((word) => typeof word === "string");
    return isScript(words) ? value.with(2, "…") : value.map(withoutScripts);
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, within]) => [key, withoutScripts(within)]));
}
