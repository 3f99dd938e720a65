import { attempt } from "./attempt.ts";
import type { Entry } from "../domain/state.ts";
import type { Run } from "./run.ts";
import { isInPlace, isSameCommand } from "./in_place.ts";
import { failureOf } from "./outcome.ts";
import { causesOf, type Why } from "./report.ts";
import { type Engine, intend, remember, run as ask, tell } from "./requests.ts";
import type { Variables } from "./variables.ts";

/**
 * Until this many removals came to nothing, what one of them left half done is removed again without asking the check, which
 * may well call a half "absent". Then the check decides; where there is none and the state is unknown, it is given up.
 */
const TRIES_LIMIT = 3;

/**
 * What becomes of an entry that left. `pass-on`: what it has left here is its successor's, which is about the same resource.
 * `come-back`: its removal came to nothing, it is wanted again just as it was, and it is so: there is nothing to undo.
 * `force`: the successor's change runs whatever its check says.
 */
export interface Decision {
  readonly what: "remove" | "forget" | "keep" | "pass-on" | "come-back";
  readonly force: boolean;
  readonly why: Why;
}

/**
 * Decides about an entry that left. Its old check is asked, except where the record knows better: a change that failed or
 * has no outcome is undone in any case, a removal that failed is tried again, and so is one that ran here and has no check
 * to ask.
 */
export function* decideRemoval(run: Run, key: number, variables: Variables): Engine<Decision> {
  if (run.stopped) return { what: "keep", force: false, why: "uncertain" };
  const entry = yield* settleInterruption(run, run.ledger.get(key)!);
  const { command, outcome } = entry;
  const tries = entry.departed?.tries ?? 0;
  const recorded = outcome !== undefined || tries > 0;
  const successor = run.ledger.wanted(entry.departed?.successor);
  // Half removed: only a whole removal and a new change lead anywhere for sure.
  const isPassedOn = tries === 0 && successor !== undefined && isInPlace(command, successor.command);
  if (isPassedOn && recorded) return { what: "pass-on", force: true, why: "recorded" };
  if (run.forgetDeparted) return { what: "forget", force: recorded, why: "recorded" };
  const keep: Decision = { what: "keep", force: recorded, why: "uncertain" };
  const uncertain = recorded && (outcome !== "changed" || tries > 0);
  if (uncertain && outcome !== "changed" && command.check === undefined && tries >= TRIES_LIMIT) {
    run.report.fail(
      "remove",
      command,
      `was given up after ${tries} tries: what is left of it on this host is unknown`,
      "",
    );
    return { what: "forget", force: recorded, why: "uncertain" };
  }
  // After a removal that was cut off nobody knows what is left, and its check may well look at only half of it.
  const isBack = outcome === "changed" && successor !== undefined && isSameCommand(command, successor.command);
  let passed: boolean | undefined;
  if (command.check !== undefined && (isBack || !(uncertain && tries < TRIES_LIMIT))) {
    const outcome = yield* ask("check", entry, command.check, variables.of(command));
    const failure = failureOf(outcome, "check");
    variables.clear(command);
    if (failure !== undefined) {
      if (outcome.kind === "interrupted" || outcome.kind === "cancelled") run.stopped = true;
      run.report.interrupted ||= outcome.kind === "interrupted";
      run.report.count(command, "check", true);
      run.report.fail("check", command, failure, outcome.output);
      return keep;
    }
    passed = outcome.kind === "exited" && outcome.code === 0;
    run.report.count(command, "check", !passed);
    variables.set(command, "check", !passed, outcome.output);
  } else {
    variables.clear(command);
  }
  if (isBack && passed === true) return { what: "come-back", force: false, why: "check-passed" };
  if (isBack && uncertain && tries < TRIES_LIMIT) passed = undefined;
  if (isPassedOn) return { what: "pass-on", force: passed === true, why: "check-passed" };
  const triggered = run.ledger.dueAt(key).length > 0;
  const why: Why | undefined = passed === true
    ? "check-passed"
    : command.always
    ? "always"
    : triggered
    ? "triggered"
    : passed === undefined && recorded
    ? uncertain ? "uncertain" : "recorded"
    : undefined;
  return {
    what: why === undefined ? "forget" : "remove",
    force: recorded || passed === true,
    why: why ?? "check-failed",
  };
}

