import type { Clock, Terminal } from "../host/host.ts";
import { detailOf, type HostState, timeText, wordOf } from "./host_state.ts";
import { LiveTable } from "./live_table.ts";
import { withoutControls } from "./text.ts";

/** Shows how far a push has come, on standard error; gone when it is disposed of, for the results to follow. */
export interface Progress extends Disposable {
  update(name: string, state: HostState): void;
}

interface ProgressMeans {
  readonly terminal: Terminal;
  readonly environment: { readonly [name: string]: string };
  readonly clock: Clock;
  readonly colors: "colors" | "plain";
}

/**
 * On a terminal a table of the hosts, redrawn in place. Elsewhere one plain line when a host is through, if there are
 * several.
 */
export function showProgress(
  names: readonly string[],
  { terminal, environment, clock, colors }: ProgressMeans,
): Progress {
  const isLive = terminal.stderrIsTerminal && environment["TERM"] !== "dumb";
  if (isLive) return new LiveTable(names, terminal, clock, colors);
  return {
    update(name, state) {
      if (names.length < 2 || typeof state === "string") return;
      const time = state.duration > 0 ? ` (${timeText(state.duration)})` : "";
      const detail = detailOf(state);
      const line = `${name}: ${wordOf(state)}${time}${detail === "" ? "" : `: ${detail}`}`;
      terminal.err(`${withoutControls(line)}\n`);
    },
    [Symbol.dispose]: () => {},
  };
}
