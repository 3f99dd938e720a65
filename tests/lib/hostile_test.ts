/** Nothing that the functions of lib/etcha are given is ever interpreted. */
import { deepEqual, equal, ok as truthy } from "node:assert/strict";
import * as fc from "fast-check";
import { isObject, type Json } from "../../src/domain/json.ts";
import { argumentsWith, CALLS, harmlessTexts, type HostileCall, hostileTexts, replaced } from "./hostile.ts";
import { commandsOf, isScript, LIBRARY, Library, type LibraryCommand } from "./library.ts";
import { record, type Recorded } from "./sandbox.ts";

const STEPS = ["check", "change", "remove"] as const;
/** Those whose arguments are all looked into, or that are parts and languages of their own, with tests of their own. */
const NO_FREE_TEXT = ["apk", "dnf", "service"];
const WITHOUT_COMMANDS = [
  ...[
    "accounts",
    "argument",
    "attributes",
    "init",
    "made",
    "native",
    "quote",
    "resource",
    "script",
    "systemdIni",
    "systemdWords",
  ],
  "withOptions",
];

Deno.test("every function that takes texts is given hostile ones", () => {
  deepEqual(
    [...CALLS.map((call) => call.function), ...NO_FREE_TEXT, ...WITHOUT_COMMANDS].toSorted(),
    [...LIBRARY].sort(),
  );
});

/** How a function writes a text where it does not stand as it is: a field of fstab, and an expression that means it. */
const FSTAB = (text: string) =>
  text.replaceAll(/[ \t\\#$]/g, (one) => `\\${one.charCodeAt(0).toString(8).padStart(3, "0")}`);
const WRITTEN: Readonly<Record<string, (value: Json, texts: Readonly<Record<string, string>>) => Json>> = {
  mount: (value, texts) => {
    const field = FSTAB(texts["path"]!);
    const expression = field.replaceAll(/[\\.+*?()|[\]{}^$]/g, (one) => `\\${one}`);
    return replacedInLines(value, "harmless0harmless", expression, field, texts["path"]!);
  },
  template: (value, texts) =>
    onStdin(value, (stdin) => stdin.replace("harmless1harmless", () => JSON.stringify(texts["values"]).slice(1, -1))),
  nftables: indented("contents"),
  firewall: indented("extra"),
  etchaService: (value, texts) => replaced(value, "harmless0harmless", JSON.stringify(texts["config"]).slice(1, -1)),
};

for (const call of CALLS) {
  Deno.test(`${call.function}: a text stands where it belongs, and changes nothing else`, async () => {
    using library = new Library();
    const harmless = await commands(library, call, [harmlessTexts(call)]);
    truthy(harmless[0]!.length > 0);
    await fc.assert(
      fc.asyncProperty(fc.array(hostileTexts(call), { minLength: 5, maxLength: 8 }), async (all) => {
        const hostile = await commands(library, call, all);
        all.forEach((texts, i) => {
          for (const command of hostile[i]!) assertWords(command);
          equal(JSON.stringify(hostile[i]), JSON.stringify(expected(call, harmless[0]!, texts)));
        });
      }),
      { numRuns: 1 },
    );
  });
}

/** Functions whose shell texts are given free texts: what they run is recorded. */
const RUN = ["git", "group", "mount", "pip", "sysctl", "systemdUnit", "user"];

for (const call of CALLS.filter((one) => RUN.includes(one.function))) {
  Deno.test(`${call.function}: its shell texts hand texts on as they are`, async () => {
    using library = new Library();
    const samples = fc.sample(hostileTexts(call), 4).map((texts) => ({ ...texts, ...RUN_WITH }));
    const [harmless, ...hostile] = await commands(library, call, [{ ...harmlessTexts(call), ...RUN_WITH }, ...samples]);
    const before = await record(harmless!);
    truthy(
      before.calls.length > 0 || new Set(before.files.map((files) => JSON.stringify(files))).size > 1,
      "it does something",
    );
    for (const [i, texts] of samples.entries()) {
      let wanted = before;
      Object.entries(harmlessTexts(call)).forEach(([name, mark]) => wanted = replaced(wanted, mark, texts[name]!));
      deepEqual(inOrder(await record(hostile[i]!)), inOrder(wanted), JSON.stringify(texts));
    }
  });
}

/** Names of programs, which the sandbox must have. */
const RUN_WITH: Readonly<Record<string, string>> = { python: "python3" };

function inOrder(recorded: Recorded): Recorded {
  return { ...recorded, files: recorded.files.map((files) => files.toSorted(([a], [b]) => a < b ? -1 : 1)) };
}

Deno.test("cron's shell reads the words of a command as they are", async () => {
  using library = new Library();
  const words = fc.sample(fc.string({ unit: "grapheme", minLength: 1 }), 40)
    .filter((word) => !/[\p{Cc}]/u.test(word));
  const result = await library.evaluate(
    `[(import 'cron.libsonnet')('a', '@daily', ['printf', '%s\\\\0', word]).stdin for word in ${
      JSON.stringify(words)
    }]`,
  );
  truthy(result.ok);
  const lines = (result.value as readonly string[]).map((text) => /^@daily root (.*)\n$/s.exec(text)![1]!);
  // cron(8) takes the backslash before a % away, and gives the rest to the shell.
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", lines.map((line) => line.replaceAll("\\%", "%")).join("\n")],
  }).output();
  deepEqual(new TextDecoder().decode(stdout).split("\0").slice(0, -1), words);
});

