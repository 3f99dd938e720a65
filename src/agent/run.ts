import { chosenBy } from "../domain/command.ts";
import { bad, ok, type Problem, problemsText, type Result } from "../domain/problem.ts";
import type { Accepted, Reaction, SourceState, StateChange } from "../domain/state.ts";
import { execute } from "../engine/execute.ts";
import type { Plan } from "../engine/plan.ts";
import { type DueEvent, dueEvents, type RunReport } from "../engine/report.ts";
import { HostError } from "../host/host.ts";
import { checkRollback, type RollbackMark } from "../token/rollback.ts";
import { checkTimes } from "../token/verify.ts";
import { drive, type Driver } from "../workflows/drive.ts";
import { failuresText, printEvents, renderedTooLate, runRecord, unrecorded } from "./run_story.ts";
import { runLimit } from "./run_limit.ts";
import { forgetAsked } from "./forget_asked.ts";
import { RunLog } from "./run_log.ts";
import type { RunAnswer, RunContext, RunRequest, Trigger } from "./run_request.ts";
import { isToken, publicKeyOf } from "./wanted.ts";

/**
 * One run of a source: guard, render, accept, execute, settle. The order is what makes it safe: nothing is kept before the
 * token is accepted, nothing is done before it is kept, nothing is forgotten before it is done.
 */
export async function runWanted(context: RunContext, request: RunRequest): Promise<RunAnswer> {
  const { source, store } = context;
  const { wanted } = request;
  const log = new RunLog(context.log, source.name, request.trigger);
  const startedAt = context.clock.now();
  await using bound = runLimit(context.clock, request.timeout);
  try {
    const state = await forgetAsked(source.name, await store.load(source.name), context);
    const mark = guard(context, request, state, startedAt);
    if (!mark.ok) return { kind: "refused", problems: mark.problems };
    if (request.renews === true && request.mode === "check") {
      request.accepted(wanted);
      return { kind: "renewed" };
    }
    if (request.renews === true) {
      await accept(context, request, true, mark.value, { changes: [], nextKey: state.nextKey }, state);
      return { kind: "renewed" };
    }

    const rendered = await context.render(wanted, AbortSignal.any([context.kill, bound.signal]));
    if (!rendered.ok) return await failBeforeStart(context, request, rendered.problems, state.nextKey, startedAt);
    for (const warning of rendered.value.warnings) log.warns(warning);

    const isNew = wanted.hash !== state.accepted?.tokenHash;
    const planned = context.planner.plan(state, rendered.value.commands, isNew);
    if (isNew && request.mode === "change") log.updates();
    if (request.mode === "change") await accept(context, request, isNew, mark.value, planned, state);

    const keys = new Keys(planned.nextKey);
    const report = await drive(
      execute(planned, {
        mode: request.mode,
        fires: (event) => isFired(context, request.trigger, event, log),
        ...(request.variables !== undefined && { variables: request.variables }),
        ...(source.noRemove && { forgetDeparted: true }),
        // Only a caller gets to see them.
        ...(request.trigger !== "push" && { outputs: "of-failures" }),
        ...(request.filter !== undefined && { only: chosenBy(request.filter, source.name) }),
      }),
      driver(context, request.trigger, bound.signal, keys),
    );
    log.failed(report);
    const due = request.mode === "change" ? await settle(context, request, report, keys, startedAt) : [];
    if (source.checkOnly) log.planned(report);
    // Nothing is saved, but the same token need not be looked at again.
    if (source.checkOnly) request.accepted(wanted);
    return { kind: "done", report: { ...report, events: forCaller(report.events, planned.nextKey) }, due };
  } catch (error) {
    if (error instanceof HostError) return { kind: "failed", problems: [unrecorded(source.name, error)], due: [] };
    if (bound.signal.aborted || context.kill.aborted) {
      return { kind: "failed", problems: [renderedTooLate(bound.signal)], due: [] };
    }
    throw error;
  }
}

/**
 * Whether a token may run now: its times, and that it is no older than what was accepted. Asked before it waits in the
 * queue, so that a refused one displaces no other, and again at its turn. The stored current token is exempt from the
 * second, because the file wins over the record; if it is new enough, it moves the mark all the same.
 */
export function guard(
  context: Pick<RunContext, "source">,
  { wanted, isStored }: Pick<RunRequest, "wanted" | "isStored">,
  state: SourceState,
  now: number,
): Result<RollbackMark> {
  if (!isToken(wanted)) return ok(undefined);
  const expired = checkTimes(wanted.claims, now, wanted.keyId);
  if (expired !== undefined) return bad(expired);
  const mark = checkRollback({
    token: wanted,
    now,
    newest: state.newest,
    allowRollback: context.source.allowRollback,
    ...(state.accepted !== undefined && { currentHash: state.accepted.tokenHash }),
  });
  return mark.ok || !isStored ? mark : ok(undefined);
}

/**
 * Whether a command's event is for anybody. What was fired by an event triggers nobody, so that events go in no circle; the
 * printing and the end of the agent are no triggers.
 */
export function isFired(
  context: Pick<RunContext, "isReceived">,
  trigger: Trigger,
  event: string,
  log: Pick<RunLog, "unheard">,
): boolean {
  if (event === "stdout" || event === "stderr" || event === "exit") return true;
  if (trigger === "webhook" && isAnswer(event)) return true;
  const isReceived = context.isReceived(event);
  if (!isReceived) log.unheard(event);
  return isReceived && trigger !== "event";
}

function isAnswer(event: string): boolean {
  return event === "webhookBody" || event === "webhookContentType";
}

/** What a killed run would have answered is for nobody else; `nextKey` is the first number that this run has given. */
function forCaller(events: readonly DueEvent[], nextKey: number): readonly DueEvent[] {
  return events.filter(({ name, reaction }) => !isAnswer(name) || reaction.id >= nextKey);
}

