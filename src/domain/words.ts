/** Text split the way a POSIX shell splits it into words (no expansion), or why that can't be done. */
export type Words = { readonly ok: true; readonly words: readonly string[] } | {
  readonly ok: false;
  readonly reason: string;
};

/**
 * Splits at white space; quotes and backslashes work as in POSIX shells (XCU 2.2). With `lookup`, `${NAME}` outside single
 * quotes becomes its value within the word, and stays as it is where the name is not set.
 */
export function splitWords(text: string, lookup: (name: string) => string | undefined = () => undefined): Words {
  const words: string[] = [];
  let word: string | undefined;
  let i = 0;
  const add = (part: string) => word = (word ?? "") + part;
  while (i < text.length) {
    const character = text[i]!;
    if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      i++;
    } else if (character === "'") {
      const end = text.indexOf("'", i + 1);
      if (end < 0) return { ok: false, reason: "a single quote is not closed" };
      add(text.slice(i + 1, end));
      i = end + 1;
    } else if (character === '"') {
      add("");
      i++;
      while (text[i] !== '"') {
        if (i >= text.length) return { ok: false, reason: "a double quote is not closed" };
        const piece = pieceAt(text, i, lookup, '"\\$`\n');
        add(piece.text);
        i = piece.end;
      }
      i++;
    } else {
      if (character === "\\" && i + 1 === text.length) return { ok: false, reason: "it ends with a backslash" };
      const piece = pieceAt(text, i, lookup, undefined);
      add(piece.text);
      i = piece.end;
    }
  }
  if (word !== undefined) words.push(word);
  return { ok: true, words };
}

/** One character, escape or variable. `escapable`: what a backslash escapes; undefined: everything. */
function pieceAt(
  text: string,
  at: number,
  lookup: (name: string) => string | undefined,
  escapable: string | undefined,
): { readonly text: string; readonly end: number } {
  const character = text[at]!;
  const next = text[at + 1];
  if (character === "\\" && next !== undefined && (escapable === undefined || escapable.includes(next))) {
    return { text: next === "\n" ? "" : next, end: at + 2 };
  }
  if (character === "$" && next === "{") {
    const name = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}/.exec(text.slice(at, at + 260))?.[1];
    const value = name === undefined ? undefined : lookup(name);
    if (value !== undefined) return { text: value, end: at + name!.length + 3 };
  }
  return { text: character, end: at + 1 };
}

/**
 * Words as one text that a shell splits into the same words again, whatever they hold: quoted as POSIX has it, and with
 * backslashes outside of the quotes, where shells of other families (fish) read them alike.
 */
export function quoteWords(words: readonly string[]): string {
  return words.map(quoteWord).join(" ");
}

function quoteWord(word: string): string {
  const quoted = word.replaceAll(/[^'\\]+|['\\]/g, (part) => part === "'" || part === "\\" ? `\\${part}` : `'${part}'`);
  return quoted === "" ? "''" : quoted;
}
