import type { Argument, Flag, Given } from "../domain/command_line.ts";
import type { EffectiveConfig } from "../domain/config_layers.ts";
import type { Problem, Result } from "../domain/problem.ts";
import type { Host } from "../host/host.ts";
import type { Evaluator } from "../jsonnet/evaluator.ts";
import type { View } from "./view.ts";

/** One row of the table, whose invocation may be of any form. */
export interface Subcommand {
  readonly name: string;
  readonly alias?: string;
  /** For programs, not for people: in no list. */
  readonly isHidden?: true;
  /** One line, for the list. */
  readonly summary: string;
  /** What the help of the subcommand itself says beyond that. */
  readonly explanation?: string;
  /** A command line that works, and what it does. */
  readonly example: { readonly line: string; readonly effect: string };
  readonly args: readonly Argument[];
  readonly flags: readonly Flag[];
  /** Checks what was given. The task has not begun: its handler is loaded when it runs. */
  readonly prepare: (given: Given) => Result<Task>;
}

export interface Task {
  /** What is to be done, as data. */
  readonly invocation: { readonly command: string };
  run(context: Context): Promise<Outcome>;
}

export type Handler<Invocation> = (invocation: Invocation, context: Context) => Promise<Outcome>;

/** What every handler may use. */
export interface Context {
  readonly host: Host;
  /** Of the program. */
  readonly version: string;
  /** Of what the executable was made; from source nobody knows. The date is that of the commit, in ISO 8601. */
  readonly built: { readonly commit: string | null; readonly date: string | null };
  /** Folder of the Jsonnet library that comes with the program. */
  readonly libraryDir: string;
  /** Aborted when the user or the system wants the program to end: nothing further starts. */
  readonly signal: AbortSignal;
  /** Aborted when that is wished for a second time: what still runs is to be ended at once. */
  readonly kill: AbortSignal;
  /** `handler` is called when the system wants the configuration to be read anew (SIGHUP), which otherwise ends the program. */
  onReload(handler: () => void): void;
  /** What the native functions of Jsonnet may reach: all of it, or nothing (-d). */
  readonly outside: Pick<Host, "http" | "dns" | "processes">;
  /** Prints warnings to standard error, at once. */
  warn(warnings: readonly Problem[]): void;
  /** The one evaluator of the program, started when it is first asked for and closed at the end. */
  evaluator(): Promise<Evaluator>;
  /** Loads the configuration; the same one however often it is asked for. `path`: instead from another file. */
  config(path?: string): Promise<Result<EffectiveConfig>>;
  /** Loads the configuration as it is now. */
  freshConfig(): Promise<Result<EffectiveConfig>>;
}

/**
 * `failed`: the work failed (exit code 1). `misused`: flags, arguments or configuration are wrong (2). `interrupted`: the
 * user ended it (130).
 */
export interface Outcome {
  readonly status: "done" | "failed" | "misused" | "interrupted";
  /** What a program has ended with that ran here in the user's name: so does this one, whatever the status says. */
  readonly exitCode?: number;
  /** For standard output. */
  readonly view?: View;
  /** For standard error. */
  readonly problems?: readonly Problem[];
  /** Lines for standard error after all else, which are no problems: what to do about it, or that there is no result. */
  readonly notes?: readonly string[];
}

export function failed(problems: readonly Problem[]): Outcome {
  return { status: "failed", problems };
}

export function misused(problems: readonly Problem[]): Outcome {
  return { status: "misused", problems };
}
