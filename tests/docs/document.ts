/**
 * What of a page is to be tried: its fenced blocks, and what comments beside them say.
 *
 *     <!-- test: skip: REASON -->      the next block is not run here
 *     <!-- test: fill: COMMAND -->     words of the next block that hold … are the lines that COMMAND prints
 *     <!-- test: background -->        the command of the next block goes on, as in another terminal
 *     <!-- test: wait -->              the commands of the next block are tried until they print what is shown
 *     <!-- test: stop -->              what goes on in the background is ended here
 */

export interface Block {
  readonly kind: "block";
  /** Of its fence, from 1. */
  readonly line: number;
  readonly language: string;
  /** The file that it is. */
  readonly title?: string;
  readonly text: string;
  /** Why it is not run. */
  readonly skip?: string;
  readonly fill?: string;
  readonly manner: "once" | "background" | "wait";
}

export interface Stop {
  readonly kind: "stop";
  readonly line: number;
}

export type Step = Block | Stop;

/** One command of a console, and the lines that are shown below it. */
export interface Entry {
  readonly line: number;
  readonly command: string;
  readonly shown: string;
}

const NOTE = /^<!-- test: (skip|fill|background|wait|stop)(?:: (.+?))? -->$/;
const WITH_TEXT = ["skip", "fill"];

export function readSteps(markdown: string): readonly Step[] {
  const lines = markdown.split("\n");
  const steps: Step[] = [];
  let notes = new Map<string, string>();
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    const fence = /^(\s*)(`{3,})(\S*)\s*(.*)$/.exec(line);
    if (fence !== null) {
      const [, indent = "", ticks = "", language = "", info = ""] = fence;
      const end = lines.findIndex((other, index) => index > at && other.trim() === ticks);
      if (end < 0) throw new Error(`line ${at + 1}: the block has no end`);
      const text = lines.slice(at + 1, end).map((inner) =>
        inner.startsWith(indent) ? inner.slice(indent.length) : inner
      );
      const title = /^title="([^"]+)"$/.exec(info)?.[1];
      if (info !== "" && title === undefined) throw new Error(`line ${at + 1}: only title="…" is understood`);
      steps.push({
        kind: "block",
        line: at + 1,
        language,
        text: text.map((inner) => `${inner}\n`).join(""),
        manner: notes.has("background") ? "background" : notes.has("wait") ? "wait" : "once",
        ...(title !== undefined && { title }),
        ...(notes.has("skip") && { skip: notes.get("skip")! }),
        ...(notes.has("fill") && { fill: notes.get("fill")! }),
      });
      notes = new Map();
      at = end;
    } else if (line.includes("<!-- test:")) {
      const [, kind, text = ""] = NOTE.exec(line.trim()) ?? [];
      if (kind === undefined || WITH_TEXT.includes(kind) !== (text !== "")) {
        throw new Error(`line ${at + 1}: not understood: ${line.trim()}`);
      }
      if (kind === "stop") steps.push({ kind, line: at + 1 });
      else notes.set(kind, text);
    } else if (line.trim() !== "" && notes.size > 0) {
      throw new Error(`line ${at + 1}: a comment for the test stands before no block`);
    }
  }
  if (notes.size > 0) throw new Error("a comment for the test stands before no block");
  return steps;
}

/** Commands begin with `$ `; they go on after a line that ends with a backslash, and up to the end of a here-document. */
export function readConsole({ text, line }: Pick<Block, "text" | "line">): readonly Entry[] {
  const lines = text.replace(/\n$/, "").split("\n");
  const entries: { line: number; command: string; shown: string[] }[] = [];
  for (let at = 0; at < lines.length; at++) {
    if (!lines[at]!.startsWith("$ ")) {
      const last = entries.at(-1);
      if (last === undefined) throw new Error(`line ${line}: a console begins with $ and a command`);
      last.shown.push(lines[at]!);
      continue;
    }
    const first = at;
    const command = [lines[at]!.slice(2)];
    while (command.at(-1)!.endsWith("\\")) command.push(lines[++at] ?? "");
    const end = /<<-?\s*'?(\w+)'?/.exec(command.join("\n"))?.[1];
    if (end !== undefined) {
      do command.push(lines[++at] ?? end); while (command.at(-1) !== end);
    }
    entries.push({ line: line + 1 + first, command: command.join("\n"), shown: [] });
  }
  return entries.map(({ shown, ...entry }) => ({ ...entry, shown: shown.join("\n") }));
}
