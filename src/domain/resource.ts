import { type Given, readWords } from "./command_line.ts";
import { bad, ok, type Problem, type Result } from "./problem.ts";
import { parseRegexp, type ReplacingRegexp } from "./regexp.ts";
import { ACTIONS, RESOURCE_TABLE } from "./resource_table.ts";
import type { Delimiter } from "./template.ts";

/** Something on a machine that is looked after without a shell: what it should be, and what is to be done about it. */
export type Resource =
  | ArchiveResource
  | CopyResource
  | DirResource
  | FileResource
  | LineResource
  | LinkResource
  | TemplateResource;

export type ResourceKind = Resource["kind"];

/** `check` says whether it is as wanted, `change` makes it so, `remove` undoes it. */
export type Action = (typeof ACTIONS)[number];

/** Who a path belongs to and who may do what; what is absent is left as it is. */
export interface Attributes {
  /** Names or numbers. */
  readonly owner?: string;
  readonly group?: string;
  /** Permission bits, 0o7777. */
  readonly mode?: number;
}

export interface FileResource extends Attributes {
  readonly kind: "file";
  readonly action: Action;
  readonly path: string;
  /** Absent: whatever is in it will do. */
  readonly contents?: Contents;
}

export interface CopyResource extends Attributes {
  readonly kind: "copy";
  readonly action: Action;
  /** Path, or URL with the syntax of `parseLocation`. */
  readonly from: string;
  /** `-`: to standard output. */
  readonly path: string;
  /** In lower case. */
  readonly sha256?: string;
}

export interface TemplateResource extends Attributes {
  readonly kind: "template";
  readonly action: Action;
  readonly from: string;
  readonly path: string;
  /** JSON, or where it comes from. */
  readonly values: { readonly json: string } | "stdin";
  readonly delimiter: Delimiter;
}

export interface ArchiveResource extends Omit<Attributes, "mode"> {
  readonly kind: "archive";
  readonly action: Action;
  readonly from: string;
  /** The folder that it is unpacked into. */
  readonly path: string;
  readonly sha256?: string;
  /** So many parts of every name are left out. */
  readonly strip: number;
}

/** Bytes, or standard input, perhaps in base64. */
export type Contents =
  | { readonly from: "argument"; readonly bytes: Uint8Array }
  | { readonly from: "stdin"; readonly encoding: "plain" | "base64" };

export interface DirResource extends Attributes {
  readonly kind: "dir";
  readonly action: Action;
  readonly path: string;
  readonly makesParents: boolean;
  /** Whether it is about all that lies below, too. */
  readonly recursive: boolean;
}

export interface LineResource {
  readonly kind: "line";
  readonly action: Action;
  /** `-`: from standard input to standard output. */
  readonly path: string;
  readonly regexp: ReplacingRegexp;
  /** Always there but for `remove`. */
  readonly text?: Replacement;
  readonly whenNoMatch: "append" | "keep";
  readonly whenNoFile: "create" | "fail";
}

/** A text with references to groups of an expression, by number. */
export type Replacement = readonly (string | { readonly group: number })[];

export interface LinkResource {
  readonly kind: "link";
  readonly action: Action;
  /** What the link says: taken as it is, not resolved. */
  readonly target: string;
  readonly path: string;
  readonly replacesFile: boolean;
}

/**
 * Reads the words of a command: `etcha file change /etc/motd …`. Undefined when they are not about a resource; a problem
 * when they are, and are wrong.
 */
export function parseResource(words: readonly string[]): Result<Resource> | undefined {
  if (words[0] !== "etcha") return undefined;
  const known = read.get(words);
  if (known !== undefined) return known;
  const resource = readResource(words);
  if (resource !== undefined) read.set(words, resource);
  return resource;
}

/**
 * What words were found to say: an agent asks again at every turn, of the same lists, and compiling the expression of a
 * line costs as much as checking the line does.
 */
const read = new WeakMap<readonly string[], Result<Resource>>();

function readResource(words: readonly string[]): Result<Resource> | undefined {
  const [, kind = "", ...rest] = words;
  if (!isResourceKind(kind)) return undefined;
  const given = readWords(rest, RESOURCE_TABLE[kind]);
  const resource = given.ok ? resourceOf(kind, given.value) : given;
  if (resource.ok) return resource;
  return bad(...resource.problems.map((problem) => ({ ...problem, attempted: `read etcha ${kind}` })));
}