/** The token file first: it is what the next start goes by. Then, in one transaction, everything that follows from it. */
async function accept(
  context: RunContext,
  { wanted, isStored, accepted: becomesWanted }: RunRequest,
  isNew: boolean,
  mark: RollbackMark,
  planned: Pick<Plan, "changes" | "nextKey">,
  state: SourceState,
): Promise<void> {
  // Also where the record knows the token already: its file may have vanished before the agent started.
  if ((isNew || !isStored) && context.tokenPath !== undefined && isToken(wanted)) {
    await context.files.writeAtomic(context.tokenPath, wanted.raw, { mode: 0o600 });
  }
  // The next start goes by the file: so from here on it is the wanted one, also if the record can't be written.
  becomesWanted(wanted);
  if (!isNew && planned.changes.length === 0) return;
  const accepted: Accepted = { tokenHash: wanted.hash, keyId: wanted.keyId, at: context.clock.now() };
  await context.store.commit({
    source: context.source.name,
    changes: planned.changes,
    ...(isNew && { accepted }),
    ...(mark !== undefined && { newest: mark }),
    ...(planned.nextKey !== state.nextKey && { nextKey: planned.nextKey }),
  });
}

/** The history, and the events that are settled: one transaction. Gives the events that are still to be delivered. */
async function settle(
  context: RunContext,
  request: RunRequest,
  report: RunReport,
  keys: Keys,
  startedAt: number,
): Promise<readonly DueEvent[]> {
  const { store, source } = context;
  const record = runRecord(context, request, startedAt, { report });
  const isTriedAgain = report.failures.length > 0 && !report.interrupted && request.retryIn !== undefined;
  const run = isTriedAgain ? { ...record, retryAt: context.clock.now() + request.retryIn } : record;
  if (report.interrupted) {
    await store.commit({ source: source.name, changes: [], run });
    return [];
  }
  printEvents(context, report);
  const mayTrigger = request.trigger !== "event";
  const due = report.events.filter(({ name }) => context.isReceived(name) && (mayTrigger || name !== "exit"));
  const settled = report.events.filter((event) => !due.includes(event));
  const announced = announcement(context, request, keys, failuresText(report));
  await store.commit({
    source: source.name,
    changes: [
      ...settled.map(({ reaction }): StateChange => ({ kind: "delete-reaction", id: reaction.id })),
      ...announced.map((reaction): StateChange => ({ kind: "put-reaction", reaction })),
    ],
    ...(announced.length > 0 && { nextKey: keys.next }),
    run,
  });
  return [...due, ...dueEvents(announced)];
}

/** That a pull or push has run is an event of its own, if somebody receives it. Its output is what went wrong. */
function announcement(
  context: RunContext,
  { announces }: RunRequest,
  keys: Keys,
  output: string,
): readonly Reaction[] {
  if (announces === undefined || !context.isReceived(announces)) return [];
  const action = { do: "event", name: announces, commandId: "", output } as const;
  return [{ id: keys.take(), action, causeKey: 0, causeId: "", interruptions: 0 }];
}

/** The numbers of entries and reactions that were not yet used. */
class Keys {
  constructor(public next: number) {}

  take(): number {
    return this.next++;
  }

  /** A reaction of this number was made elsewhere. */
  seen(id: number): void {
    this.next = Math.max(this.next, id + 1);
  }
}

function driver(context: RunContext, trigger: Trigger, cancel: AbortSignal, keys: Keys): Driver {
  const { source, store } = context;
  let isWritable = false;
  return {
    ...driverMeans(context, trigger, cancel),
    remember: async (changes) => {
      if (changes.length === 0 && isWritable) return;
      const before = keys.next;
      for (const change of changes) if (change.kind === "put-reaction") keys.seen(change.reaction.id);
      // Without changes, once in a run: a number is spent, as a full disk shows only in a write that changes something.
      if (changes.length === 0) keys.take();
      await store.commit({ source: source.name, changes, ...(keys.next !== before && { nextKey: keys.next }) });
      isWritable = true;
    },
  };
}

/** What every run of a source drives its commands with, whether or not it is recorded. */
export function driverMeans(context: RunContext, trigger: Trigger, cancel: AbortSignal): Omit<Driver, "remember"> {
  const { source, log } = context;
  return {
    ...context,
    cancel,
    tell: ({ step, entry, message }) =>
      log.write({
        level: "info",
        function: "commands",
        status: 200,
        sourceTrigger: trigger,
        sourceName: source.name,
        commandId: entry.command.id,
        commandMode: step,
        ...(entry.command.groups.length > 0 && { commandParentId: entry.command.groups.join(" > ") }),
        message,
      }),
  };
}

/** What does not render changes nothing, but the history tells of it. */
async function failBeforeStart(
  context: RunContext,
  request: RunRequest,
  problems: readonly Problem[],
  nextKey: number,
  startedAt: number,
): Promise<RunAnswer> {
  if (request.mode === "check") return { kind: "failed", problems, due: [] };
  const error = problemsText(problems);
  const run = runRecord(context, request, startedAt, { error });
  const keys = new Keys(nextKey);
  const announced = announcement(context, request, keys, error);
  try {
    await context.store.commit({
      source: context.source.name,
      changes: announced.map((reaction): StateChange => ({ kind: "put-reaction", reaction })),
      ...(announced.length > 0 && { nextKey: keys.next }),
      run,
    });
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return { kind: "failed", problems: [...problems, unrecorded(context.source.name, error)], due: [] };
  }
  const publicKey = publicKeyOf(request.wanted);
  return { kind: "failed", problems, due: dueEvents(announced).map((event) => ({ ...event, publicKey })) };
}
