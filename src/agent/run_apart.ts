import { execute } from "../engine/execute.ts";
import { NOTHING_REMEMBERED, plan } from "../engine/plan.ts";
import { HostError } from "../host/host.ts";
import { drive } from "../workflows/drive.ts";
import { driverMeans, isFired } from "./run.ts";
import type { Outgoing, RunAnswer, RunContext, RunRequest } from "./run_request.ts";
import { RunLog } from "./run_log.ts";
import { failuresText, printEvents, renderedTooLate, runRecord, unrecorded } from "./run_story.ts";
import { runLimit } from "./run_limit.ts";
import { publicKeyOf } from "./wanted.ts";

/**
 * A run apart from the record: an ad-hoc command, or an event or webhook of a source with `runMulti`. It is compared with
 * nothing and nothing is remembered but a line of history, so that several may go on at once.
 */
export async function runApart(context: RunContext, request: RunRequest): Promise<RunAnswer> {
  const startedAt = context.clock.now();
  const { source, store } = context;
  const log = new RunLog(context.log, source.name, request.trigger);
  await using bound = runLimit(context.clock, request.timeout);
  const failed = (problems: Extract<RunAnswer, { kind: "failed" }>["problems"]) =>
    ({ kind: "failed", problems, due: [] }) as const;
  try {
    const rendered = await context.render(request.wanted, AbortSignal.any([context.kill, bound.signal]));
    if (!rendered.ok) return failed(rendered.problems);
    for (const warning of rendered.value.warnings) log.warns(warning);
    const planned = plan(NOTHING_REMEMBERED, rendered.value.commands, true);
    const report = await drive(
      execute(planned, {
        mode: request.mode,
        fires: (event) => isFired(context, request.trigger, event, log),
        ...(request.variables !== undefined && { variables: request.variables }),
        ...(request.trigger !== "push" && { outputs: "of-failures" }),
      }),
      { ...driverMeans(context, request.trigger, bound.signal), remember: () => Promise.resolve() },
    );
    log.failed(report);
    printEvents(context, report);
    if (request.mode === "check") return { kind: "done", report, due: [] };
    await store.commit({
      source: source.name,
      changes: [],
      run: runRecord(context, request, startedAt, { report }),
    });
    return { kind: "done", report, due: outgoing(context, request, report) };
  } catch (error) {
    if (error instanceof HostError) return failed([unrecorded(source.name, error)]);
    if (bound.signal.aborted || context.kill.aborted) return failed([renderedTooLate(bound.signal)]);
    throw error;
  }
}

/** The record knows nothing of these events: they are lost when the agent is killed. */
function outgoing(
  context: RunContext,
  { trigger, announces, wanted }: RunRequest,
  report: Extract<RunAnswer, { kind: "done" }>["report"],
): readonly Outgoing[] {
  const fired = trigger === "event" ? [] : report.events.filter(({ name }) => context.isReceived(name));
  const publicKey = publicKeyOf(wanted);
  return [
    ...fired.map(({ name, commandId, output }) => ({ name, commandId, output, publicKey })),
    ...(announces !== undefined && context.isReceived(announces)
      ? [{ name: announces, commandId: "", output: failuresText(report), publicKey }]
      : []),
  ];
}
