import { isSameScript } from "../domain/script.ts";
import type { Entry } from "../domain/state.ts";
import { changeCommand } from "./change.ts";
import { isInPlace } from "./in_place.ts";
import { decideRemoval, type Decision, removeCommand } from "./removal.ts";
import { Ledger } from "./ledger.ts";
import type { Plan } from "./plan.ts";
import { type KeptOutputs, ReportBuilder, type RunReport } from "./report.ts";
import type { Engine } from "./requests.ts";
import type { Mode, Run } from "./run.ts";
import { Variables } from "./variables.ts";

export interface ExecuteOptions {
  readonly mode: Mode;
  /** Narrows this run to some commands; the others are left as they are. */
  readonly only?: (command: Entry["command"]) => boolean;
  /** What left is forgotten instead of removed. */
  readonly forgetDeparted?: boolean;
  /** Variables that are set from the start, such as those of an event. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Default: all. */
  readonly outputs?: KeptOutputs;
  /** Whether anybody asks for an event of this name. Default: for all of them. */
  readonly fires?: (event: string) => boolean;
}

/**
 * Carries out a plan: removals in reverse order of the old list; then the wanted commands in order; then what left with
 * `removeAfter`. The first failure stops the list but for commands with `always` and for what the failed command's
 * `onFail` names. Decides everything and does nothing: the driver answers its requests.
 */
export function* execute(
  plan: Pick<Plan, "entries" | "reactions" | "nextKey">,
  options: ExecuteOptions,
): Engine<RunReport> {
  const run: Run = {
    mode: options.mode,
    ledger: new Ledger(plan, options.fires),
    report: new ReportBuilder(options.outputs ?? "all"),
    forgetDeparted: options.forgetDeparted ?? false,
    stopped: false,
  };
  const { only } = options;
  const chosen = only === undefined ? plan.entries : plan.entries.filter((entry) => only(entry.command));
  run.report.noneChosen = only !== undefined && chosen.length === 0;
  const departed = chosen.filter((entry) => entry.departed !== undefined).reverse();
  const wanted = chosen.filter((entry) => entry.departed === undefined);

  const removing = new Variables(options.variables);
  const afterChange = replacedAfterChange(departed, run);
  const around = new Set([...afterChange.values()].flat());
  const last = departed.filter((entry) =>
    entry.command.removeAfter && run.ledger.wanted(entry.departed?.successor) === undefined
  );
  const later = new Set([...around, ...last]);
  for (const entry of departed) {
    if (!later.has(entry)) yield* removeCommand(run, entry.key, removing);
  }

  const changing = new Variables(options.variables);
  let failed: ReadonlySet<number> | undefined;
  for (const { key, command } of wanted) {
    const mayRun = failed === undefined || command.always || failed.has(key);
    if (run.stopped || !mayRun) {
      changing.clear(command);
      continue;
    }
    const replaced = afterChange.get(key) ?? [];
    const triggered = yield* changeReplacing(run, key, replaced, { changing, removing, reacts: failed === undefined });
    failed ??= triggered;
  }

  if (failed === undefined) {
    for (const entry of last) yield* removeCommand(run, entry.key, removing);
    yield* changeOnceMore(run, wanted, later, changing);
  }
  return run.report.build(run.mode === "check" ? [] : run.ledger.reactions);
}

/** Entries that are removed only after the new change of what replaces them, by the key of that. */
function replacedAfterChange(departed: readonly Entry[], run: Run): ReadonlyMap<number | undefined, readonly Entry[]> {
  const by = new Map<number | undefined, Entry[]>();
  for (const entry of departed) {
    const successor = run.ledger.wanted(entry.departed?.successor);
    // The same script again, because its removal came to nothing, or the same resource: removed after the change, it would
    // undo that very change.
    if (!successor?.command.removeAfter || isSameScript(successor.command.change, entry.command.change)) continue;
    if (isInPlace(entry.command, successor.command)) continue;
    by.set(successor.key, [...by.get(successor.key) ?? [], entry]);
  }
  return by;
}

/** The wanted commands that removals after their turn have triggered, and what those trigger in turn. */
function* changeOnceMore(
  run: Run,
  wanted: readonly Entry[],
  removedLate: ReadonlySet<Entry>,
  changing: Variables,
): Engine<void> {
  const causes = new Set([...removedLate].map((entry) => entry.key));
  let failed: ReadonlySet<number> | undefined;
  for (const { key, command } of removedLate.size === 0 ? [] : wanted) {
    if (run.stopped) return;
    if (failed !== undefined && !failed.has(key)) continue;
    // A cause of the same id is what this one replaces; that was its reason to change in its turn.
    const due = run.ledger.dueAt(key).some((one) => causes.has(one.causeKey) && one.causeId !== command.id);
    if (!due) continue;
    causes.add(key);
    const triggered = yield* changeCommand(run, key, changing, { reacts: failed === undefined });
    failed ??= triggered;
  }
}

/**
 * A wanted command, and around it the removal of what it replaces when that comes after: new change, old removal, then
 * its check and, if that fails, the change once more. Gives the targets of `onFail` when it failed.
 */
function* changeReplacing(
  run: Run,
  key: number,
  replaced: readonly Entry[],
  context: { readonly changing: Variables; readonly removing: Variables; readonly reacts: boolean },
): Engine<ReadonlySet<number> | undefined> {
  const { changing, removing, reacts } = context;
  const decisions: (readonly [number, Decision])[] = [];
  for (const { key: old } of replaced) {
    const decision = yield* decideRemoval(run, old, removing);
    if (decision.force) run.ledger.force(run.ledger.get(old)!);
    decisions.push([old, decision]);
  }
  const failed = yield* changeCommand(run, key, changing, { reacts });
  if (failed !== undefined) return failed;
  let removed = false;
  for (const [old, decision] of decisions) {
    removed = (yield* removeCommand(run, old, removing, decision)) || removed;
  }
  if (!removed || run.stopped || run.ledger.get(key)?.command.check === undefined) return undefined;
  return yield* changeCommand(run, key, changing, { reacts, onlyByCheck: true });
}
