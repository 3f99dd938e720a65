/**
 * Texts that would do harm if anything read them – some make a file `canary` in the working directory –, and which parameters of the library may be given them. */
import * as fc from "fast-check";
import type { JsonObject } from "../../src/domain/json.ts";

const PIECES = [
  ...[
    "a",
    " ",
    "'",
    '"',
    "\\",
    "-rf",
    "--",
    "ü",
    "😀",
    "%s",
    "%",
    "*",
    "?",
    "[a]",
    "#",
    "~",
    "!",
    "&",
    "|",
    "<",
    ">",
    "=",
    "$",
  ],
  ...[
    "${HOME}",
    "$1",
    "$(touch canary)",
    "`touch canary`",
    ";touch canary;",
    "&& touch canary #",
    "{x,y}",
    "\\'",
    "$'\\n'",
  ],
];
const LINE_ENDS = ["\n", "\ntouch canary\n", "\t", "\r", "\u0001"];

const joined = (pieces: readonly string[]) =>
  fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 5 }).map((parts) => parts.join(""));

/** Kinds of texts, as parameters have them. */
const KINDS = {
  text: joined([...PIECES, ...LINE_ENDS]),
  line: joined(PIECES),
  /** The name of a file. */
  file: joined([...PIECES, ...LINE_ENDS]).filter((name) => !/[/]|^\.{1,2}$/.test(name)),
  /** A user or group. */
  name: joined(PIECES.filter((piece) => !/[\s:/,~]/.test(piece))).filter((name) =>
    !/^[-~]|^\d+$|^\.{1,2}$/.test(name) && [...name].length <= 32
  ),
  /** A field of a file whose fields end with colons. */
  field: joined(PIECES.filter((piece) => !piece.includes(":"))),
  word: joined(PIECES.filter((piece) => !/\s/.test(piece))),
} as const;

/**
 * Which parameters of a function take texts that the library does not look into, and what kind; the rest is the same in
 * every call. `«»` in an argument is where the text stands.
 */
interface Place {
  readonly kind: keyof typeof KINDS;
  readonly argument: unknown;
}

const path = (folder = "/srv"): Place => ({ kind: "file", argument: `${folder}/«»` });
const place = (kind: Place["kind"], argument: unknown = "«»"): Place => ({ kind, argument });

export interface HostileCall {
  readonly function: string;
  readonly same: JsonObject;
  readonly places: Readonly<Record<string, Place>>;
}

const HASH = "5d41402abc4b2a76b9719d911017c592ae3f7c11";
const SUM = "9".repeat(64);
const KEY = "-----BEGIN PGP PUBLIC KEY BLOCK-----";

export const CALLS: readonly HostileCall[] = [
  {
    function: "template",
    same: { source: "/srv/template" },
    places: { path: path(), values: place("text", { a: "«»" }), owner: place("name"), group: place("name") },
  },
  {
    function: "archive",
    same: { sha256: SUM },
    places: { path: path(), source: place("line", "/srv/«»"), owner: place("name") },
  },
  { function: "file", same: { mode: "0644" }, places: { path: path(), contents: place("text"), owner: place("name") } },
  { function: "dir", same: { mode: "0755" }, places: { path: path(), owner: place("name"), group: place("name") } },
  { function: "symlink", same: {}, places: { path: path(), target: place("line") } },
  { function: "line", same: {}, places: { path: path(), match: place("line"), text: place("line") } },
  {
    function: "copy",
    same: { sha256: SUM },
    places: { path: path(), source: place("line", "/srv/«»"), group: place("name") },
  },
  { function: "tool", same: { name: "x", sha256: SUM, url: "https://example.com/x" }, places: { dir: path() } },
  { function: "etchaInstall", same: { sha256: SUM, url: "https://example.com/x" }, places: { dir: path() } },
  { function: "rotInstall", same: { sha256: SUM, url: "https://example.com/x" }, places: { dir: path() } },
  { function: "etchaService", same: {}, places: { config: place("text", { vars: { a: "«»" } }) } },
  { function: "apt", same: { packages: "nginx" }, places: { release: place("line") } },
  {
    function: "aptKey",
    same: { name: "a" },
    places: { key: place("text", `${KEY}«»`), uris: place("word", ["«»"]), suites: place("word", "x«»") },
  },
  {
    function: "pip",
    same: { packages: ["a==1"] },
    places: { venv: path(), python: place("line"), index: place("line") },
  },
  {
    function: "user",
    same: { uid: 2000, root: "/srv" },
    places: {
      name: place("name", "a«»"),
      group: place("name"),
      groups: place("name", ["adm", "«»"]),
      comment: place("field"),
      home: { kind: "field", argument: "/home/«»" },
      shell: { kind: "field", argument: "/bin/«»" },
    },
  },
  { function: "group", same: { gid: 2000 }, places: { name: place("name"), root: path() } },
  {
    function: "authorizedKeys",
    same: {},
    places: { user: place("name", "a«»"), keys: place("line", ["ssh-ed25519 «»"]), home: path() },
  },
  { function: "systemdUnit", same: { name: "a.service" }, places: { contents: place("text"), dir: path() } },
  {
    function: "systemdNetwork",
    same: { name: "a.network" },
    places: { contents: place("text"), dir: path(), group: place("name") },
  },
  {
    function: "systemdTimer",
    same: { name: "a", command: ["/bin/true"] },
    places: { schedule: place("line", "a«»a"), user: place("line", "a«»a") },
  },
  { function: "cron", same: { name: "a", schedule: "@daily", command: "true" }, places: { user: place("name") } },
  { function: "sysctl", same: { name: "a" }, places: { settings: place("line", { "a.b": "x«»x" }) } },
  {
    function: "mount",
    same: { type: "tmpfs", device: "tmpfs" },
    places: { path: { kind: "line", argument: "/srv/a«»a" } },
  },
  { function: "git", same: { revision: HASH }, places: { path: path(), url: place("line", "a«»") } },
  { function: "nftables", same: { name: "a" }, places: { contents: place("text") } },
  { function: "firewall", same: {}, places: { extra: place("text", "a«»") } },
];

/** One text for every place of a call. */
export function hostileTexts({ places }: HostileCall): fc.Arbitrary<Readonly<Record<string, string>>> {
  return fc.record(Object.fromEntries(Object.entries(places).map(([name, { kind }]) => [name, KINDS[kind]])));
}

/** Harmless texts, none within another or anything else. */
export function harmlessTexts({ places }: HostileCall): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(places).map((name, i) => [name, `harmless${i}harmless`]));
}

/** The arguments with these texts in their places. */
export function argumentsWith(call: HostileCall, texts: Readonly<Record<string, string>>): JsonObject {
  const given = Object.entries(call.places).map((
    [name, { argument }],
  ) => [name, replaced(argument, "«»", texts[name]!)]);
  return { ...call.same, ...Object.fromEntries(given) };
}

/** `text` instead of `mark` in every text of a value, but not in the names of properties. */
export function replaced<T>(value: T, mark: string, text: string): T {
  if (typeof value === "string") return value.replaceAll(mark, () => text) as T;
  if (Array.isArray(value)) return value.map((one) => replaced(one, mark, text)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, replaced(one, mark, text)])) as T;
}
