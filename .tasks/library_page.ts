/** docs/library.md, from what the comments of the library say. */
import type { Block, LibraryFile, Parameter } from "./library_comments.ts";

const HEAD = `# The library

\`etcha init\` writes these Jsonnet functions to \`lib/etcha\`, one a file. Each gives a command, or a list of commands, with
\`check\`, \`change\` and \`remove\`, to be put into \`run\` or \`build\` of a pattern (lists may be nested):

\`\`\`jsonnet
local apt = import '../lib/etcha/apt.libsonnet';
local file = import '../lib/etcha/file.libsonnet';
local service = import '../lib/etcha/service.libsonnet';

{
  run: [
    apt('chrony'),
    file('/etc/chrony/conf.d/local.conf', 'server ntp.example.com iburst\\n', options={ onChange: ['service chrony'] }),
    service('chrony'),
  ],
}
\`\`\`

- **Arguments** are checked when the pattern is rendered; what is wrong is named, with what was expected. Give all but the
  first one or two by name. *path* is an absolute path; *line* a text of one line; *id* a user or group, by name or number;
  *mode* octal digits in quotes.
- **Nothing that you pass is read by a shell.** The commands are lists of words, and where a shell is needed at all, it runs
  a text that is always the same and gets your values as arguments. Only what a function says is a text for a shell
  (\`command\` of \`cron\`) is one. \`quote\` is for shell texts of your own.
- **\`options\`** are further properties of the commands: \`onChange\`, \`onFail\`, \`onRemove\`, \`exec\`, \`retries\`,
  \`timeout\` … and \`id\` where there is one command. Where there are several, each gets them, and what they trigger is added
  to what they trigger among themselves.
- **Removal** undoes what was made here and nothing else. What can't be told apart later (a package, a user, a service that
  was there before) is noted when it is made, in files below \`/var/lib/etcha/made\`; what was there before stays. So
  \`etcha test\` reports such a command as not undone on a machine that had the thing already.
- **What is needed** on a host is named by each function; scripts need a POSIX \`sh\` and the usual small programs, those of
  BusyBox included. \`file\`, \`dir\`, \`line\`, \`symlink\` and \`copy\` need nothing but Etcha.
`;

export function libraryPage(files: readonly LibraryFile[]): string {
  const functions = files.filter(({ kind }) => kind === "function");
  const parts = files.filter(({ kind }) => kind === "part");
  const native = files.filter(({ kind }) => kind === "object");
  const contents = functions.map(({ name, about }) =>
    `- [\`${name}\`](#${name.toLowerCase()}): ${firstSentence(about)}`
  );
  return [
    HEAD,
    "## Functions\n",
    `${contents.join("\n")}\n`,
    ...functions.map(section),
    "## native\n",
    ...native.map((file) => `${file.about.map(block).join("\n\n")}\n`),
    "Each function is described in [native functions](reference/natives.md).\n",
    "## What they are made of\n",
    "For functions of your own:\n",
    ...parts.map(section),
  ].join("\n");
}

function section({ name, about, parameters, returns }: LibraryFile): string {
  const table = parameters.length === 0
    ? []
    : [["| parameter | default | type | meaning |", "| --- | --- | --- | --- |", ...parameters.map(row)].join("\n")];
  return `### ${name}\n\n${[...about.map(block), ...table, ...returns.map(block)].join("\n\n")}\n`;
}

function row({ name, byDefault, type, meaning }: Parameter): string {
  const given = byDefault === undefined ? "" : `\`${byDefault}\``;
  return `| \`${name}\` | ${given} | ${cell(type)} | ${cell(meaning)} |`;
}

function cell(text: string): string {
  return marked(text).replaceAll("|", "\\|");
}

function block({ kind, text }: Block): string {
  if (kind !== "example") return marked(text);
  return `\`\`\`${/^(local|\{) /.test(text) ? "jsonnet" : "text"}\n${text}\n\`\`\``;
}

/** What stands in the source's plain text and would mean something in Markdown. */
function marked(text: string): string {
  return text.split("`").map((part, i) => i % 2 === 1 ? part : part.replaceAll(/[*_<]/g, "\\$&")).join("`");
}

function firstSentence(about: readonly Block[]): string {
  const [first] = about;
  return marked(/^.*?[.:](?=\s|$)/.exec(first?.text ?? "")?.[0].replace(/:$/, ".") ?? "");
}
