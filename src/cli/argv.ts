import { Argument as CommandArgument, Command, CommanderError, Option } from "commander";
import type { Argument, Flag, Given } from "../domain/command_line.ts";
import { bad, ok, type Problem, type Result } from "../domain/problem.ts";
import { suggest } from "../domain/suggest.ts";
import { SUBCOMMANDS } from "./commands.ts";
import { GLOBAL_FLAGS } from "./flags.ts";
import type { Subcommand, Task } from "./subcommand.ts";

/** The flags before the subcommand, as they were given. */
export interface Globals {
  readonly configPath?: string;
  readonly allowsExternal: boolean;
  readonly logFormat?: string;
  readonly logLevel?: string;
  readonly noColor: boolean;
  readonly assignments: readonly string[];
}

/** What a command line asks for. */
export type Request =
  | { readonly kind: "task"; readonly globals: Globals; readonly task: Task }
  | { readonly kind: "help"; readonly text: string };

/**
 * Understands a command line. `columns` is the width for help. Problems `usage-…`: an unknown subcommand, flag or
 * argument, a missing one, or what the subcommand's own check says; each with a suggestion or where to read on.
 */
export function parseArgv(argv: readonly string[], columns: number): Result<Request> {
  const taken: { prepared?: Result<Task> } = {};
  const printed: string[] = [];
  const program = describeProgram(columns, (text) => printed.push(text));
  for (const subcommand of SUBCOMMANDS) {
    const command = describe(program, subcommand);
    command.action(() => {
      taken.prepared = subcommand.prepare(givenTo(command, subcommand.flags, command.args));
    });
  }
  try {
    if (argv.length === 0) return bad(usage("usage-no-command", "no command was given", "see etcha --help"));
    program.parse(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code !== "commander.version") {
      const [first, second] = program.args;
      // The library has no help for help.
      if (first === "help" && (second === "help" || second?.startsWith("-"))) {
        program.outputHelp();
        return ok({ kind: "help", text: printed.join("") });
      }
      const unknown = unknownName(program.args);
      if (error.code.startsWith("commander.help") && unknown !== undefined) return bad(unknownCommand(unknown));
      if (error.exitCode === 0) return ok({ kind: "help", text: printed.join("") });
      return bad(problemOf(error, program));
    }
    const version = subcommandNamed("version");
    if (version !== undefined) taken.prepared = version.prepare(NOTHING_GIVEN);
  }
  if (taken.prepared === undefined) throw new Error("a command line was parsed, but no subcommand was chosen");
  if (!taken.prepared.ok) return taken.prepared;
  return ok({ kind: "task", globals: globalsOf(givenTo(program, GLOBAL_FLAGS, [])), task: taken.prepared.value });
}

function describeProgram(columns: number, print: (text: string) => void): Command {
  const program = new Command("etcha")
    .description("Bring hosts into the shape that patterns describe, and undo what left them.")
    .usage("[FLAGS] COMMAND …")
    .helpOption("--help", "show help; etcha COMMAND --help tells more")
    .helpCommand("help [COMMAND]", "Show help, the same as --help")
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: print,
      // Errors are told by the problem that the exception becomes.
      writeErr: () => {},
      getOutHelpWidth: () => columns,
      getOutHasColors: () => false,
    })
    .configureHelp({
      subcommandTerm: (command) => [command.name(), ...command.registeredArguments.map(argumentTerm)].join(" "),
      optionDescription: (option) => withChoices(option.description, option.argChoices),
      argumentDescription: (argument) => withChoices(argument.description, argument.argChoices),
      styleTitle: (title) => title.replace("Options", "Flags"),
    });
  for (const flag of GLOBAL_FLAGS) program.addOption(optionOf(flag));
  // Only recognised here: the subcommand prints it.
  program.version("", "--version", "the same as etcha version");
  program.addHelpText(
    "after",
    "\nExample (begin in the current folder):\n  $ etcha init .\n" +
      "\nExit codes: 0 done, 1 failed, 2 asked for in a wrong way, 130 ended by a signal.",
  );
  return program;
}

function describe(program: Command, subcommand: Subcommand): Command {
  const command = program.command(subcommand.name, { hidden: subcommand.isHidden === true })
    .summary(subcommand.summary)
    .description([`${subcommand.summary}.`, subcommand.explanation].filter((text) => text !== undefined).join("\n\n"))
    .usage(
      [...(subcommand.flags.length > 0 ? ["[FLAGS]"] : []), ...subcommand.args.map(termOf)].join(" ").replace(
        "...",
        "…",
      ),
    )
    .helpOption("--help", "show this help");
  if (subcommand.alias !== undefined) command.alias(subcommand.alias);
  for (const argument of subcommand.args) {
    const described = new CommandArgument(termOf(argument), argument.doc);
    command.addArgument(argument.choices === undefined ? described : described.choices(argument.choices));
  }
  for (const flag of subcommand.flags) command.addOption(optionOf(flag));
  const { line, effect } = subcommand.example;
  return command.addHelpText("after", `\nExample (${effect}):\n  $ ${line}`);
}

function termOf({ name, need }: Argument): string {
  return need === "required" ? `<${name}>` : need === "optional" ? `[${name}]` : `[${name}...]`;
}

function withChoices(doc: string, choices: readonly string[] | undefined): string {
  return choices === undefined ? doc : `${doc}: ${choices.join(", ")}`;
}

