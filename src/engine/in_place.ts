import type { Exec } from "../domain/exec.ts";
import { parseResource, type Resource, resourceIdentity } from "../domain/resource.ts";
import type { Script } from "../domain/script.ts";
import type { RenderedCommand } from "../domain/state.ts";

/**
 * Whether what a command's change has brought about need not be removed before another one: both are about the same
 * resource in the same place, so that the new change makes of the old state the wanted one.
 */
export function isInPlace(old: RenderedCommand, successor: RenderedCommand): boolean {
  const [before, after] = [resourceOf(old.change), resourceOf(successor.change)];
  return before !== undefined && after !== undefined && resourceIdentity(before) === resourceIdentity(after) &&
    isFoundAgain(before) && placeOf(old.exec) === placeOf(successor.exec);
}

/** What a script is about, when it is a resource: two of the same are about the same thing. */
export function subjectOf(script: Script | undefined): string | undefined {
  const resource = resourceOf(script);
  return resource === undefined ? undefined : resourceIdentity(resource);
}

function resourceOf(script: Script | undefined): Resource | undefined {
  const resource = typeof script === "object" ? parseResource(script) : undefined;
  return resource?.ok ? resource.value : undefined;
}

/** A line that its own expression does not match would stay beside the new one. Groups are taken to be empty. */
function isFoundAgain(resource: Resource): boolean {
  if (resource.kind !== "line" || resource.text === undefined) return true;
  return resource.regexp.test(resource.text.filter((part) => typeof part === "string").join(""));
}

/** Where, and as whom, an exec runs things. */
function placeOf({ command, container, user, group, privilege, workDir }: Exec): string {
  return JSON.stringify([command, container, user, group, privilege, workDir]);
}

/** Whether a command is another one again in all that it does and looks at. */
export function isSameCommand(one: RenderedCommand, other: RenderedCommand): boolean {
  const texts = (command: RenderedCommand) =>
    JSON.stringify([command.check, command.change, command.stdin, command.exec]);
  return texts(one) === texts(other);
}