Deno.test("systemd reads the words of a command as they are", async () => {
  using library = new Library();
  const words = fc.sample(fc.string({ unit: "grapheme" }), 60).filter((word) => !word.includes("\0"));
  const result = await library.evaluate(`(import 'systemdWords.libsonnet')(['/x'] + ${JSON.stringify(words)})`);
  truthy(result.ok);
  deepEqual(systemdRead(result.value as string), ["/x", ...words]);
});

/** The commands of a call for each of some texts. */
async function commands(
  library: Library,
  call: HostileCall,
  all: readonly Readonly<Record<string, string>>[],
): Promise<readonly (readonly LibraryCommand[])[]> {
  const calls = all.map((texts) => {
    const given = Object.entries(argumentsWith(call, texts)).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    return `f(${given.join(", ")})`;
  });
  const result = await library.evaluate(`local f = import '${call.function}.libsonnet'; [${calls.join(",\n")}]`);
  truthy(result.ok, JSON.stringify(result));
  return (result.value as readonly Json[]).map(commandsOf);
}

/** No command has a text that a shell would read, but for texts of the library. */
function assertWords(command: LibraryCommand): void {
  for (const step of STEPS) {
    const words = command[step];
    if (words === undefined) continue;
    truthy(Array.isArray(words) && words.every((word) => typeof word === "string"), `${command.id}: ${step}`);
    truthy(isScript(words) || words[0] === "etcha", `${command.id}: ${step}: ${words[0]}`);
  }
}

function expected(
  call: HostileCall,
  harmless: readonly LibraryCommand[],
  texts: Readonly<Record<string, string>>,
): Json {
  const written = WRITTEN[call.function];
  let value = harmless as unknown as Json;
  if (written !== undefined) value = written(value, texts);
  Object.entries(harmlessTexts(call)).forEach(([name, mark]) => value = replaced(value, mark, texts[name]!));
  return value;
}

/** A text of several lines is indented: in the contents of a file. */
function indented(name: string): (value: Json, texts: Readonly<Record<string, string>>) => Json {
  return (value, texts) =>
    onStdin(
      value,
      (contents) =>
        contents.replace(/^( *)(.*)harmless0harmless(.*)$/m, (_, blanks, before, after) =>
          `${before}${texts[name]!}`.replace(/\n+$/, "").split("\n").map((line) =>
            `${blanks}${line}`
          ).join("\n") + after),
    );
}

function onStdin(value: Json, edit: (contents: string) => string): Json {
  if (Array.isArray(value)) return value.map((one) => onStdin(one, edit));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, key === "stdin" && typeof one === "string" ? edit(one) : one!]),
  );
}

/** Of `etcha line` the expression and the line have a text in other forms than all else. */
function replacedInLines(value: Json, mark: string, expression: string, field: string, text: string): Json {
  if (Array.isArray(value)) {
    // What the kernel calls the path: it has no other form for $.
    if (value[0] === "sh" && value.length === 8) {
      return replaced(value.with(5, replaced(value[5]!, mark, field.replaceAll("\\044", () => "$"))), mark, text);
    }
    const isLine = value[0] === "etcha" && value[1] === "line";
    return isLine
      ? [
        ...replaced(value.slice(0, -2), mark, text),
        replaced(value.at(-2)!, mark, expression),
        replaced(value.at(-1)!, mark, field),
      ]
      : value.map((one) => replacedInLines(one, mark, expression, field, text));
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      // The id of the command shows the expression, unless it has been given another one.
      replacedInLines(one!, mark, expression, field, text),
    ]),
  );
}

/** Reads a command line as systemd.service(5) says: quotes, escapes, % and $ doubled. */
function systemdRead(line: string): readonly string[] {
  const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", "\\": "\\", '"': '"' };
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"(?: |$)/gs)].map(([, word]) =>
    word!.replaceAll(/\\x(..)|\\(.)|%%|\$\$|[%$]/gs, (all, code, letter) => {
      if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
      if (letter !== undefined) return escapes[letter] ?? fail(`\\${letter} is no escape`);
      return all.length === 2 ? all[0]! : fail(`${all} means something`);
    })
  );
}

function fail(message: string): never {
  throw new Error(message);
}
