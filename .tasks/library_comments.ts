/** What the comments at the heads of lib/etcha/*.libsonnet say, as data. */
import { root } from "./steps.ts";

/** One file of the library. */
export interface LibraryFile {
  /** Without the ending. */
  readonly name: string;
  /** Whether others are to use it; the rest is what the library is made of. */
  readonly kind: "function" | "part" | "object";
  /** Paragraphs and examples, in order. */
  readonly about: readonly Block[];
  readonly parameters: readonly Parameter[];
  /** What stands after the parameters. */
  readonly returns: readonly Block[];
}

export type Block = { readonly kind: "text" | "example"; readonly text: string };

export interface Parameter {
  readonly name: string;
  /** As Jsonnet; absent: it must be given. */
  readonly byDefault?: string;
  readonly type: string;
  readonly meaning: string;
}

/** What other functions of the library are made of. */
const PARTS = ["accounts", "argument", "attributes", "init", "made", "resource", "script", "withOptions"];

export async function describeLibrary(): Promise<readonly LibraryFile[]> {
  const folder = new URL("lib/etcha/", root);
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".libsonnet"));
  return await Promise.all(
    names.sort().map(async (name) =>
      describe(name.slice(0, -".libsonnet".length), await Deno.readTextFile(new URL(name, folder)))
    ),
  );
}

function describe(name: string, text: string): LibraryFile {
  const lines = text.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("//"));
  const comment = lines.slice(0, end).map((line) => line.slice(2));
  if (comment.length === 0) throw new Error(`${name}: there is no comment at its head`);
  if (name === "native") return { name, kind: "object", about: blocks(comment), parameters: [], returns: [] };
  const begin = comment.indexOf(" Parameters:");
  const parameters = begin < 0 ? [] : comment.slice(begin + 1);
  const rest = parameters.findIndex((line) => line.trim() === "");
  const described = rest < 0 ? parameters : parameters.slice(0, rest);
  const read = readParameters(name, described);
  if (text.includes("\nfunction(")) compareWithSignature(name, text, read);
  return {
    name,
    kind: PARTS.includes(name) ? "part" : "function",
    about: blocks(begin < 0 ? comment : comment.slice(0, begin)),
    parameters: read,
    returns: blocks(rest < 0 ? [] : parameters.slice(rest)),
  };
}

/** Paragraphs; what is indented by more than one blank is an example. */
function blocks(comment: readonly string[]): readonly Block[] {
  const found: { kind: Block["kind"]; lines: string[] }[] = [];
  let isOpen = false;
  for (const line of comment) {
    const kind = /^ {3}/.test(line) ? "example" : "text";
    const last = found.at(-1);
    if (line.trim() === "") {
      isOpen = false;
      if (last?.kind === "example") last.lines.push("");
    } else if (last !== undefined && last.kind === kind && (isOpen || kind === "example")) {
      last.lines.push(line);
      isOpen = true;
    } else {
      found.push({ kind, lines: [line] });
      isOpen = true;
    }
  }
  return found.map(({ kind, lines }) => ({
    kind,
    text: kind === "text"
      ? lines.map((line) => line.trim()).join(" ")
      : lines.map((line) => line.slice(3)).join("\n").trimEnd(),
  }));
}

/** `name=default: type. Meaning.`, indented by three; what goes on is indented by more. */
function readParameters(file: string, lines: readonly string[]): readonly Parameter[] {
  const whole: string[] = [];
  for (const line of lines) {
    if (/^ {3}\S/.test(line)) whole.push(line.trim());
    else whole[whole.length - 1] += ` ${line.trim()}`;
  }
  return whole.map((text) => {
    const match = /^(\w+)(?:=(.+?))?: (.+?)\. (.+)$/.exec(text);
    if (match === null) throw new Error(`${file}: this is no parameter: ${text}`);
    const [, name, byDefault, type, meaning] = match;
    return { name: name!, ...(byDefault !== undefined && { byDefault }), type: type!, meaning: meaning! };
  });
}

/** The comment must know the same parameters as the function, in the same order and with the same defaults. */
function compareWithSignature(name: string, text: string, parameters: readonly Parameter[]): void {
  const begin = text.indexOf("\nfunction(") + "\nfunction(".length;
  let depth = 1;
  let end = begin;
  while (depth > 0) depth += { "(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1 }[text[end++]!] ?? 0;
  const signature = text.slice(begin, end - 1).split(/,\s*/).map((one) => one.trim()).filter((one) => one !== "");
  const described = parameters.map((one) => one.byDefault === undefined ? one.name : `${one.name}=${one.byDefault}`);
  if (JSON.stringify(signature) !== JSON.stringify(described)) {
    throw new Error(
      `${name}: the function takes ${signature.join(", ")}; its comment tells of ${described.join(", ")}`,
    );
  }
}
