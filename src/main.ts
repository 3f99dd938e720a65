/** The composition root: the real machine, the command line, and the exit code. */
import { fileURLToPath } from "node:url";
import project from "../deno.json" with { type: "json" };
import { type Globals, parseArgv } from "./cli/argv.ts";
import { createContext } from "./cli/context.ts";
import type { Outcome } from "./cli/subcommand.ts";
import { problemsView, viewText } from "./cli/view.ts";
import type { Problem } from "./domain/problem.ts";
import { createHost } from "./host/deno/host.ts";

const EXIT_CODES = { done: 0, failed: 1, misused: 2 } as const satisfies Record<Outcome["status"], number>;
/** As a shell reports a program that SIGINT has ended. */
const INTERRUPTED = 130;

const host = createHost(import.meta.url);
Deno.exit(await main(Deno.args));

async function main(argv: readonly string[]): Promise<number> {
  const { terminal } = host;
  const request = parseArgv(argv, terminal.columns());
  if (!request.ok) return report({ status: "misused", problems: request.problems });
  if (request.value.kind === "help") {
    terminal.out(request.value.text);
    return EXIT_CODES.done;
  }
  const { globals, task } = request.value;
  const ending = endOnSignals();
  await using closing = new AsyncDisposableStack();
  const context = createContext(globals, {
    closing,
    host,
    version: project.version,
    // In the source tree the library lies above this file, in a bundle beside it.
    libraryDir: fileURLToPath(
      new URL(import.meta.url.endsWith(".ts") ? "../lib/etcha" : "./lib/etcha", import.meta.url),
    ),
    signal: ending,
  });
  try {
    return report(await task.run(context), globals);
  } catch (error) {
    if (ending.aborted && error === ending.reason) return INTERRUPTED;
    return report({ status: "failed", problems: [bug(error, globals)] }, globals);
  }
}

/** Aborts at the first signal that asks the program to end; the second one ends it at once. */
function endOnSignals(): AbortSignal {
  const ending = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, () => {
      if (ending.signal.aborted) Deno.exit(INTERRUPTED);
      ending.abort(new DOMException(`ended by ${name}`, "AbortError"));
    });
  }
  return ending.signal;
}

function report(outcome: Outcome, globals?: Globals): number {
  const { terminal, environment } = host;
  if (outcome.view !== undefined) terminal.out(viewText(outcome.view));
  // https://no-color.org: any value but the empty one.
  const isPlain = !terminal.stderrIsTerminal || globals?.noColor === true || (environment["NO_COLOR"] ?? "") !== "";
  terminal.err(problemsView(outcome.problems ?? [], isPlain ? "plain" : "colors"));
  return EXIT_CODES[outcome.status];
}

/** What no part of the program expected. The trace is for those who look for the mistake. */
function bug(error: unknown, globals: Globals): Problem {
  const trace = error instanceof Error && globals.logLevel === "debug" ? error.stack : undefined;
  return {
    code: "internal-error",
    attempted: "internal error",
    found: error instanceof Error ? error.message : String(error),
    ...(trace === undefined ? { hint: "etcha -l debug … shows where" } : { detail: trace }),
  };
}
