import type { Clock, Terminal } from "../host/host.ts";
import { detailOf, type HostState, STATE_WORDS, type StateWord, timeText, wordOf } from "./host_state.ts";
import { withoutControls } from "./text.ts";

/** Hosts that get a line each, where the screen has them; for more there is one line that counts. */
const MOST_LINES = 30;
/** Below the line that counts: what went wrong last, and what takes longest. */
const MOST_REMARKABLE = 8;
/** Milliseconds from one look at the clock to the next. */
const TICK = 1000;
/** Columns of the longest word for a state, and of a time. */
const STATE_WIDTH = Math.max(...STATE_WORDS.map((word) => word.length));
const TIME_WIDTH = 7;

/** SGR of ECMA-48. */
const COLORS: Partial<Readonly<Record<StateWord, number>>> = {
  done: 32,
  failed: 31,
  unreachable: 31,
  unknown: 33,
  running: 36,
};

interface Row {
  readonly name: string;
  state: HostState;
  /** When it was begun. */
  begin: number | undefined;
}

interface Line {
  readonly text: string;
  /** Where in it the word stands that has a color. */
  readonly word?: { readonly at: number; readonly is: StateWord };
}

/** A table of hosts with their states, times and results that is redrawn in place; gone when it is disposed of. */
export class LiveTable implements Disposable {
  readonly #rows: ReadonlyMap<string, Row>;
  readonly #begin: number;
  readonly #ended = new AbortController();
  /** Columns of each line that stands on the screen. */
  #drawn: readonly number[] = [];

  constructor(
    names: readonly string[],
    private readonly terminal: Terminal,
    private readonly clock: Clock,
    private readonly colors: "colors" | "plain",
  ) {
    this.#rows = new Map(names.map((name) => [name, { name: shown(name), state: "waiting", begin: undefined }]));
    this.#begin = clock.monotonic();
    this.#draw(this.#lines());
    void this.#tick();
  }

  update(name: string, state: HostState): void {
    const row = this.#rows.get(name);
    if (row === undefined) return;
    row.state = state;
    row.begin ??= this.clock.monotonic();
    this.#draw(this.#lines());
  }

  [Symbol.dispose](): void {
    this.#ended.abort();
    this.#draw([]);
  }

  async #tick(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      await this.clock.sleep(TICK, signal);
      if (!signal.aborted) this.#draw(this.#lines());
    }
  }

  #lines(): readonly Line[] {
    const rows = [...this.#rows.values()];
    // One line of the screen is left for the cursor, one for what was there before.
    const room = Math.max(this.terminal.screen().rows - 2, 1);
    if (rows.length <= Math.min(room, MOST_LINES)) return this.#table(rows);
    const counts = this.#counts(rows);
    return [...counts, ...this.#table(remarkable(rows))].slice(0, room);
  }

  /** One line, or more where the screen is narrow. */
  #counts(rows: readonly Row[]): readonly Line[] {
    // Who is being connected to is as good as running, and nobody needs both numbers.
    const counts = Map.groupBy(rows, ({ state }) => state === "connecting" ? "running" : wordOf(state));
    const words = STATE_WORDS.flatMap((word) => counts.has(word) ? [`${counts.get(word)!.length} ${word}`] : []);
    const lines = [`${rows.length} hosts, ${timeText(this.clock.monotonic() - this.#begin)}:`];
    for (const [i, word] of words.entries()) {
      const next = i < words.length - 1 ? `${word},` : word;
      const whole = `${lines.at(-1)} ${next}`;
      if (whole.length < this.terminal.screen().columns) lines[lines.length - 1] = whole;
      else lines.push(`  ${next}`);
    }
    return lines.map((text) => ({ text }));
  }

  #table(rows: readonly Row[]): readonly Line[] {
    const longest = Math.max(0, ...rows.map(({ name }) => name.length));
    const width = Math.min(longest, Math.floor(this.terminal.screen().columns * 0.4));
    return rows.map(({ name, state, begin }) => {
      const word = wordOf(state);
      const duration = typeof state === "string"
        ? begin === undefined ? 0 : this.clock.monotonic() - begin
        : state.duration;
      const time = duration > 0 ? timeText(duration) : "";
      const detail = typeof state === "string" ? "" : shown(detailOf(state));
      const before = `${fitted(name, width).padEnd(width)}  `;
      const text = `${before}${word.padEnd(STATE_WIDTH)} ${time.padStart(TIME_WIDTH)}  ${detail}`.trimEnd();
      return { text, word: { at: before.length, is: word } };
    });
  }

  /**
   * Writes over the lines of before (ECMA-48: CUU, EL). Not even at the top of the screen is all of it cleared at once:
   * some terminals keep in their history what was there then.
   */
  #draw(lines: readonly Line[]): void {
    const { columns } = this.terminal.screen();
    // On a screen that has become narrower, they have been wrapped.
    const height = this.#drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    const spare = Math.max(0, height - lines.length);
    const [up, clear] = [moveUp(height), `${"\x1b[K\n".repeat(spare)}${moveUp(spare)}`];
    // A line that filled the screen could be two to go up.
    const cut = lines.map((line) => ({ ...line, text: fitted(line.text, columns - 1) }));
    this.terminal.err(up + cut.map((line) => `${this.#colored(line)}\x1b[K\n`).join("") + clear);
    this.#drawn = cut.map(({ text }) => widthOf(text));
  }

  #colored({ text, word }: Line): string {
    const color = word === undefined ? undefined : COLORS[word.is];
    if (word === undefined || color === undefined || this.colors === "plain") return text;
    const end = word.at + word.is.length;
    if (text.length < end) return text;
    return `${text.slice(0, word.at)}\x1b[${color}m${word.is}\x1b[0m${text.slice(end)}`;
  }
}

function moveUp(lines: number): string {
  return lines > 0 ? `\x1b[${lines}A` : "";
}

/** What has failed, the last one first, and then what runs, the longest first. */
function remarkable(rows: readonly Row[]): readonly Row[] {
  const end = ({ state, begin = 0 }: Row) => typeof state === "string" ? 0 : begin + state.duration;
  const failed = rows.filter(({ state }) => ["failed", "unreachable", "unknown"].includes(wordOf(state)))
    .sort((a, b) => end(b) - end(a));
  const running = rows.filter(({ state }) => state === "running" || state === "connecting")
    .sort((a, b) => a.begin! - b.begin!);
  const kept = failed.slice(0, Math.max(MOST_REMARKABLE / 2, MOST_REMARKABLE - running.length));
  return [...kept, ...running.slice(0, MOST_REMARKABLE - kept.length)];
}

/** On one line, and without anything that steers the terminal. */
function shown(text: string): string {
  return withoutControls(text.replaceAll(/[\t\n]/g, " "));
}

/** Columns of a text on a screen. Letters from Hangul on count as two, of which most are that wide: less is no harm. */
function widthOf(text: string): number {
  return [...text].reduce((sum, character) => sum + columnsOf(character), 0);
}

function columnsOf(character: string): number {
  return character.codePointAt(0)! >= 0x1100 ? 2 : 1;
}

/** As much of a text as so many columns have room for. */
function fitted(text: string, columns: number): string {
  let room = columns;
  let kept = "";
  for (const character of text) {
    room -= columnsOf(character);
    if (room < 0) break;
    kept += character;
  }
  return kept;
}
