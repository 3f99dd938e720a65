import { type Finding, type FoundIn, placeOfCommand } from "../domain/finding.ts";
import { commandPath } from "../domain/command.ts";
import { withoutCredentials } from "../domain/location.ts";
import type { RenderedCommand } from "../domain/state.ts";
import { splitWords } from "../domain/words.ts";
import type { Files, Processes, ProcessResult } from "../host/host.ts";
import { commandEnvironment, findProgram, findShell } from "./invocation.ts";
import { sideBySide } from "./side_by_side.ts";

/** One text of a command, as a linter gets it. */
interface Script {
  readonly pattern: FoundIn;
  /** Such as `run > group > id`. */
  readonly path: string;
  readonly step: "check" | "change" | "remove";
  readonly text: string;
  /** As shellcheck calls it: bash, sh, dash, ksh, busybox. */
  readonly dialect: string;
  readonly sensitive: boolean;
}

export interface LinterMeans {
  readonly processes: Processes;
  readonly files: Pick<Files, "stat">;
  readonly environment: Readonly<Record<string, string>>;
  /** Linters that run at once. */
  readonly workers: number;
  readonly cancel: AbortSignal;
}

/**
 * Of ShellCheck, when it is there and nothing else is configured. Variables may come from other commands or the exec, which
 * it can't see (SC2154).
 */
const SHELLCHECK = "shellcheck --norc --format=gcc --exclude=SC2154 --shell=${DIALECT} -";
const TIMEOUT = 60_000;
/** Bytes of a linter's output that are read. */
const OUTPUT_LIMIT = 256 * 1024;
/** Base name of a shell to its dialect. */
const DIALECTS: Readonly<Record<string, string>> = {
  ash: "sh",
  bash: "bash",
  busybox: "sh",
  dash: "dash",
  ksh: "ksh",
  sh: "sh",
};

/** The linters to run by name, each with its command: what is configured, and ShellCheck where it is on the PATH. */
export async function chooseLinters(
  configured: Readonly<Record<string, string>>,
  { files, environment }: Pick<LinterMeans, "files" | "environment">,
): Promise<ReadonlyMap<string, string>> {
  const known = configured["shellcheck"] === undefined && await findProgram("shellcheck", files, environment);
  const linters = Object.entries({
    ...(known !== undefined && known !== false && { shellcheck: SHELLCHECK }),
    ...configured,
  });
  // An empty command switches a linter off.
  return new Map(linters.filter(([, command]) => command.trim() !== ""));
}

/** The texts of commands that a shell will read. */
export async function shellScripts(
  pattern: FoundIn,
  lists: Readonly<Record<"build" | "run", readonly RenderedCommand[]>>,
  { files, environment }: Pick<LinterMeans, "files" | "environment">,
): Promise<readonly Script[]> {
  const shell = await findShell(files, environment);
  const scripts: Script[] = [];
  for (const list of ["build", "run"] as const) {
    for (const command of lists[list]) {
      const own = command.exec.command === undefined ? undefined : splitWords(command.exec.command);
      const dialect = dialectOf(own === undefined ? shell : own.ok ? own.words : []);
      if (dialect === undefined) continue;
      for (const step of ["check", "change", "remove"] as const) {
        const text = command[step];
        if (typeof text !== "string" || text.trim() === "") continue;
        const path = `${list} > ${commandPath(command)}`;
        scripts.push({ pattern, path, step, text, dialect, sensitive: command.sensitive });
      }
    }
  }
  return scripts;
}

/** The dialect of the first shell among the words of an exec's command, wherever it stands: `chroot /jail sh -c`. */
function dialectOf(words: readonly string[]): string | undefined {
  const names = words.map((word) => word.slice(word.lastIndexOf("/") + 1));
  return names.map((name) => Object.hasOwn(DIALECTS, name) ? DIALECTS[name] : undefined).find(Boolean);
}