/** What was given for the subcommand of that name. */
export function resourceOf(kind: ResourceKind, given: Given): Result<Resource> {
  if (given.words.some((word) => word.includes("\0")) || given.values("mode").some((word) => word.includes("\0"))) {
    return bad(wrong("an argument has a NUL in it"));
  }
  return READERS[kind](given);
}

/** Subcommand and what says which thing it is about, as text: two of the same identity are about the same one. */
export function resourceIdentity(resource: Resource): string {
  const names = resource.kind === "line" ? [resource.path, resource.regexp.source] : [resource.path];
  return [resource.kind, ...names.map((name) => JSON.stringify(name))].join(" ");
}

/** Whether standard input is part of what is wanted. */
export function readsStdin(resource: Resource): boolean {
  if (resource.action === "remove" && resource.kind !== "line") return false;
  switch (resource.kind) {
    case "file":
      return resource.contents?.from === "stdin";
    case "line":
      return resource.path === "-";
    case "template":
      return resource.values === "stdin";
    default:
      return false;
  }
}

function isResourceKind(text: string): text is ResourceKind {
  return Object.hasOwn(RESOURCE_TABLE, text);
}

const READERS: { readonly [K in ResourceKind]: (given: Given) => Result<Resource> } = {
  archive: readArchive,
  copy: readCopy,
  template: readTemplate,
  file: readFile,
  dir: readDir,
  line: readLine,
  link: readLink,
};

function readFile(given: Given): Result<FileResource> {
  const [, path = "", text] = given.words;
  const attributes = readAttributes(given);
  if (!attributes.ok) return attributes;
  const encoding = given.has("base64") ? "base64" : "plain";
  const contents = text === undefined ? ok(undefined) : readContents(text, encoding);
  if (!contents.ok) return contents;
  return about(path, {
    kind: "file",
    action: actionOf(given),
    path,
    ...(contents.value !== undefined && { contents: contents.value }),
    ...attributes.value,
  });
}

function readContents(text: string, encoding: "plain" | "base64"): Result<Contents> {
  if (text === "-") return ok({ from: "stdin", encoding });
  const bytes = encoding === "base64" ? fromBase64(text) : new TextEncoder().encode(text);
  return bytes === undefined ? bad(wrong("CONTENTS are not in base64")) : ok({ from: "argument", bytes });
}

/** Standard base64, perhaps in lines. */
export function fromBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function readDir(given: Given): Result<DirResource> {
  const [, path = ""] = given.words;
  const attributes = readAttributes(given);
  if (!attributes.ok) return attributes;
  return about(path, {
    kind: "dir",
    action: actionOf(given),
    path,
    makesParents: given.has("parents"),
    recursive: given.has("recursive"),
    ...attributes.value,
  });
}

function readLine(given: Given): Result<LineResource> {
  const [, path = "", expression = "", text] = given.words;
  const action = actionOf(given);
  const parsed = parseRegexp(expression);
  if (!parsed.ok) return bad(wrong(`REGEX is no regular expression: ${parsed.reason}`));
  if (text === undefined && action !== "remove") return bad(wrong(`missing required argument 'TEXT'`));
  if (text !== undefined && /[\n\r]/.test(text)) return bad(wrong("TEXT must be one line"));
  const replacement = text === undefined ? ok(undefined) : readReplacement(text, parsed.regexp);
  if (!replacement.ok) return replacement;
  return about(path, {
    kind: "line",
    action,
    path,
    regexp: parsed.regexp,
    ...(replacement.value !== undefined && { text: replacement.value }),
    whenNoMatch: given.has("no-append") ? "keep" : "append",
    whenNoFile: given.has("create") ? "create" : "fail",
  });
}

