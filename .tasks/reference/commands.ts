/** docs/reference/commands.md: the command line, from the tables of subcommands. */
import { SUBCOMMANDS } from "../../src/cli/commands.ts";
import { GLOBAL_FLAGS } from "../../src/cli/flags.ts";
import type { Subcommand } from "../../src/cli/subcommand.ts";
import type { Argument, Flag } from "../../src/domain/command_line.ts";
import { code, head, page, plain, table } from "./markdown.ts";

const ABOUT =
  `\`etcha [FLAGS] COMMAND …\`. Flags of the program stand before the command; \`--help\` works everywhere. Results go to
standard output, messages to standard error. [Exit codes](../exit-codes.md), [results as JSON](../json.md).`;

export function commandsPage(): string {
  const shown = SUBCOMMANDS.filter(({ isHidden }) => isHidden !== true);
  return page([
    head("Command line", ABOUT),
    flagTable(GLOBAL_FLAGS),
    table(["command", ""], shown.map(({ name, summary }) => [`[\`${name}\`](#${name})`, plain(summary)])),
    ...shown.flatMap(section),
  ]);
}

function section(subcommand: Subcommand): readonly string[] {
  const { name, alias, summary, explanation, example, args, flags } = subcommand;
  const words = ["etcha", name, ...(flags.length > 0 ? ["[FLAGS]"] : []), ...args.map(term)];
  return [
    `## ${name}`,
    `${plain(summary)}.${alias === undefined ? "" : ` Also ${code(alias)}.`}`,
    code(words.join(" ")),
    ...(explanation === undefined ? [] : [plain(explanation)]),
    ...(args.length === 0 ? [] : [argumentTable(args)]),
    ...(flags.length === 0 ? [] : [flagTable(flags)]),
    `Example – ${plain(example.effect)}: ${code(example.line)}`,
  ];
}

function term({ name, need }: Argument): string {
  return need === "required" ? name : need === "optional" ? `[${name}]` : `[${name}…]`;
}

function argumentTable(args: readonly Argument[]): string {
  return table(["argument", "meaning"], args.map(({ name, doc, choices }) => [code(name), meaning(doc, choices)]));
}

function flagTable(flags: readonly Flag[]): string {
  const names = ({ short, long, value }: Flag) =>
    code(
      [...(short === undefined ? [] : [`-${short}`]), `--${long}`].join(", ") +
        (value === undefined ? "" : ` ${value}`),
    );
  return table(["flag", "meaning"], flags.map((flag) => [names(flag), meaning(flag.doc, flag.choices)]));
}

function meaning(doc: string, choices: readonly string[] | undefined): string {
  return choices === undefined ? plain(doc) : `${plain(doc)}: ${choices.map(code).join(", ")}`;
}
