import type { Argument, Flag } from "./command_line.ts";

/** What a subcommand for one kind of resource takes: its help, its command line and its words in a pattern are this. */
export interface ResourceRow {
  /** One line, for the list of subcommands. */
  readonly summary: string;
  readonly explanation: string;
  readonly example: { readonly line: string; readonly effect: string };
  readonly args: readonly [typeof ACTION, ...Argument[]];
  readonly flags: readonly Flag[];
}

export const ACTIONS = ["check", "change", "remove"] as const;

const ACTION = {
  name: "ACTION",
  doc: "say whether it is as wanted, make it so, or undo it",
  need: "required",
  choices: ACTIONS,
} as const satisfies Argument;

const GROUP = { short: "g", long: "group", value: "GROUP", doc: "group, by name or number" } as const satisfies Flag;
const OWNER = { short: "o", long: "owner", value: "OWNER", doc: "owner, by name or number" } as const satisfies Flag;
const MODE = {
  short: "p",
  long: "mode",
  value: "MODE",
  doc: "permissions in octal, such as 0644 or 4755",
} as const satisfies Flag;

const BEHIND_DASHES = "What begins with - and is no flag stands behind a word --.";
const PRIVATE = "Contents that not everybody may read are never shown.";

const SHA256 = {
  long: "sha256",
  value: "HEX",
  doc: "the SHA-256 that SRC must have; what has it already is not fetched",
} as const satisfies Flag;
const SRC = {
  name: "SRC",
  doc: "path or http(s) URL, perhaps with headers: https://host/path#Name:value",
  need: "required",
  completes: "files",
} as const satisfies Argument;

