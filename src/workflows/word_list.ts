import type { Exec } from "../domain/exec.ts";
import { quoteWords } from "../domain/words.ts";
import { isPlainShell } from "./shells.ts";

/** The first word that means this very program. */
const OWN_NAME = "etcha";

/** How words are run. */
export type Route =
  /** As the arguments of a process, with the identity that the exec says. */
  | { readonly kind: "process"; readonly argv: readonly [string, ...string[]] }
  /** As a text for the exec's command, or its container, which splits into these words again. */
  | { readonly kind: "text"; readonly text: string };

/**
 * How an exec runs words: by nothing in between where its command is a plain shell, or none, and there is no container.
 * Everything else (`chroot /jail sh -c`) gets them quoted, so that they never escape it. `etcha` as the first word is the
 * program that runs, `ownProgram`, unless the exec puts something in between: there it is whatever the PATH has.
 */
export function routeWords(
  words: readonly string[],
  exec: Pick<Exec, "command" | "container">,
  ownProgram: readonly [string, ...string[]],
): Route {
  const isDirect = exec.container === undefined && (exec.command?.trim() === "" || isPlainShell(exec.command));
  if (!isDirect) return { kind: "text", text: quoteWords(words) };
  const [program = "", ...rest] = words;
  return { kind: "process", argv: program === OWN_NAME ? [...ownProgram, ...rest] : [program, ...rest] };
}
