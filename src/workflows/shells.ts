import { basename } from "node:path/posix";
import { splitWords } from "../domain/words.ts";

/** Programs that read a file by `.`, as they read an argument of theirs. */
const SHELLS: ReadonlySet<string> = new Set(["sh", "bash", "dash", "ash", "zsh", "ksh"]);
/** Programs that run another one with the same files before it. */
const WRAPPERS: ReadonlySet<string> = new Set([
  ...["env", "nice", "ionice", "nohup", "setsid", "stdbuf", "timeout", "busybox"],
]);
/** Options under which a shell runs a single program as if it had none; `-r`, `-l`, `-n` … are not among them. */
const OPTIONS = /^-[efu]+$/;
const LAST_OPTION = /^-[efu]*c$/;
const NAMED_OPTIONS: ReadonlySet<string> = new Set(["errexit", "noglob", "nounset", "pipefail"]);

/** Whether an exec's command takes its last argument for a text, as a shell: `sh -c`, `/bin/bash -e -c`, `env A=1 sh -ec`. */
export function isShell(command: string | undefined): boolean {
  if (command === undefined) return true;
  const split = splitWords(command);
  if (!split.ok || !/^-[A-Za-z]*c$/.test(split.words.at(-1) ?? "")) return false;
  const [program = "", ...rest] = split.words.map((word) => basename(word));
  return SHELLS.has(program) || (WRAPPERS.has(program) && rest.some((word) => SHELLS.has(word)));
}

/**
 * Whether an exec's command is a shell and nothing else, so that a single program runs the same without it. What confines
 * (`chroot /jail sh -c`, `bash -r -c`), sets something up (`nice sh -c`, `bash -l -c`) or is not known is none.
 */
export function isPlainShell(command: string | undefined): boolean {
  if (command === undefined) return true;
  const split = splitWords(command);
  if (!split.ok || split.words.length < 2) return false;
  const [program, ...options] = split.words;
  const last = options.pop()!;
  return SHELLS.has(basename(program!)) && LAST_OPTION.test(last) &&
    options.every((word, i) =>
      OPTIONS.test(word) || (word === "-o" && NAMED_OPTIONS.has(options[i + 1] ?? "")) ||
      (options[i - 1] === "-o" && NAMED_OPTIONS.has(word))
    );
}
