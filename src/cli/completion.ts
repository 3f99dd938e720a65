import type { Completes, Flag } from "../domain/command_line.ts";
import type { Subcommand } from "./subcommand.ts";

/** What may stand where the cursor is: words of the program's own, or what somebody else knows. */
export type Completion =
  | { readonly kind: "words"; readonly candidates: readonly Candidate[] }
  | { readonly kind: Completes }
  | { readonly kind: "nothing" };

/** All that can be typed. */
export interface Table {
  readonly globals: readonly Flag[];
  readonly subcommands: readonly Subcommand[];
}

export interface Candidate {
  readonly word: string;
  readonly doc: string;
}

/**
 * What the last one of `words` may become; those before it, without the program's name, are as they were typed. Words
 * that begin otherwise are among the candidates: shells choose themselves.
 */
export function completionOf(words: readonly string[], table: Table): Completion {
  const [before, current] = [words.slice(0, -1), words.at(-1) ?? ""];
  const globals = walk(before, table.globals, "first");
  const name = before[globals.end];
  if (globals.open !== undefined) return valueOf(globals.open);
  if (name === undefined) {
    return current.startsWith("-") ? flagsAfter(globals, table.globals) : wordsOf(visible(table));
  }
  if (name === "help") return before.length === globals.end + 1 ? wordsOf(visible(table)) : { kind: "nothing" };
  const subcommand = table.subcommands.find((one) => one.name === name || one.alias === name);
  if (subcommand === undefined) return { kind: "nothing" };
  const walked = walk(before.slice(globals.end + 1), subcommand.flags, "all");
  if (walked.open !== undefined) return valueOf(walked.open);
  if (current.startsWith("-") && !walked.isClosed) return flagsAfter(walked, subcommand.flags);
  return argumentOf(subcommand, walked.arguments);
}

/** The path that -c gives, if it does. */
export function configPathIn(words: readonly string[], { globals }: Table): string | undefined {
  const at = words.slice(0, -1).findLastIndex((word) => word === "-c" || word === "--config");
  const { end } = walk(words, globals, "first");
  return at >= 0 && at < end ? words[at + 1] : undefined;
}

interface Walked {
  /** Index of the first word that is neither a flag nor its value. */
  readonly end: number;
  readonly given: ReadonlySet<string>;
  /** Number of words that are neither. */
  readonly arguments: number;
  /** The flag whose value comes next. */
  readonly open?: Flag;
  /** After `--` there are no flags. */
  readonly isClosed: boolean;
}

/** Goes over flags and their values: to the first other word, or to the end. */
function walk(words: readonly string[], flags: readonly Flag[], how: "first" | "all"): Walked {
  const given = new Set<string>();
  let [count, at, isClosed] = [0, 0, false];
  for (; at < words.length; at++) {
    const word = words[at]!;
    if (isClosed || !word.startsWith("-") || word === "-") {
      if (how === "first") break;
      count++;
    } else if (word === "--") {
      isClosed = true;
    } else {
      const flag = lastFlag(word, flags);
      if (flag === undefined) continue;
      given.add(flag.long);
      const hasValue = flag.value === undefined || word.includes("=") || isJoined(word, flag);
      if (!hasValue && ++at >= words.length) return { end: at, given, arguments: count, open: flag, isClosed };
    }
  }
  return { end: at, given, arguments: count, isClosed };
}

/** Of letters that stand together (`-dn`), the one that may have a value. */
function lastFlag(word: string, flags: readonly Flag[]): Flag | undefined {
  if (word.startsWith("--")) return flags.find(({ long }) => word === `--${long}` || word.startsWith(`--${long}=`));
  const letters = [...word.slice(1)].map((letter) => flags.find(({ short }) => short === letter));
  return letters.find((flag) => flag?.value !== undefined) ?? letters.at(-1);
}

/** Whether the value stands in the same word (`-f'a b'`). */
function isJoined(word: string, { short }: Flag): boolean {
  return !word.startsWith("--") && short !== undefined && !word.endsWith(short);
}

function valueOf({ choices, completes, doc }: Flag): Completion {
  if (choices !== undefined) return wordsOf(choices.map((word) => ({ word, doc })));
  return { kind: completes ?? "nothing" };
}

function flagsAfter({ given }: Walked, flags: readonly Flag[]): Completion {
  const left = flags.filter(({ long, isRepeated }) => isRepeated || !given.has(long));
  return wordsOf([
    ...left.flatMap(({ short, long, doc }) => [
      ...(short === undefined ? [] : [{ word: `-${short}`, doc }]),
      { word: `--${long}`, doc },
    ]),
    { word: "--help", doc: "show help" },
  ]);
}

function argumentOf({ args }: Subcommand, index: number): Completion {
  const last = args.at(-1);
  const argument = args[index] ?? (last?.need === "any-number" ? last : undefined);
  if (argument?.choices !== undefined) return wordsOf(argument.choices.map((word) => ({ word, doc: argument.doc })));
  return { kind: argument?.completes ?? "nothing" };
}

function visible({ subcommands }: Table): readonly Candidate[] {
  return subcommands.filter(({ isHidden }) => isHidden === undefined)
    .map(({ name, summary }) => ({ word: name, doc: summary }));
}

function wordsOf(candidates: readonly Candidate[]): Completion {
  return { kind: "words", candidates };
}
