/** Manual pages, from the tables that the help is made of. In roff, as man(7) describes it. */
import { SUBCOMMANDS } from "../src/cli/commands.ts";
import { GLOBAL_FLAGS } from "../src/cli/flags.ts";
import type { Subcommand } from "../src/cli/subcommand.ts";
import type { Argument, Flag } from "../src/domain/command_line.ts";

interface Edition {
  readonly version: string;
  readonly date: Date;
}

/** File name to text: `etcha.1`, and one for each subcommand. */
export function manPages(edition: Edition): ReadonlyMap<string, string> {
  const shown = SUBCOMMANDS.filter(({ isHidden }) => !isHidden);
  return new Map([
    ["etcha.1", overview(shown, edition)],
    ...shown.map((one) => [`etcha-${one.name}.1`, pageOf(one, edition)] as const),
  ]);
}

function overview(subcommands: readonly Subcommand[], edition: Edition): string {
  return page("etcha", "keep hosts the way you describe them", edition, [
    section("SYNOPSIS", `.B etcha\n[\\fIFLAGS\\fR] \\fICOMMAND\\fR ...`),
    section(
      "DESCRIPTION",
      plain(
        "Brings hosts into the shape that patterns describe, and undoes what left them. A pattern is a Jsonnet program that " +
          "renders to commands; it is signed, and pushed to hosts or pulled by them. One program is both the command line " +
          "and the agent on a host (etcha run).",
      ),
    ),
    section("FLAGS", GLOBAL_FLAGS.map(flagText).join("\n")),
    section(
      "COMMANDS",
      subcommands.map(({ name, summary }) => entry(`\\fBetcha\\-${escaped(name)}\\fR(1)`, summary)).join("\n"),
    ),
    section(
      "EXIT STATUS",
      ["0: done", "1: failed", "2: asked for in a wrong way", "130: ended by a signal"].map((line) => {
        const [code = "", meaning = ""] = line.split(": ");
        return entry(code, meaning);
      }).join("\n"),
    ),
    section(
      "FILES",
      [
        entry("\\fIetcha.jsonnet\\fR", "configuration, in the current folder or above it"),
        entry("\\fI/etc/etcha/etcha.jsonnet\\fR", "configuration of the agent as a service"),
        entry("\\fI/var/lib/etcha\\fR", "what that agent remembers"),
      ].join("\n"),
    ),
  ]);
}

function pageOf({ name, summary, explanation, example, args, flags }: Subcommand, edition: Edition): string {
  const words = args.map(wordOf).join(" ");
  const hasFlags = flags.length > 0 ? "[\\fIFLAGS\\fR] " : "";
  return page(`etcha-${name}`, summary, edition, [
    section("SYNOPSIS", `.B etcha ${escaped(name)}\n${hasFlags}${words}`.trimEnd()),
    section("DESCRIPTION", plain(`${summary}. ${explanation ?? ""}`.trim())),
    ...(args.length === 0 ? [] : [section("ARGUMENTS", args.map(argumentText).join("\n"))]),
    ...(flags.length === 0 ? [] : [section("FLAGS", flags.map(flagText).join("\n"))]),
    section("EXAMPLE", `${plain(`${example.effect}:`)}\n.PP\n.nf\n.RS\n${plain(example.line)}\n.RE\n.fi`),
    section("SEE ALSO", "\\fBetcha\\fR(1)"),
  ]);
}

function wordOf({ name, need }: Argument): string {
  const word = `\\fI${name}\\fR`;
  return need === "required" ? word : need === "optional" ? `[${word}]` : `[${word}] ...`;
}

function page(name: string, summary: string, { version, date }: Edition, sections: readonly string[]): string {
  const day = date.toISOString().slice(0, 10);
  const head = `.TH ${name.toUpperCase()} 1 "${day}" "etcha ${version}" "User Commands"`;
  return `${[head, section("NAME", `${escaped(name)} \\- ${plain(summary)}`), ...sections].join("\n")}\n`;
}

function section(title: string, text: string): string {
  return `.SH ${title}\n${text}`;
}

function entry(term: string, text: string): string {
  return `.TP\n${term}\n${plain(text)}`;
}

function flagText({ short, long, value, choices, doc }: Flag): string {
  const names = [...(short === undefined ? [] : [`-${short}`]), `--${long}`].map((one) => `\\fB${escaped(one)}\\fR`);
  const term = names.join(", ") + (value === undefined ? "" : ` \\fI${escaped(value)}\\fR`);
  return entry(term, withChoices(doc, choices));
}

function argumentText({ name, doc, choices }: Argument): string {
  return entry(`\\fI${name}\\fR`, withChoices(doc, choices));
}

function withChoices(doc: string, choices: readonly string[] | undefined): string {
  return choices === undefined ? doc : `${doc}: ${choices.join(", ")}`;
}

/** A line that begins with a dot or an apostrophe would be a request. */
function plain(text: string): string {
  return escaped(text).replace(/^[.']/gm, "\\&$&");
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("…", "...");
}