export const RESOURCE_TABLE = {
  archive: {
    summary: "Manage what an archive unpacks to",
    explanation:
      "Unpacks a tar, tar.gz or zip archive into the folder DST, which is made if it is not there. Nothing is " +
      "written when one of its names would lead out of DST. What a newer archive does not have is removed again. A file " +
      ".etcha-archive.json in DST remembers what was unpacked: check compares SRC with that, not the files. remove takes away " +
      `what was unpacked, and DST when it is empty then. ${BEHIND_DASHES}`,
    example: { line: "etcha archive change --strip 1 app-1.4.tar.gz /srv/app", effect: "without its top folder" },
    args: [ACTION, SRC, { name: "DST", doc: "the folder", need: "required", completes: "folders" }],
    flags: [
      GROUP,
      OWNER,
      SHA256,
      { long: "strip", value: "N", doc: "leave out the first N parts of every name" },
    ],
  },
  copy: {
    summary: "Manage a copy of a file or URL",
    explanation:
      "DST gets the contents of SRC, in one step. Owner, group and mode that are not given stay as they are; a new " +
      "file gets the permissions of a SRC on this machine. With --sha256 nothing else is ever written, and a DST that has it " +
      "is not compared. Without it a URL is asked whether it is newer than DST, which gets its time. With - as DST the contents " +
      `go to standard output. A link at DST is replaced by a file. remove removes DST. ${BEHIND_DASHES}`,
    example: { line: "etcha copy change https://example.com/motd /etc/motd", effect: "fetched if it differs" },
    args: [ACTION, SRC, {
      name: "DST",
      doc: "the file, or - for standard output",
      need: "required",
      completes: "files",
    }],
    flags: [GROUP, OWNER, MODE, SHA256],
  },
  dir: {
    summary: "Manage a folder",
    explanation:
      "change makes the folder, and sets owner, group and mode where they are given. A link or file at PATH is " +
      "an error. With -r they hold for all that lies below, too; there MODE gives the right to execute only to " +
      "folders and to what somebody may execute. Links are not followed. remove takes the folder away when it is empty, " +
      `with -r all that is in it as well. ${BEHIND_DASHES}`,
    example: { line: "etcha dir change -p 0750 -o www-data /srv/www", effect: "made, if it is not there" },
    args: [ACTION, { name: "PATH", doc: "the folder", need: "required", completes: "folders" }],
    flags: [
      GROUP,
      OWNER,
      MODE,
      { long: "parents", doc: "make the folders above it, too" },
      { short: "r", long: "recursive", doc: "all that is in it, too" },
    ],
  },
  file: {
    summary: "Manage a file",
    explanation:
      "check exits with 1 and says what differs. change replaces the file in one step, so that it is there whole " +
      "at any time. Owner, group and mode that are not given stay as they are. Without CONTENTS only they are looked " +
      "after, and an empty file is made where there is none. A link at PATH is replaced by a file; what it leads to is not " +
      `touched. A folder is an error. ${PRIVATE} ${BEHIND_DASHES}`,
    example: { line: "echo Welcome | etcha file change -p 0644 /etc/motd -", effect: "written if it differs" },
    args: [
      ACTION,
      { name: "PATH", doc: "the file", need: "required", completes: "files" },
      { name: "CONTENTS", doc: "all that is in it, or - for standard input", need: "optional" },
    ],
    flags: [GROUP, OWNER, MODE, { long: "base64", doc: "CONTENTS are in base64" }],
  },
  line: {
    summary: "Manage lines of a text file",
    explanation: "Every match of REGEX in every line is replaced by TEXT; when no line matches, and none is equal to " +
      "TEXT, TEXT is added as the last line. ${1} or ${NAME} in TEXT is what that group of REGEX has matched. To replace a " +
      "whole line let REGEX match all of it: '^#?Port .*'. A change that would never come to an end (yes by yes, please) " +
      "is refused. Line endings, owner, group and mode stay. With - as PATH standard input is edited to standard output. " +
      `remove deletes the lines that match, and those that are TEXT. ${BEHIND_DASHES}`,
    example: {
      line: "etcha line change /etc/ssh/sshd_config '^#?Port .*' 'Port 222'",
      effect: "one line of it, commented out or not",
    },
    args: [
      ACTION,
      { name: "PATH", doc: "the file, or - for standard input", need: "required", completes: "files" },
      { name: "REGEX", doc: "what to replace, in RE2 syntax", need: "required" },
      { name: "TEXT", doc: "what is to stand there", need: "optional" },
    ],
    flags: [
      { long: "create", doc: "make the file if there is none" },
      { long: "no-append", doc: "only replace: no match is no difference" },
    ],
  },
  link: {
    summary: "Manage a symbolic link",
    explanation:
      "DST becomes a link to SRC, which is taken as it is and need not exist. A link that leads elsewhere is " +
      "replaced in one step. A folder at DST is an error, and so is a file without --force. remove takes the link " +
      `away when it leads to SRC. ${BEHIND_DASHES}`,
    example: { line: "etcha link change /srv/app-1.4 /srv/app", effect: "/srv/app leads to /srv/app-1.4" },
    args: [
      ACTION,
      { name: "SRC", doc: "where the link leads", need: "required", completes: "files" },
      { name: "DST", doc: "path of the link", need: "required", completes: "files" },
    ],
    flags: [{ long: "force", doc: "replace a file at DST" }],
  },
  template: {
    summary: "Manage a file made from a template",
    explanation:
      "DST gets the text of SRC, with {{ NAME }} replaced by a value: JSON is an object of values, NAME is a key, or " +
      "keys with dots between. A value that is missing, or no text, number or boolean, is an error. There is " +
      "nothing else: what has to be decided is decided by the pattern. --delimiter says what stands around names instead. " +
      `All else is as with file. ${PRIVATE} ${BEHIND_DASHES}`,
    example: {
      line: `etcha template change motd.txt /etc/motd '{"name":"web1"}'`,
      effect: "Welcome to {{ name }}",
    },
    args: [
      ACTION,
      SRC,
      { name: "DST", doc: "the file", need: "required", completes: "files" },
      { name: "JSON", doc: "the values, or - for standard input", need: "optional" },
    ],
    flags: [
      GROUP,
      OWNER,
      MODE,
      { long: "delimiter", value: "PAIR", doc: "what stands around a name, with a blank between (default: '{{ }}')" },
    ],
  },
} as const satisfies Readonly<Record<string, ResourceRow>>;