/** `${1}`, `${NAME}`: a group. A name that no group has is just text, as shells have such ones; a number is a mistake. */
function readReplacement(text: string, regexp: ReplacingRegexp): Result<Replacement> {
  const parts: (string | { readonly group: number })[] = [];
  let end = 0;
  for (const match of text.matchAll(/\$\{(\w+)\}/g)) {
    const group = regexp.groupNumber(match[1]!);
    if (group === undefined && !/^\d+$/.test(match[1]!)) continue;
    if (group === undefined) {
      return bad(wrong(`TEXT refers to \${${match[1]}}, and REGEX has ${regexp.groupCount} groups`));
    }
    parts.push(text.slice(end, match.index), { group });
    end = match.index + match[0].length;
  }
  return ok([...parts, text.slice(end)]);
}

function readLink(given: Given): Result<LinkResource> {
  const [, target = "", path = ""] = given.words;
  if (target === "") return bad(wrong("SRC must not be empty"));
  return about(path, { kind: "link", action: actionOf(given), target, path, replacesFile: given.has("force") });
}

function readCopy(given: Given): Result<CopyResource> {
  const [, from = "", path = ""] = given.words;
  const attributes = readAttributes(given);
  if (!attributes.ok) return attributes;
  const sha256 = readSha256(given);
  if (!sha256.ok) return sha256;
  if (from === "") return bad(wrong("SRC must not be empty"));
  return about(path, { kind: "copy", action: actionOf(given), from, path, ...sha256.value, ...attributes.value });
}

function readTemplate(given: Given): Result<TemplateResource> {
  const [, from = "", path = "", json] = given.words;
  const action = actionOf(given);
  const attributes = readAttributes(given);
  if (!attributes.ok) return attributes;
  const pair = (given.value("delimiter") ?? "{{ }}").split(" ");
  const [open = "", close = ""] = pair;
  if (pair.length !== 2 || open === "" || close === "" || open === close) {
    return bad(wrong("--delimiter must be two texts that differ, with one blank between, such as '{{ }}'"));
  }
  if (from === "") return bad(wrong("SRC must not be empty"));
  if (json === undefined && action !== "remove") return bad(wrong("missing required argument 'JSON'"));
  const values = json === "-" ? "stdin" : { json: json ?? "{}" };
  return about(path, { kind: "template", action, from, path, values, delimiter: [open, close], ...attributes.value });
}

function readArchive(given: Given): Result<ArchiveResource> {
  const [, from = "", path = ""] = given.words;
  const attributes = readAttributes(given);
  if (!attributes.ok) return attributes;
  const sha256 = readSha256(given);
  if (!sha256.ok) return sha256;
  const strip = given.value("strip") ?? "0";
  if (!/^\d{1,2}$/.test(strip)) return bad(wrong("--strip must be a number from 0 to 99"));
  if (from === "") return bad(wrong("SRC must not be empty"));
  return about(path, {
    kind: "archive",
    action: actionOf(given),
    from,
    path,
    strip: Number(strip),
    ...sha256.value,
    ...attributes.value,
  });
}

function readSha256(given: Given): Result<{ readonly sha256?: string }> {
  const sha256 = given.value("sha256")?.toLowerCase();
  if (sha256 === undefined) return ok({});
  return /^[0-9a-f]{64}$/.test(sha256) ? ok({ sha256 }) : bad(wrong("--sha256 must be 64 hexadecimal digits"));
}

function readAttributes(given: Given): Result<Attributes> {
  const [owner, group, mode] = [given.value("owner"), given.value("group"), given.value("mode")];
  if (owner === "" || group === "") return bad(wrong("a name must not be empty"));
  if (
    mode !== undefined && !/^(0o)?[0-7]{1,5}$/.test(mode) || Number.parseInt(mode?.replace("0o", "") ?? "0", 8) > 0o7777
  ) {
    return bad(wrong("MODE must be octal, such as 0644 or 4755"));
  }
  return ok({
    ...(owner !== undefined && { owner }),
    ...(group !== undefined && { group }),
    ...(mode !== undefined && { mode: Number.parseInt(mode.replace("0o", ""), 8) }),
  });
}

function about<T>(path: string, resource: T): Result<T> {
  return path === "" ? bad(wrong("a path must not be empty")) : ok(resource);
}

function actionOf({ words }: Given): Action {
  return ACTIONS.find((action) => action === words[0])!;
}

function wrong(found: string): Problem {
  return { code: "usage-invalid-argument", attempted: "", found };
}
