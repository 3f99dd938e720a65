/** docs/reference/natives.md: the native functions, from the comments of lib/etcha/native.libsonnet. */
import { root } from "../steps.ts";
import { head, page, plain, table } from "./markdown.ts";

export interface NativeFunction {
  readonly name: string;
  /** As a pattern calls it through the library. */
  readonly call: string;
  /** `→ type`, or nothing where the comment names none. */
  readonly gives: string;
  readonly about: string;
  readonly parameters: readonly (readonly [name: string, meaning: string])[];
}

const ABOUT =
  `What Jsonnet asks of the machine. \`native.libsonnet\` of [the library](../library.md) has them with defaults for what is
seldom given; \`std.native('NAME')\` has them without.`;

export async function nativesPage(): Promise<string> {
  const text = await Deno.readTextFile(new URL("lib/etcha/native.libsonnet", root));
  const functions = readNatives(text);
  return page([
    head("Native functions", ABOUT),
    ...introduction(text),
    ...functions.flatMap(({ name, call, gives, about, parameters }) => [
      `## ${name}`,
      `\`${call}\`${gives === "" ? "" : ` → ${plain(gives)}`}`,
      ...(about === "" ? [] : [plain(about)]),
      ...(parameters.length === 0
        ? []
        : [table(["", ""], parameters.map(([one, text]) => [`\`${one}\``, plain(text)]))]),
    ]),
  ]);
}

/** Paragraphs and the example at the head of the file; its first line is the title's. */
function introduction(text: string): readonly string[] {
  const comment = text.slice(0, text.indexOf("\n{\n")).split("\n").map((line) => line.replace(/^\/\/ ?/, ""));
  return comment.join("\n").split("\n\n").slice(1).map((part) =>
    part.startsWith("  ") ? `\`\`\`jsonnet\n${part.replace(/^ {2}/gm, "")}\n\`\`\`` : plain(part.replaceAll("\n", " "))
  );
}

/** Every function of the file has a comment: `name(args) → type: text`, and below it `  name: text` of parameters. */
export function readNatives(text: string): readonly NativeFunction[] {
  const found: NativeFunction[] = [];
  let comment: string[] = [];
  for (const line of text.slice(text.indexOf("\n{\n")).split("\n")) {
    const commented = /^ {2}\/\/ (.*)$/.exec(line)?.[1];
    if (commented !== undefined) comment.push(commented);
    const [, name, parameters] = /^ {2}(\w+)\(([^)]*)\)::/.exec(line) ?? [];
    if (name === undefined || parameters === undefined) continue;
    found.push({ name, call: `${name}(${parameters})`, ...described(name, comment) });
    comment = [];
  }
  return found;
}

function described(name: string, comment: readonly string[]): Pick<NativeFunction, "gives" | "about" | "parameters"> {
  const first = /^(\w+)\([^)]*\)(?: → ([^:]*?(?:\{[^}]*\}[^:]*?)?))?: (.*)$/.exec(comment[0] ?? "");
  if (first === null || first[1] !== name) throw new Error(`native.libsonnet: ${name} is not described`);
  const about = [first[3]!];
  const parameters: [string, string][] = [];
  for (const line of comment.slice(1)) {
    const [, parameter, meaning] = /^ {2}([\w, ]+|where[^:]*): (.*)$/.exec(line) ?? [];
    if (parameter !== undefined && meaning !== undefined) parameters.push([parameter, meaning]);
    else if (parameters.length > 0) parameters.at(-1)![1] += ` ${line.trim()}`;
    else about.push(line);
  }
  return { gives: first[2] ?? "", about: sentence(about.join(" ")), parameters };
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
