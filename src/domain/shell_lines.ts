/**
 * What a host answers while a remote shell is open, line by line: first the id of the session, alone; then
 *
 * - `oBASE64`: what the program has written;
 * - `kRANDOM`: nothing, so that both sides see that the other is there, and nobody sees when something is written;
 * - `xCODE`, last: how the program ended, as shells count (0 to 255; 128 and the number of a signal);
 * - `eBASE64`, last: the host has ended the session, or could not begin it, and why.
 *
 * An answer without a last line was cut off.
 */
export type ShellLine =
  | { readonly kind: "output"; readonly data: Uint8Array }
  | { readonly kind: "alive"; readonly padding: Uint8Array }
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "ended"; readonly why: string };

/** Characters of a line: more than any host writes. */
const LONGEST = 256 * 1024;
const LINE_FEED = 0x0a;

export function shellLine(line: ShellLine): string {
  switch (line.kind) {
    case "output":
      return `o${line.data.toBase64()}\n`;
    case "alive":
      return `k${line.padding.toBase64()}\n`;
    case "exited":
      return `x${line.code}\n`;
    case "ended":
      return `e${new TextEncoder().encode(line.why).toBase64()}\n`;
  }
}

/** Nothing for what is no such line. */
export function parseShellLine(text: string): ShellLine | undefined {
  const rest = text.slice(1);
  if (text.startsWith("x")) {
    return /^\d{1,3}$/.test(rest) && Number(rest) < 256 ? { kind: "exited", code: Number(rest) } : undefined;
  }
  const data = decode(rest);
  if (data === undefined) return undefined;
  switch (text[0]) {
    case "o":
      return { kind: "output", data };
    case "k":
      return { kind: "alive", padding: data };
    case "e":
      return { kind: "ended", why: new TextDecoder().decode(data) };
    default:
      return undefined;
  }
}

function decode(base64: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(base64);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Puts lines together from the pieces in which they arrive. */
export class LineReader {
  #rest: Uint8Array = new Uint8Array();

  /** The lines that are whole now; nothing when one would be longer than any. */
  take(part: Uint8Array): readonly string[] | undefined {
    const lines: string[] = [];
    let from = 0;
    for (let at = part.indexOf(LINE_FEED); at >= 0; at = part.indexOf(LINE_FEED, from)) {
      lines.push(new TextDecoder().decode(joined(this.#rest, part.subarray(from, at))));
      this.#rest = new Uint8Array();
      from = at + 1;
    }
    this.#rest = joined(this.#rest, part.subarray(from));
    return this.#rest.length > LONGEST ? undefined : lines;
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
