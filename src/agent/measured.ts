import { problemsText } from "../domain/problem.ts";
import type { Complaints } from "./complaints.ts";
import type { Drift } from "./drift.ts";
import type { Metrics } from "./metrics.ts";
import { succeeded } from "./puller.ts";
import type { RunAnswer, RunContext, RunRequest } from "./run_request.ts";
import { isToken } from "./wanted.ts";

interface MeasuredMeans {
  readonly context: RunContext;
  readonly metrics: Metrics;
  readonly complaints: Complaints;
  readonly drift: Drift;
}

/**
 * Carries a run out, counts it and says in the log what its caller is not told. What no part of the program expected ends
 * the run, never the agent: the other sources go on, and it is tried again.
 */
export async function measured(
  request: RunRequest,
  run: () => Promise<RunAnswer>,
  means: MeasuredMeans,
): Promise<RunAnswer> {
  const { context: { source, clock }, metrics, complaints, drift } = means;
  const begin = clock.monotonic();
  const answer = await caught(request, run, means);
  if (answer.kind === "refused" && !isAnswered(request)) {
    complaints.say("error", request.trigger, 404, problemsText(answer.problems));
  }
  // A check that somebody asked for is no run of the source.
  if (request.mode === "check" && !source.checkOnly) return answer;
  if (answer.kind === "refused" || answer.kind === "renewed") return answer;
  if (answer.kind === "failed") {
    complaints.say("error", request.trigger, 500, problemsText(answer.problems));
  }
  const report = answer.kind === "done" ? answer.report : undefined;
  const isSuccess = succeeded(answer);
  metrics.recordRun({
    source: source.name,
    trigger: request.trigger,
    error: !isSuccess,
    changed: request.mode === "change" ? report?.changed.length ?? 0 : 0,
    removed: request.mode === "change" ? report?.removed.length ?? 0 : 0,
    drifted: isWhole(request)
      ? drift.count({ tokenHash: request.wanted.hash, trigger: request.trigger, report, isSuccess })
      : 0,
    duration: clock.monotonic() - begin,
    endedAt: clock.now(),
  });
  for (const { id, groups, mode, error } of report?.counted ?? []) {
    metrics.recordCommand({ source: source.name, id, parentId: groups.join(" > "), mode, error });
  }
  return answer;
}

/** Of the whole list, and of nothing else. */
function isWhole({ wanted, filter, variables }: RunRequest): boolean {
  return filter === undefined && variables === undefined && !(isToken(wanted) && wanted.claims.once !== undefined);
}

async function caught(
  request: RunRequest,
  run: () => Promise<RunAnswer>,
  { context, complaints }: MeasuredMeans,
): Promise<RunAnswer> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    complaints.say("error", request.trigger, 500, `internal error: ${error.stack ?? error.message}`);
    const attempted = `run the pattern of ${context.source.name}`;
    const problem = { code: "internal-error", attempted, found: `internal error: ${error.message}` };
    return { kind: "failed", problems: [problem], due: [] };
  }
}

/** Who asked is told by the answer, and in the log by the route or by the puller. */
function isAnswered({ isStored, trigger }: RunRequest): boolean {
  return !isStored && (trigger === "push" || trigger === "pull");
}
