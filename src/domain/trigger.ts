import type { Command, Triggers } from "./command.ts";
import type { Problem } from "./problem.ts";
import { parseRegexp } from "./regexp.ts";
import { didYouMean } from "./suggest.ts";

/** The trigger lists of a command as they were written. */
export interface TriggerSource {
  readonly onChange: readonly string[];
  readonly onFail: readonly string[];
  readonly onRemove: readonly string[];
}

export type ResolvedTriggers = { readonly [list in keyof TriggerSource]: Triggers };

type Written = { readonly command: Command; readonly texts: TriggerSource };

/** Where each list's targets stand as seen from the command: removal runs backwards. */
const SIDES: { readonly [list in keyof TriggerSource]: "after" | "before" } = {
  onChange: "after",
  onFail: "after",
  onRemove: "before",
};

/** The positions of one group's commands, and what an entry means there, found once however often it is written. */
class Group {
  readonly #positions = new Map<string, number[]>();
  readonly #found = new Map<string, readonly number[] | string>();

  add(id: string, position: number): void {
    const known = this.#positions.get(id);
    if (known === undefined) this.#positions.set(id, [position]);
    else known.push(position);
  }

  get ids(): Iterable<string> {
    return this.#positions.keys();
  }

  /** Ascending positions of what the entry means: the commands with that very id, else those whose id it matches. */
  find(entry: string): readonly number[] | string {
    const exact = this.#positions.get(entry);
    if (exact !== undefined) return exact;
    let found = this.#found.get(entry);
    if (found === undefined) {
      found = this.#search(entry);
      this.#found.set(entry, found);
    }
    return found;
  }

  #search(entry: string): readonly number[] | string {
    const parsed = parseRegexp(entry);
    if (!parsed.ok) return parsed.reason;
    const positions: number[] = [];
    for (const [id, at] of this.#positions) if (parsed.regexp.test(id)) positions.push(...at);
    return positions.sort((a, b) => a - b);
  }
}

/**
 * Resolves the trigger lists of all commands. An entry equal to an id means exactly that; any other is an RE2 expression
 * that is searched in the ids of the same group. Problems are appended to `problems`.
 */
export function resolveTriggers(
  list: readonly Written[],
  describe: (command: Command) => string,
  problems: Problem[],
): readonly ResolvedTriggers[] {
  const groups = new Map<number, Group>();
  list.forEach(({ command }, position) => {
    const scope = command.scopes.at(-1)!;
    let group = groups.get(scope);
    if (group === undefined) groups.set(scope, group = new Group());
    group.add(command.id, position);
  });
  return list.map(({ command, texts }, position) => {
    const group = groups.get(command.scopes.at(-1)!)!;
    const resolve = (name: keyof TriggerSource) =>
      resolveList(name, texts[name], command, position, group, describe(command), problems);
    return { onChange: resolve("onChange"), onFail: resolve("onFail"), onRemove: resolve("onRemove") };
  });
}

function resolveList(
  name: keyof TriggerSource,
  entries: readonly string[],
  command: Command,
  position: number,
  group: Group,
  where: string,
  problems: Problem[],
): Triggers {
  if (entries.length === 0) return { targets: [], events: [] };
  const targets = new Set<number>();
  const events = new Set<string>();
  for (const entry of entries) {
    const found = entry.startsWith("etcha:")
      ? addEvent(entry, events)
      : addTargets(entry, SIDES[name], command, position, group, targets);
    if (found === undefined) continue;
    problems.push({ attempted: `resolve ${name} ${JSON.stringify(entry)}`, where, ...found });
  }
  return { targets: [...targets].sort((a, b) => a - b), events: [...events] };
}

type Mistake = Pick<Problem, "code" | "found" | "hint">;

function addEvent(entry: string, events: Set<string>): Mistake | undefined {
  const event = entry.slice("etcha:".length);
  if (event === "") return { code: "bad-event", found: "an event needs a name after etcha:" };
  events.add(event);
}

function addTargets(
  entry: string,
  side: "after" | "before",
  command: Command,
  position: number,
  group: Group,
  targets: Set<number>,
): Mistake | undefined {
  if (entry === command.id) return { code: "self-target", found: "a command can't target itself" };
  const found = group.find(entry);
  if (typeof found === "string") {
    return { code: "bad-regexp", found: `no id equals it, and it is no valid regular expression: ${found}` };
  }
  let matched = 0;
  for (const at of found) {
    if (side === "after" ? at > position : at < position) {
      targets.add(at);
      matched++;
    }
  }
  if (matched > 0) return undefined;
  if (found.some((at) => at !== position)) {
    return {
      code: "target-wrong-side",
      found: `what it names does not stand ${side} this command`,
      hint: side === "after"
        ? "targets of onChange and onFail must come later in the same list"
        : "targets of onRemove must come earlier in the same list, because removal runs backwards",
    };
  }
  return {
    code: "target-not-found",
    found: "no command in the same list has this id or matches it",
    ...didYouMean(entry, group.ids),
  };
}
