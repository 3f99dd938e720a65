import type { Terminal } from "../host/host.ts";
import { type HostOutcome, outcomeError } from "../workflows/push.ts";
import { withoutControls } from "./text.ts";

/** Shows how far a push has come, on standard error; gone when it is disposed of, for the results to follow. */
export interface Progress extends Disposable {
  update(name: string, state: "running" | HostOutcome): void;
}

/** Hosts that get a line each; for more there is one line that counts. */
const MOST_LINES = 16;

/**
 * On a terminal a line for each host, redrawn in place. Elsewhere one plain line when a host is through, if there are
 * several.
 */
export function showProgress(
  names: readonly string[],
  terminal: Terminal,
  environment: { readonly [name: string]: string },
): Progress {
  const isLive = terminal.stderrIsTerminal && environment["TERM"] !== "dumb";
  if (isLive) return new LiveProgress(names, terminal);
  return {
    update(name, state) {
      if (names.length > 1 && state !== "running") terminal.err(`${withoutControls(name)}: ${stateWord(state)}\n`);
    },
    [Symbol.dispose]: () => {},
  };
}

class LiveProgress implements Progress {
  readonly #states = new Map<string, string>();
  #drawn = 0;

  constructor(names: readonly string[], private readonly terminal: Terminal) {
    for (const name of names) this.#states.set(name, "waiting");
    this.#draw(this.#lines());
  }

  update(name: string, state: "running" | HostOutcome): void {
    this.#states.set(name, state === "running" ? "running" : stateWord(state));
    this.#draw(this.#lines());
  }

  [Symbol.dispose](): void {
    this.#draw([]);
  }

  #lines(): readonly string[] {
    if (this.#states.size <= MOST_LINES) {
      const width = Math.max(...[...this.#states.keys()].map((name) => name.length));
      return [...this.#states].map(([name, state]) => `${withoutControls(name).padEnd(width)}  ${state}`);
    }
    const counts = Map.groupBy(this.#states.values(), (state) => state);
    const words = ["waiting", "running", "done", "failed", "unknown", "not sent"];
    return [
      words.flatMap((word) => counts.has(word) ? [`${counts.get(word)!.length} ${word}`] : []).join(", "),
    ];
  }

  /** Writes over the lines of before: up to their first one, and clear to the end of the screen (ECMA-48: CUU, ED). */
  #draw(lines: readonly string[]): void {
    const up = this.#drawn > 0 ? `\x1b[${this.#drawn}A\x1b[J` : "";
    // A line that wrapped would be two to go up.
    const width = this.terminal.columns() - 1;
    this.terminal.err(up + lines.map((line) => `${line.slice(0, width)}\n`).join(""));
    this.#drawn = lines.length;
  }
}

function stateWord(outcome: HostOutcome): "done" | "failed" | "unknown" | "not sent" {
  switch (outcome.kind) {
    case "answered":
    case "failed":
      return outcomeError(outcome) === "" ? "done" : "failed";
    case "unanswered":
      return "unknown";
    case "not-sent":
      return "not sent";
  }
}
