import type { Script } from "../domain/script.ts";
import type { Entry, Reaction, StateChange } from "../domain/state.ts";
import { attempt } from "./attempt.ts";
import type { Run } from "./run.ts";
import { failureOf } from "./outcome.ts";
import { causesOf, type Why } from "./report.ts";
import { type Engine, intend, type Outcome, remember, run as ask, type Step, tell } from "./requests.ts";
import type { Variables } from "./variables.ts";

export interface ChangeOptions {
  /** A failure makes the targets of `onFail` due. Not so after another one: then failures are only reported. */
  readonly reacts: boolean;
  /** Only a failing check makes it change, not `always` or a trigger. */
  readonly onlyByCheck?: boolean;
}

/**
 * One wanted command: its check, always when there is one, and its change if something asks for it. Gives nothing when all
 * went well, else the keys of what `onFail` names.
 */
export function* changeCommand(
  run: Run,
  key: number,
  variables: Variables,
  options: ChangeOptions,
): Engine<ReadonlySet<number> | undefined> {
  yield* giveUpInterrupted(run, key);
  const entry = run.ledger.get(key)!;
  const { command } = entry;
  const due = options.onlyByCheck === true ? [] : run.ledger.dueAt(key);
  const asked = options.onlyByCheck === true ? undefined : reason(entry, due);
  let why: Why | undefined = asked;
  let difference = "";
  if (command.check !== undefined) {
    const outcome = yield* ask("check", entry, command.check, variables.of(command));
    const failure = failureOf(outcome, "check");
    variables.clear(command);
    if (failure !== undefined) {
      run.report.count(command, "check", true);
      variables.set(command, "check", true, outcome.output);
      return yield* fail(run, entry, { step: "check", failure, outcome, options, changes: [] });
    }
    const passed = outcome.kind === "exited" && outcome.code === 0;
    run.report.count(command, "check", !passed);
    variables.set(command, "check", !passed, outcome.output);
    if (!passed) {
      why ??= "check-failed";
      difference = outcome.output;
    }
  } else {
    variables.clear(command);
    run.report.count(command, "check", why !== undefined);
    variables.set(command, "check", why !== undefined, undefined);
  }
  if (why === undefined || command.change === undefined) {
    // A command without a change has nothing that a reaction could still wait for.
    if (command.change === undefined && due.length > 0 && run.mode === "change") {
      yield* remember(run.ledger.settle(entry));
    }
    return undefined;
  }
  if (run.mode === "check") {
    run.ledger.intendChange(entry);
    run.report.acted("change", command, difference, { why, ...(why === "triggered" && { causes: causesOf(due) }) });
    return undefined;
  }
  return yield* change(run, entry, command.change, variables, options, why, due.at(-1)?.causeId);
}

function* change(
  run: Run,
  entry: Entry,
  script: Script,
  variables: Variables,
  options: ChangeOptions,
  why: Why,
  causeId: string | undefined,
): Engine<ReadonlySet<number> | undefined> {
  const { command } = entry;
  if (why === "always") yield* tell("check", entry, `Always changing ${command.id}...`);
  if (why === "triggered") yield* tell("check", entry, `Triggering ${command.id} via ${causeId}...`);
  yield* tell("change", entry, `Changing ${command.id}...`);
  const intent = run.ledger.intendChange(entry);
  const refused = yield* intend(intent);
  if (refused !== undefined) {
    return yield* fail(run, entry, {
      step: "change",
      failure: failureOf(refused, "change") ?? "",
      outcome: refused,
      options,
      changes: [],
    });
  }
  const outcome = yield* attempt("change", entry, script, variables.of(command));
  if (outcome.kind === "interrupted") {
    // The agent stops: the intent stays as it is, and the next start finds out.
    run.stopped = true;
    run.report.interrupted = true;
    run.report.fail("change", command, failureOf(outcome, "change")!, outcome.output);
    return new Set();
  }
  const failure = failureOf(outcome, "change");
  run.report.count(command, "change", failure !== undefined);
  variables.set(command, "change", failure !== undefined, outcome.output);
  if (failure !== undefined) {
    const changes = run.ledger.failed(entry, intent);
    return yield* fail(run, entry, { step: "change", failure, outcome, options, changes });
  }
  run.report.acted("change", command, outcome.output, { why });
  yield* remember(run.ledger.changed(entry, intent, outcome.output.trim()));
  return undefined;
}

/** Reports a failure and makes due what `onFail` names. */
function* fail(
  run: Run,
  entry: Entry,
  what: {
    readonly step: Step;
    readonly failure: string;
    readonly outcome: Outcome;
    readonly options: ChangeOptions;
    readonly changes: readonly StateChange[];
  },
): Engine<ReadonlySet<number>> {
  const { command } = entry;
  run.report.fail(what.step, command, what.failure, what.outcome.output);
  if (what.outcome.kind === "cancelled" || what.outcome.kind === "interrupted") run.stopped = true;
  run.report.interrupted ||= what.outcome.kind === "interrupted";
  if (what.outcome.kind === "interrupted") return new Set();
  const owed = what.options.reacts
    ? run.ledger.owe(entry, command.onFail.targets, command.onFail.events, what.outcome.output.trim())
    : [];
  if (run.mode === "change") yield* remember([...what.changes, ...owed]);
  return new Set(what.options.reacts ? command.onFail.targets : []);
}

function* giveUpInterrupted(run: Run, key: number): Engine<void> {
  const entry = run.ledger.get(key)!;
  const { given, changes } = run.ledger.giveUp(key);
  for (const reaction of given) {
    const what = `was given up: triggered by ${JSON.stringify(reaction.causeId)}, it was interrupted ` +
      `${reaction.interruptions} times (a restart of the machine or of the agent?)`;
    run.report.fail("change", entry.command, what, "");
  }
  if (run.mode === "change") yield* remember(changes);
}

function reason(entry: Entry, due: readonly Reaction[]): Why | undefined {
  if (entry.command.always) return "always";
  if (due.length === 0) return undefined;
  // Nothing targets itself: a cause of the same id is the text that this one replaces.
  return due.every((reaction) => reaction.causeId === entry.command.id) ? "modified" : "triggered";
}
