/** What comes from hosts, commands or files may hold anything: nothing of it steers the terminal. Keeps \t and \n. */
export function withoutControls(text: string): string {
  return text.replace(
    // deno-lint-ignore no-control-regex
    /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Lines after the first one are indented by so many columns. */
export function hanging(text: string, columns: number): string {
  return text.replace(/\n+$/, "").split("\n").join(`\n${" ".repeat(columns)}`);
}
