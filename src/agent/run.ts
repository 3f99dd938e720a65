import { chosenBy } from "../domain/command.ts";
import type { Milliseconds } from "../domain/duration.ts";
import { formatDuration } from "../domain/duration.ts";
import type { Regexp } from "../domain/regexp.ts";
import { bad, ok, type Problem, problemsText, type Result } from "../domain/problem.ts";
import type { Accepted, RenderedCommand, RunRecord, SourceState, StateChange } from "../domain/state.ts";
import type { Source } from "../domain/source.ts";
import { execute } from "../engine/execute.ts";
import { NOTHING_REMEMBERED, type Plan, plan } from "../engine/plan.ts";
import type { Planner } from "../engine/planner.ts";
import type { RunReport } from "../engine/report.ts";
import type { Mode } from "../engine/run.ts";
import { type Clock, HostError, type Log, type StateStore } from "../host/host.ts";
import { checkRollback, type RollbackMark } from "../token/rollback.ts";
import { checkTimes, type VerifiedToken } from "../token/verify.ts";
import { drive, type Driver } from "../workflows/drive.ts";
import type { ScriptMeans } from "../workflows/run_script.ts";
import { forgetAsked } from "./forget_asked.ts";
import { RunLog } from "./run_log.ts";

/** Characters of a failed command's output that its line of history keeps. */
const BRIEF = 300;

export type Trigger = "init" | "pull" | "push";

/** What a source needs for its runs. */
export interface RunContext extends ScriptMeans {
  readonly source: Source;
  readonly store: StateStore;
  readonly planner: Planner;
  /** Where the token is kept; absent when nothing is to be kept. */
  readonly tokenPath?: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
  /** The list that a verified token renders to on this host, with every exec resolved. */
  readonly render: (token: VerifiedToken, signal: AbortSignal) => Promise<Result<RenderedRun>>;
  /** Prints what commands hand to the events `stdout` and `stderr`. */
  readonly print: (stream: "stdout" | "stderr", text: string) => void;
}

export interface RenderedRun {
  readonly commands: readonly RenderedCommand[];
  readonly warnings: readonly Problem[];
}

export interface RunRequest {
  readonly trigger: Trigger;
  readonly mode: Mode;
  readonly token: VerifiedToken;
  /** Address of the caller, "" where there is none. */
  readonly address: string;
  /** Bound of the whole run. */
  readonly timeout: Milliseconds;
  /** When it would be tried again, after its end, if it fails. */
  readonly retryIn: Milliseconds;
  readonly filter?: Regexp;
  /** The token asks for the same as the current one: it is only kept in its place. */
  readonly renews?: boolean;
  /** The token is the one of the token file. */
  readonly isStored: boolean;
  /** Called when the token has become the wanted one. */
  readonly accepted: (token: VerifiedToken) => void;
}

/** How a run ended. `refused`: the token was not accepted and nothing was touched. */
export type RunAnswer =
  | { readonly kind: "renewed" }
  | { readonly kind: "refused"; readonly problems: readonly Problem[] }
  | { readonly kind: "failed"; readonly problems: readonly Problem[] }
  | { readonly kind: "done"; readonly report: RunReport };

/**
 * One run of a source: guard, render, accept, execute, settle. The order is what makes it safe: nothing is kept before the
 * token is accepted, nothing is done before it is kept, nothing is forgotten before it is done.
 */
