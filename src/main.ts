/** The composition root: the real machine, the command line, and the exit code. */
import { fileURLToPath } from "node:url";
import project from "../deno.json" with { type: "json" };
import built from "./built.json" with { type: "json" };
import { type Globals, parseArgv } from "./cli/argv.ts";
import { createContext } from "./cli/context.ts";
import type { Context, Outcome } from "./cli/subcommand.ts";
import { withoutControls } from "./cli/text.ts";
import { problemsView, viewText } from "./cli/view.ts";
import type { Problem } from "./domain/problem.ts";
import { createHost } from "./host/deno/host.ts";
import { HostError } from "./host/host.ts";

/** The last one is how a shell reports a program that SIGINT has ended. */
const EXIT_CODES = { done: 0, failed: 1, misused: 2, interrupted: 130 } as const satisfies Record<
  Outcome["status"],
  number
>;

/** Milliseconds within which a second signal is the same one, passed on by another program. */
const SIGNAL_ECHO = 200;

const host = createHost(import.meta.url);
Deno.exit(await main(Deno.args));

async function main(argv: readonly string[]): Promise<number> {
  const { terminal } = host;
  const request = parseArgv(argv, terminal.columns());
  if (!request.ok) return report({ status: "misused", problems: request.problems });
  if (request.value.kind === "help") return help(request.value.text);
  const { globals, task } = request.value;
  const ending = endOnSignals();
  await using closing = new AsyncDisposableStack();
  const context = createContext(globals, {
    closing,
    host,
    version: project.version,
    built,
    // In the source tree the library lies above this file, in a bundle beside it.
    libraryDir: fileURLToPath(
      new URL(import.meta.url.endsWith(".ts") ? "../lib/etcha" : "./lib/etcha", import.meta.url),
    ),
    signal: ending.stop,
    kill: ending.kill,
    onReload: ending.onReload,
    warn: (warnings) => terminal.err(problemsView(warnings, colors(globals), "WARNING")),
  });
  try {
    return report(await task.run(context), globals);
  } catch (error) {
    if (ending.stop.aborted && error === ending.stop.reason) return EXIT_CODES.interrupted;
    return report({ status: "failed", problems: [unexpected(error, globals)] }, globals);
  }
}

/**
 * The first signal that asks the program to end aborts `stop`, the second one `kill`; the third one leaves behind whatever
 * would not end. SIGHUP is one of them, as long as nobody takes it for the wish to read the configuration anew. A program
 * that runs this one may pass on what a terminal has sent to both: that is one signal.
 */
function endOnSignals(): Pick<Context, "kill" | "onReload"> & { readonly stop: AbortSignal } {
  const stop = new AbortController();
  const kill = new AbortController();
  let reload: (() => void) | undefined;
  let last: { readonly name: string; readonly at: number } | undefined;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(name, () => {
      if (name === "SIGHUP" && reload !== undefined) return reload();
      const at = performance.now();
      if (last?.name === name && at - last.at < SIGNAL_ECHO) return;
      last = { name, at };
      if (kill.signal.aborted) Deno.exit(EXIT_CODES.interrupted);
      const next = stop.signal.aborted ? kill : stop;
      next.abort(new DOMException(`ended by ${name}`, "AbortError"));
    });
  }
  return { stop: stop.signal, kill: kill.signal, onReload: (handler) => void (reload = handler) };
}

function report(outcome: Outcome, globals?: Globals): number {
  const { terminal } = host;
  if (outcome.view !== undefined) terminal.out(viewText(outcome.view, terminal.columns()));
  terminal.err(problemsView(outcome.problems ?? [], colors(globals)));
  terminal.err((outcome.notes ?? []).map((note) => `${withoutControls(note)}\n`).join(""));
  return outcome.exitCode ?? EXIT_CODES[outcome.status];
}

function colors(globals: Globals | undefined): "colors" | "plain" {
  const { terminal, environment } = host;
  // https://no-color.org: any value but the empty one.
  const isPlain = !terminal.stderrIsTerminal || globals?.noColor === true || (environment["NO_COLOR"] ?? "") !== "";
  return isPlain ? "plain" : "colors";
}

function help(text: string): number {
  try {
    host.terminal.out(text);
    return EXIT_CODES.done;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return report({ status: "failed", problems: [refused(error)] });
  }
}

/** The machine refused something that no workflow could go on without: a full disk for temporary files, say. */
function refused(error: HostError): Problem {
  return { code: `host-${error.kind}`, attempted: "", found: error.message };
}

/** What no part of the program expected. The trace is for those who look for the mistake. */
function unexpected(error: unknown, globals: Globals): Problem {
  if (error instanceof HostError) return refused(error);
  const trace = error instanceof Error && globals.logLevel === "debug" ? error.stack : undefined;
  return {
    code: "internal-error",
    attempted: "internal error",
    found: error instanceof Error ? error.message : String(error),
    ...(trace === undefined ? { hint: "etcha -l debug … shows where" } : { detail: trace }),
  };
}