/** Runs every linter over every script, equal scripts once. */
export async function runLinters(
  linters: ReadonlyMap<string, string>,
  scripts: readonly Script[],
  means: LinterMeans,
): Promise<readonly Finding[]> {
  const jobs = new Map<string, { readonly linter: string; readonly command: string; readonly same: Script[] }>();
  for (const [linter, command] of linters) {
    for (const script of scripts) {
      const key = JSON.stringify([linter, script.dialect, script.text]);
      const job = jobs.get(key);
      if (job === undefined) jobs.set(key, { linter, command, same: [script] });
      else job.same.push(script);
    }
  }
  const findings = await sideBySide(jobs.values(), means.workers, async ({ linter, command, same }) => {
    const complaints = await lintScript(linter, command, same[0]!, means);
    means.cancel.throwIfAborted();
    return same.flatMap((script) => complaints.map((complaint) => findingOf(complaint, script)));
  });
  return findings.flat();
}

/** What a linter says of a script; `line` counts within the script, 0 for all of it. */
interface Complaint {
  readonly rule: string;
  readonly line: number;
  readonly message: string;
  /** Says nothing of the script itself. */
  readonly isHarmless?: true;
}

async function lintScript(
  linter: string,
  command: string,
  { text, dialect }: Script,
  means: LinterMeans,
): Promise<readonly Complaint[]> {
  const env = commandEnvironment({ env: {}, envInherit: true }, means.environment, { DIALECT: dialect });
  const split = splitWords(command, (name) => env[name]);
  const broken = (reason: string): readonly Complaint[] => [
    { rule: linter, line: 0, message: `the linter ${linter} ${reason}`, isHarmless: true },
  ];
  if (!split.ok) return broken(`can't be run: ${split.reason}`);
  const [program = "", ...args] = split.words;
  const result = await means.processes.run({
    argv: [program, ...args],
    env,
    stdin: text,
    timeout: TIMEOUT,
    outputLimit: OUTPUT_LIMIT,
  }, means.cancel);
  return complaintsOf(linter, result, broken);
}

/** `-:LINE:COLUMN: message [RULE]`, as gcc and many linters write it; the file may be called anything. */
const PLACED = /^[^:\s]*:(\d+)(?::\d+)?: +(.*?)(?: \[([\w-]+)\])?$/;

function complaintsOf(
  linter: string,
  result: ProcessResult,
  broken: (reason: string) => readonly Complaint[],
): readonly Complaint[] {
  switch (result.kind) {
    case "exited": {
      if (result.code === 0) return [];
      const placed = result.output.split("\n").flatMap((text): readonly Complaint[] => {
        const [, line, message = "", rule] = PLACED.exec(text.trimEnd()) ?? [];
        if (line === undefined) return [];
        return [{ rule: rule === undefined ? linter : `${linter} ${rule}`, line: Number(line), message }];
      });
      if (placed.length > 0) return placed;
      const said = result.output.trim();
      return [{ rule: linter, line: 0, message: said === "" ? `exited with ${result.code} and said nothing` : said }];
    }
    case "not-started":
      return broken(`could not be started: ${result.reason}`);
    case "signalled":
      return broken(`was killed by ${result.signal}`);
    case "timed-out":
      return broken("took too long");
    case "cancelled":
      return [];
  }
}

function findingOf({ rule, line, message, isHarmless }: Complaint, script: Script): Finding {
  const [first = "", ...rest] = message.split("\n").map(withoutCredentials);
  const isShown = !script.sensitive || isHarmless === true;
  const place = line === 0 ? "" : `, line ${line}`;
  return {
    file: script.pattern.file,
    ...placeOfCommand(script.pattern.text, script.path),
    severity: "error",
    rule,
    message: `${script.step} of ${script.path}${place}: ${isShown ? first : "not shown: the command is sensitive"}`,
    ...(isShown && rest.length > 0 && { detail: rest.join("\n") }),
  };
}
