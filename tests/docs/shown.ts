/** What a page may leave out of what a program prints: `…` within a line, or whole lines. */
const GAP = "…";

/** Whether a program has printed what is shown. White space at the end of lines and of the whole makes no difference. */
export function isAsShown(printed: string, shown: string): boolean {
  return expression(shown, "$").test(tidied(printed));
}

/** Whether it has printed all of it so far: more may follow. */
export function beginsAsShown(printed: string, shown: string): boolean {
  return expression(shown, "").test(tidied(printed));
}

function expression(shown: string, end: string): RegExp {
  const lines = tidied(shown).split("\n").slice(0, -1).map((line) =>
    line.trim() === GAP ? "(?:[^\\n]*\\n)*?" : `${line.split(GAP).map(literal).join("[^\\n]+")}\\n`
  );
  return new RegExp(`^${lines.join("")}${end}`);
}

/** No white space at the end of a line, no empty lines at the end, every line with its end. */
function tidied(text: string): string {
  const lines = text.split("\n").map((line) => line.trimEnd());
  while (lines.at(-1) === "") lines.pop();
  return lines.map((line) => `${line}\n`).join("");
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