export async function runToken(context: RunContext, request: RunRequest): Promise<RunAnswer> {
  const { source, store } = context;
  const { token } = request;
  const log = new RunLog(context.log, source.name, request.trigger);
  const startedAt = context.clock.now();
  await using bound = timeLimit(context, request.timeout);
  try {
    const state = await forgetAsked(source.name, await store.load(source.name), context);
    const mark = guard(context, request, state, startedAt);
    if (!mark.ok) return { kind: "refused", problems: mark.problems };
    if (request.renews === true && request.mode === "check") {
      request.accepted(token);
      return { kind: "renewed" };
    }
    if (request.renews === true) {
      await accept(context, request, true, mark.value, { changes: [], nextKey: state.nextKey }, state);
      return { kind: "renewed" };
    }

    const rendered = await context.render(token, AbortSignal.any([context.kill, bound.signal]));
    if (!rendered.ok) return await failBeforeStart(context, request, rendered.problems, startedAt);
    for (const warning of rendered.value.warnings) log.warns(warning);

    const isNew = token.hash !== state.accepted?.tokenHash;
    const planned = context.planner.plan(state, rendered.value.commands, isNew);
    if (isNew && request.mode === "change") log.updates();
    if (request.mode === "change") await accept(context, request, isNew, mark.value, planned, state);

    const report = await drive(
      execute(planned, {
        mode: request.mode,
        ...(source.noRemove && { forgetDeparted: true }),
        // Only a caller gets to see them.
        ...(request.trigger !== "push" && { outputs: "of-failures" }),
        ...(request.filter !== undefined && { only: chosenBy(request.filter, source.name) }),
      }),
      driver(context, request.trigger, bound.signal, planned.nextKey),
    );
    log.failed(report);
    if (request.mode === "change") await settle(context, request, report, startedAt);
    else if (source.checkOnly) log.planned(report);
    // Nothing is saved, but the same token need not be looked at again.
    if (source.checkOnly) request.accepted(token);
    return { kind: "done", report };
  } catch (error) {
    if (error instanceof HostError) return { kind: "failed", problems: [unrecorded(source.name, error)] };
    if (bound.signal.aborted || context.kill.aborted) return { kind: "failed", problems: [late(bound.signal)] };
    throw error;
  }
}

