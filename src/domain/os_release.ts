/**
 * Reads os-release(5): lines of NAME=value, where a value may be quoted as in a shell. What is no assignment is skipped,
 * because such files are edited by hand. The last one of a name counts.
 */
export function parseOsRelease(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, name, value] = /^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) found.set(name, unquote(value));
  }
  return found;
}

/** A backslash keeps its meaning between double quotes before the characters that POSIX names, nowhere in single ones. */
function unquote(value: string): string {
  const single = /^'([^']*)'$/.exec(value);
  if (single !== null) return single[1]!;
  const double = /^"((?:[^"\\]|\\.)*)"$/.exec(value);
  return double === null ? value.replace(/\\(.)/g, "$1") : double[1]!.replace(/\\([$"\\`])/g, "$1");
}
