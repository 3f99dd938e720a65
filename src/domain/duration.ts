/** Milliseconds. */
export type Milliseconds = number;

const UNITS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, "µs": 1e-3, ms: 1, s: 1e3, m: 6e4, h: 3.6e6 };
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/y;

/** The same as a regular expression, for JSON Schema. */
export const DURATION = `^(0|(${PART.source})+)$`;

/**
 * Reads a duration such as `90s`, `1h30m`, `1.5h` or `0` (the form of Go's time.ParseDuration, without a sign).
 * Gives nothing when the text is no duration.
 */
export function parseDuration(text: string): Milliseconds | undefined {
  if (text === "0") return 0;
  let total = 0;
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const part = PART.exec(text);
    if (part === null) return undefined;
    total += Number(part[1]) * UNITS[part[2]!]!;
  }
  return text === "" ? undefined : total;
}

/** The shortest usual spelling: `1h30m`, `90ms`, `0s`. */
export function formatDuration(duration: Milliseconds): string {
  let rest = Math.round(duration);
  let text = "";
  for (const [unit, size] of [["h", 3_600_000], ["m", 60_000], ["s", 1000], ["ms", 1]] as const) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) text += `${count}${unit}`;
  }
  return text === "" ? "0s" : text;
}