/** An ad-hoc command under the source's rules: nothing is accepted, compared or remembered but a line of history. */
export async function runOnce(context: RunContext, request: RunRequest): Promise<RunAnswer> {
  const startedAt = context.clock.now();
  await using bound = timeLimit(context, request.timeout);
  try {
    const rendered = await context.render(request.token, AbortSignal.any([context.kill, bound.signal]));
    if (!rendered.ok) return { kind: "failed", problems: rendered.problems };
    const planned = plan(NOTHING_REMEMBERED, rendered.value.commands, true);
    const report = await drive(execute(planned, { mode: request.mode }), {
      ...driver(context, request.trigger, bound.signal, planned.nextKey),
      remember: () => Promise.resolve(),
    });
    new RunLog(context.log, context.source.name, request.trigger).failed(report);
    if (request.mode === "change") {
      const run = runRecord(context, request, report, startedAt);
      await context.store.commit({ source: context.source.name, changes: [], run });
    }
    return { kind: "done", report };
  } catch (error) {
    if (error instanceof HostError) return { kind: "failed", problems: [unrecorded(context.source.name, error)] };
    if (bound.signal.aborted || context.kill.aborted) return { kind: "failed", problems: [late(bound.signal)] };
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
  request: Pick<RunRequest, "token" | "isStored">,
  state: SourceState,
  now: number,
): Result<RollbackMark> {
  const { token, isStored } = request;
  const expired = checkTimes(token.claims, now, token.keyId);
  if (expired !== undefined) return bad(expired);
  const mark = checkRollback({
    token,
    now,
    newest: state.newest,
    allowRollback: context.source.allowRollback,
    ...(state.accepted !== undefined && { currentHash: state.accepted.tokenHash }),
  });
  return mark.ok || !isStored ? mark : ok(undefined);
}

/** The token file first: it is what the next start goes by. Then, in one transaction, everything that follows from it. */
async function accept(
  context: RunContext,
  { token, isStored, accepted: becomesWanted }: RunRequest,
  isNew: boolean,
  mark: RollbackMark,
  planned: Pick<Plan, "changes" | "nextKey">,
  state: SourceState,
): Promise<void> {
  // Also where the record knows the token already: its file may have vanished before the agent started.
  if ((isNew || !isStored) && context.tokenPath !== undefined) {
    await context.files.writeAtomic(context.tokenPath, token.raw, { mode: 0o600 });
  }
  // The next start goes by the file: so from here on it is the wanted one, also if the record can't be written.
  becomesWanted(token);
  if (!isNew && planned.changes.length === 0) return;
  const accepted: Accepted = { tokenHash: token.hash, keyId: token.keyId, at: context.clock.now() };
  await context.store.commit({
    source: context.source.name,
    changes: planned.changes,
    ...(isNew && { accepted }),
    ...(mark !== undefined && { newest: mark }),
    ...(planned.nextKey !== state.nextKey && { nextKey: planned.nextKey }),
  });
}

/** The history, and the events that are delivered: one transaction. */
async function settle(context: RunContext, request: RunRequest, report: RunReport, startedAt: number): Promise<void> {
  const changes: StateChange[] = [];
  if (!report.interrupted) {
    print(context, report);
    for (const event of report.events) changes.push({ kind: "delete-reaction", id: event.reaction });
  }
  const record = runRecord(context, request, report, startedAt);
  const isFailed = report.failures.length > 0 && !report.interrupted;
  const run = isFailed ? { ...record, retryAt: context.clock.now() + request.retryIn } : record;
  await context.store.commit({ source: context.source.name, changes, run });
}

function print(context: RunContext, report: RunReport): void {
  for (const event of report.events) {
    if (event.name === "stdout" || event.name === "stderr") context.print(event.name, `${event.output}\n`);
  }
}

function driver(context: RunContext, trigger: Trigger, cancel: AbortSignal, firstKey: number): Driver {
  const { source, store } = context;
  let nextKey = firstKey;
  let isWritable = false;
  return {
    ...context,
    cancel,
    remember: async (changes) => {
      if (changes.length === 0 && isWritable) return;
      const before = nextKey;
      for (const change of changes) {
        if (change.kind === "put-reaction") nextKey = Math.max(nextKey, change.reaction.id + 1);
      }
      // Without changes, once in a run: a number is spent, as a full disk shows only in a write that changes something.
      if (changes.length === 0) nextKey++;
      await store.commit({ source: source.name, changes, ...(nextKey !== before && { nextKey }) });
      isWritable = true;
    },
    tell: ({ step, entry, message }) =>
      context.log.write({
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

/** Aborts its signal, with a text as the reason, when the time of the run is up. */
function timeLimit(
  context: RunContext,
  timeout: Milliseconds,
): AsyncDisposable & { readonly signal: AbortSignal } {
  const up = new AbortController();
  const ended = new AbortController();
  const timer = context.clock.sleep(timeout, ended.signal).then(() => {
    if (!ended.signal.aborted) up.abort(`the time of the run, ${formatDuration(timeout)}, was up`);
  });
  return {
    signal: up.signal,
    [Symbol.asyncDispose]: () => {
      ended.abort();
      return timer;
    },
  };
}

/** A token that does not render changes nothing, but the history tells of it. */
async function failBeforeStart(
  context: RunContext,
  request: RunRequest,
  problems: readonly Problem[],
  startedAt: number,
): Promise<RunAnswer> {
  if (request.mode === "change") {
    const run = { ...runRecord(context, request, undefined, startedAt), error: problemsText(problems) };
    try {
      await context.store.commit({ source: context.source.name, changes: [], run });
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      return { kind: "failed", problems: [...problems, unrecorded(context.source.name, error)] };
    }
  }
  return { kind: "failed", problems };
}

function runRecord(
  context: RunContext,
  request: RunRequest,
  report: RunReport | undefined,
  startedAt: number,
): RunRecord {
  return {
    source: context.source.name,
    startedAt,
    durationMs: context.clock.now() - startedAt,
    trigger: request.trigger,
    keyId: request.token.keyId,
    address: request.address,
    tokenHash: request.token.hash,
    changed: report?.changed.map(({ id }) => id) ?? [],
    removed: report?.removed.map(({ id }) => id) ?? [],
    error:
      report?.failures.map(({ message, output }) => [message, brief(output)].filter(Boolean).join(": ")).join("; ") ??
        "",
  };
}

/** The end of an output, where the reason of a failure usually stands, on one line. */
function brief(output: string): string {
  const line = output.replace(/\s+/g, " ");
  return line.length <= BRIEF ? line : `…${line.slice(-BRIEF)}`;
}

function unrecorded(source: string, error: HostError): Problem {
  return {
    code: "state-unwritable",
    attempted: `record the run of ${source}`,
    found: error.message,
    hint: "nothing more was changed; the run is tried again",
  };
}

function late(signal: AbortSignal): Problem {
  const found = signal.aborted ? String(signal.reason) : "etcha is stopping";
  return { code: "run-cancelled", attempted: "render the pattern", found };
}