function argumentTerm(argument: { name(): string; readonly required: boolean; readonly variadic: boolean }): string {
  const name = argument.variadic ? `${argument.name()}…` : argument.name();
  return argument.required ? name : `[${name}]`;
}

function optionOf({ short, long, value, choices, doc, isRepeated }: Flag): Option {
  const names = [...(short === undefined ? [] : [`-${short}`]), `--${long}`].join(", ");
  const option = new Option(value === undefined ? names : `${names} <${value}>`, doc);
  if (choices !== undefined) option.choices(choices);
  return isRepeated ? option.argParser((one, before: readonly string[] = []) => [...before, one]) : option;
}

function givenTo(command: Command, flags: readonly Flag[], words: readonly string[]): Given {
  const found = new Map<string, string | readonly string[]>();
  for (const { long } of flags) {
    const option = command.options.find((one) => one.long === `--${long}`);
    if (option === undefined) throw new Error(`the flag --${long} was not described`);
    const value: unknown = command.getOptionValue(option.attributeName());
    if (typeof value === "string") found.set(long, value);
    else if (Array.isArray(value)) found.set(long, value.map(String));
    // A flag that begins with no- is given when its value is false.
    else if (value === !option.negate) found.set(long, []);
  }
  return {
    words,
    has: (long) => found.has(long),
    value: (long) => {
      const value = found.get(long);
      return typeof value === "string" ? value : undefined;
    },
    values: (long) => {
      const value = found.get(long) ?? [];
      return typeof value === "string" ? [value] : value;
    },
  };
}

const NOTHING_GIVEN: Given = { words: [], has: () => false, value: () => undefined, values: () => [] };

function globalsOf(given: Given): Globals {
  const [configPath, logFormat, logLevel] = [
    given.value("config"),
    given.value("log-format"),
    given.value("log-level"),
  ];
  return {
    ...(configPath !== undefined && { configPath }),
    ...(logFormat !== undefined && { logFormat }),
    ...(logLevel !== undefined && { logLevel }),
    allowsExternal: !given.has("disable-external"),
    noColor: given.has("no-color"),
    assignments: given.values("set"),
  };
}

/** Codes of the errors whose text repeats a word of the command line. */
const QUOTING = ["commander.unknownCommand", "commander.unknownOption", "commander.excessArguments"];

function problemOf(error: CommanderError, program: Command): Problem {
  if (error.code === "commander.help") return usage("usage-no-command", "no command was given", "see etcha --help");
  const name = program.args[0];
  const code = error.code.replace("commander.", "").replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const [text = "", suggestion] = error.message.replace(/^error: /, "").split("\n");
  const shown = QUOTING.includes(error.code) ? withoutSecrets(text) : text;
  const subcommand = name === undefined ? undefined : subcommandNamed(name);
  const words = program.commands.find((one) => one.name() === subcommand?.name)?.args ?? [];
  const misplaced = subcommand === undefined ? undefined : misplacedFlag(text, subcommand, words);
  const near = /Did you mean (.*)\?/.exec(suggestion ?? "")?.[1];
  const hint = misplaced ??
    (near !== undefined
      ? `did you mean ${near}?`
      : `see etcha ${subcommand === undefined ? "" : `${subcommand.name} `}--help`);
  return usage(`usage-${code}`, shown.replace(/\boption\b/, "flag"), hint);
}

/** `words`: what was given to the subcommand, those before the first flag that it does not know in their order. */
function misplacedFlag(text: string, { name, args }: Subcommand, words: readonly string[]): string | undefined {
  const given = /^unknown option '([^']+)'/.exec(text)?.[1];
  if (given !== undefined && args.at(-1)?.need === "any-number" && words.indexOf(given) >= args.length) {
    const before = args.slice(0, -1).map((argument) => argument.name).join(" ");
    return `a flag of the command that is to run? quote it all, or put -- before it: etcha ${name} ${before} -- ls -l`;
  }
  const isGlobal = GLOBAL_FLAGS.some(({ short, long }) => given === `-${short}` || given === `--${long}`);
  return isGlobal ? `flags for all commands stand before the command: etcha ${given} … ${name}` : undefined;
}

/** The word that should name a subcommand, when none is called so. */
function unknownName([first, second]: readonly string[]): string | undefined {
  const name = first === "help" ? second : first;
  return name === undefined || name.startsWith("-") || subcommandNamed(name) !== undefined ? undefined : name;
}

function unknownCommand(name: string): Problem {
  const near = suggest(name, SUBCOMMANDS.filter(({ isHidden }) => !isHidden).map((one) => one.name));
  const hint = near === undefined ? "see etcha --help" : `did you mean ${near}?`;
  return usage("usage-unknown-command", withoutSecrets(`unknown command '${name}'`), hint);
}

function subcommandNamed(name: string): Subcommand | undefined {
  return SUBCOMMANDS.find((one) => one.name === name || one.alias === name);
}

function usage(code: string, found: string, hint: string): Problem {
  return { code, attempted: "", found, hint };
}

/** A word that was not expected may be a setting that lacks its flag: what it sets, or a key, is not shown. */
function withoutSecrets(text: string): string {
  return text.replace(/(private:)[^\s']+/g, "$1***").replace(/=[^\s']+/g, "=***");
}