/** Removes an entry that left, or forgets it when there is nothing to remove. Gives whether a removal ran. */
export function* removeCommand(run: Run, key: number, variables: Variables, decided?: Decision): Engine<boolean> {
  if (run.ledger.get(key) === undefined) return false;
  const decision = decided ?? (yield* decideRemoval(run, key, variables));
  const entry = run.ledger.get(key)!;
  const { command } = entry;
  if (decision.what === "keep" || run.stopped) return false;
  if (decision.what === "pass-on") {
    const passed = decision.force ? run.ledger.passOn(entry) : run.ledger.gone(entry, [], "");
    if (run.mode === "change") yield* remember(passed);
    return false;
  }
  if (decision.what === "come-back") {
    const back = run.ledger.comeBack(entry);
    if (run.mode === "change") yield* remember(back);
    return false;
  }
  if (decision.what === "forget" || command.remove === undefined) {
    const forced = decided === undefined && decision.force ? run.ledger.force(entry) : [];
    const gone = run.ledger.gone(entry, [], "");
    if (run.mode === "change") yield* remember([...forced, ...gone]);
    return false;
  }
  if (run.mode === "check") {
    const causes = decision.why === "triggered" ? causesOf(run.ledger.dueAt(key)) : undefined;
    const departure = run.ledger.wanted(entry.departed?.successor) === undefined ? "left" : "replaced";
    run.ledger.intendRemoval(entry, decision.force);
    run.ledger.gone(entry, [], "");
    run.report.acted("remove", command, "", { why: decision.why, departure, ...(causes !== undefined && { causes }) });
    return true;
  }
  yield* tell("remove", entry, `Removing ${command.id}...`);
  // Where the new change has already run, it is not forced a second time.
  const intent = run.ledger.intendRemoval(entry, decided === undefined && decision.force);
  const refused = yield* intend(intent);
  if (refused !== undefined) {
    run.stopped ||= refused.kind !== "broken";
    run.report.interrupted ||= refused.kind === "interrupted";
    run.report.fail("remove", command, failureOf(refused, "remove") ?? "", refused.output);
    return false;
  }
  const outcome = yield* attempt("remove", entry, command.remove, variables.of(command));
  if (outcome.kind === "interrupted") {
    run.stopped = true;
    run.report.interrupted = true;
    run.report.fail("remove", command, `was interrupted: ${outcome.reason}`, outcome.output);
    return false;
  }
  const failure = failureOf(outcome, "remove");
  variables.set(command, "remove", failure !== undefined, outcome.output);
  run.report.count(command, "remove", failure !== undefined);
  if (failure !== undefined) {
    if (outcome.kind === "cancelled") run.stopped = true;
    run.report.fail("remove", command, failure, outcome.output);
    const failed = run.ledger.removalFailed(entry, intent);
    // Of what onFail names, only what stays in the pattern can still be changed.
    const targets = command.onFail.targets.filter((target) => run.ledger.wanted(target) !== undefined);
    const owed = run.ledger.owe(entry, targets, command.onFail.events, outcome.output.trim());
    yield* remember([...failed, ...owed]);
    return false;
  }
  run.report.acted("remove", command, outcome.output, { why: decision.why });
  yield* remember(run.ledger.gone(entry, intent, outcome.output.trim()));
  return true;
}

/** A removal that an earlier run began without recording its outcome counts as a try and leaves the state unknown. */
function* settleInterruption(run: Run, entry: Entry): Engine<Entry> {
  if (entry.departed?.started !== true) return entry;
  const changes = run.ledger.interruptedRemoval(entry);
  if (run.mode === "change") yield* remember(changes);
  return run.ledger.get(entry.key)!;
}
