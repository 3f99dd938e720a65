import { bad, ok, type Problem, type Result } from "./problem.ts";
import { didYouMean } from "./suggest.ts";

/** A flag as the tables of subcommands say it. */
export interface Flag {
  /** One letter. */
  readonly short?: string;
  readonly long: string;
  /** What the help calls the value; a flag without one is just there or not. */
  readonly value?: string;
  /** The only values that there are. */
  readonly choices?: readonly string[];
  readonly doc: string;
  readonly isRepeated?: true;
  /** What its values are, for shells that complete them. */
  readonly completes?: Completes;
}

/** Names from the configuration, or paths: any, of patterns, of folders. */
export type Completes = "sources" | "targets" | "files" | "patterns" | "folders";

export interface Argument {
  readonly name: string;
  readonly doc: string;
  readonly need: "required" | "optional" | "any-number";
  /** The only values that there are. */
  readonly choices?: readonly string[];
  /** What it is, for shells that complete it. */
  readonly completes?: Completes;
}

/** What was given for a subcommand on the command line; names are those of the table. */
export interface Given {
  readonly words: readonly string[];
  has(long: string): boolean;
  value(long: string): string | undefined;
  values(long: string): readonly string[];
}

/**
 * What looks like a number is an argument: the command line of the program holds it so, and both understand the same
 * words alike.
 */
const NUMBER = /^-(\d+|\d*\.\d+)(e[+-]?\d+)?$/;

/**
 * Reads words as the command line is read (POSIX, XBD 12.2, with long names): flags anywhere before `--`, `-abc` for
 * three of them, `-pVALUE`, `--name=VALUE`. Problems `usage-…` quote no word that could be a secret.
 */
export function readWords(
  words: readonly string[],
  table: { readonly args: readonly Argument[]; readonly flags: readonly Flag[] },
): Result<Given> {
  const found = new Map<string, readonly string[]>();
  const operands: string[] = [];
  const rest = [...words];
  while (rest.length > 0) {
    const word = rest.shift()!;
    if (word === "--") {
      operands.push(...rest);
      break;
    }
    if (!word.startsWith("-") || word === "-" || NUMBER.test(word)) {
      operands.push(word);
      continue;
    }
    const read = readFlag(word, table.flags);
    if (!read.ok) return read;
    const { flag, attached, others } = read.value;
    if (flag.value === undefined) {
      found.set(flag.long, []);
      if (others !== "") rest.unshift(`-${others}`);
      continue;
    }
    const value = attached ?? rest.shift();
    if (value === undefined) return bad(usage("usage-flag-without-value", `--${flag.long} lacks its ${flag.value}`));
    if (flag.choices !== undefined && !flag.choices.includes(value)) {
      return bad(usage("usage-invalid-argument", `--${flag.long} must be one of ${flag.choices.join(", ")}`));
    }
    found.set(flag.long, flag.isRepeated ? [...found.get(flag.long) ?? [], value] : [value]);
  }
  const problem = wrongCount(operands, table.args);
  if (problem !== undefined) return bad(problem);
  return ok({
    words: operands,
    has: (long) => found.has(long),
    value: (long) => found.get(long)?.[0],
    values: (long) => found.get(long) ?? [],
  });
}

/** `attached`: its value, in the same word. `others`: the letters after a flag that has no value. */
function readFlag(
  word: string,
  flags: readonly Flag[],
): Result<{ readonly flag: Flag; readonly attached: string | undefined; readonly others: string }> {
  if (word.startsWith("--")) {
    const [name = ""] = word.slice(2).split("=", 1);
    const flag = flags.find((one) => one.long === name);
    const attached = word.includes("=") ? word.slice(name.length + 3) : undefined;
    if (flag === undefined || (flag.value === undefined && attached !== undefined)) {
      return bad(unknownFlag(`--${name}`, flags));
    }
    return ok({ flag, attached, others: "" });
  }
  const flag = flags.find((one) => one.short === word[1]);
  if (flag === undefined) return bad(unknownFlag(word.slice(0, 2), flags));
  const behind = word.slice(2);
  return flag.value === undefined
    ? ok({ flag, attached: undefined, others: behind })
    : ok({ flag, attached: behind === "" ? undefined : behind, others: "" });
}

function unknownFlag(name: string, flags: readonly Flag[]): Problem {
  const isName = /^--?[a-z][a-z0-9-]{0,30}$/i.test(name);
  const near = isName ? didYouMean(name, flags.map(({ long }) => `--${long}`)) : {};
  return {
    ...usage("usage-unknown-option", isName ? `there is no flag ${name}` : "a word begins with - and is no flag"),
    hint: near.hint ?? "what is no flag stands behind a word --",
  };
}

function wrongCount(operands: readonly string[], args: readonly Argument[]): Problem | undefined {
  const lacking = args.slice(operands.length).find(({ need }) => need === "required");
  if (lacking !== undefined) return usage("usage-missing-argument", `missing required argument '${lacking.name}'`);
  if (args.at(-1)?.need !== "any-number" && operands.length > args.length) {
    return usage("usage-excess-arguments", `too many arguments: expected ${args.length}, got ${operands.length}`);
  }
  const wrong = args.find(({ choices }, index) => {
    const operand = operands[index];
    return choices !== undefined && operand !== undefined && !choices.includes(operand);
  });
  return wrong === undefined
    ? undefined
    : usage("usage-invalid-argument", `${wrong.name} must be one of ${wrong.choices!.join(", ")}`);
}

function usage(code: string, found: string): Problem {
  return { code, attempted: "", found };
}
