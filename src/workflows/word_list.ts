import type { Exec } from "../domain/exec.ts";
import { parseResource, type Resource } from "../domain/resource.ts";
import { quoteWords } from "../domain/words.ts";
import type { Self } from "../host/host.ts";
import { isPlainShell } from "./shells.ts";

/** The first word that means this very program. */
const OWN_NAME = "etcha";

/** How words are run. */
export type Route =
  /** In this process. */
  | { readonly kind: "resource"; readonly resource: Resource }
  /** As the arguments of a process, with the identity that the exec says; `isResource`: of this very program. */
  | { readonly kind: "process"; readonly argv: readonly [string, ...string[]]; readonly isResource?: true }
  /** As a text for the exec's command, or its container, which splits into these words again. */
  | { readonly kind: "text"; readonly text: string };

/**
 * How an exec runs words: by nothing in between where its command is a plain shell, or none, and there is no container.
 * Everything else (`chroot /jail sh -c`) gets them quoted, so that they never escape it. `etcha` as the first word is the
 * program that runs, unless the exec puts something in between: there it is whatever the PATH has. A resource of it needs no
 * process where that would be of the same user as this one.
 */
export function routeWords(words: readonly string[], exec: Exec, self: Self): Route {
  const isDirect = exec.container === undefined && (exec.command?.trim() === "" || isPlainShell(exec.command));
  if (!isDirect) return { kind: "text", text: quoteWords(words) };
  const [program = "", ...rest] = words;
  if (program !== OWN_NAME) return { kind: "process", argv: [program, ...rest] };
  const resource = parseResource(words);
  if (resource?.ok && isSameUser(exec, self)) return { kind: "resource", resource: resource.value };
  return { kind: "process", argv: [...self.program, ...rest], ...(resource?.ok && { isResource: true }) };
}

/** `sudo` changes nothing for root. That a named user is the same one is not looked up. */
function isSameUser({ user, group, privilege }: Exec, { isRoot }: Self): boolean {
  return user === undefined && group === undefined && (privilege === undefined || isRoot);
}
