/** Parts of pages in Markdown. */

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

export function code(text: string): string {
  return `\`${text}\``;
}

/** Plain text of the program, in which nothing but `code` is meant as Markdown. */
export function plain(text: string): string {
  return text.split("`").map((part, i) => i % 2 === 1 ? part : part.replace(/[*_<]/g, "\\$&")).join("`");
}

/** The head of a page that nobody is to edit. */
export function head(title: string, about: string): string {
  return `<!-- Written by deno task docs. -->\n\n# ${title}\n\n${about}`;
}

export function page(parts: readonly string[]): string {
  return `${parts.join("\n\n")}\n`;
}
