import type { Milliseconds } from "../domain/duration.ts";
import type { Json } from "../domain/json.ts";
import { bad, ok, type Problem, type Result } from "../domain/problem.ts";
import { type Clock, HostError, type Workers } from "../host/host.ts";
import { closureProblem, deathProblem, failureProblem } from "./failure.ts";
import { type Inspection, inspectionOf } from "./inspection.ts";
import { isUnchanged, Job, type Reads, type Sources } from "./job.ts";
import type { WasmFailure, WasmInspection, WasmRequest, WasmWarning } from "./protocol.ts";
import { Seat } from "./seat.ts";
import type { Outcome } from "./thread.ts";
import { Turns } from "./turns.ts";

export interface EvaluateRequest extends Sources {
  /** Names of top-level fields that are left out, unevaluated. */
  readonly without?: readonly string[];
  readonly limits?: Limits;
}

interface Limits {
  /** Of the evaluation with all that it waits for; not of the time in the queue. Default 60 s. */
  readonly timeout?: Milliseconds;
  /** Calls that may be open at once. Default 20,000. */
  readonly calls?: number;
}

export interface Evaluation {
  readonly value: Json;
  /** What std.trace printed, at most 1 MiB. */
  readonly trace: string;
  /** What the value depends on, for `isUnchanged`. */
  readonly reads: Reads;
}

interface Closure {
  /** Bytes of the entrypoint and of every file that it may import, by absolute path. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Files that can't be found or are not Jsonnet. It is no error unless they are evaluated. */
  readonly warnings: readonly Problem[];
}

interface Response {
  readonly trace: string;
  readonly value?: Json;
  readonly error?: WasmFailure;
  readonly warnings?: readonly WasmWarning[];
  readonly inspections?: readonly WasmInspection[];
}

/** Inspecting asks no native function. */
const NO_NATIVES: Sources["natives"] = {
  specs: [],
  isRepeatable: () => true,
  answer: (name) => Promise.reject(new Error(`the native function ${name} was asked without an evaluation`)),
  areCheckable: () => true,
  found: () => ({}),
};

const TIMEOUT: Milliseconds = 60_000;
const CALLS = 20_000;
/** What an evaluation gets beyond its time to end by itself and say where it was. */
const GRACE: Milliseconds = 1000;
/** Requests that may wait. */
const QUEUE = 256;

/**
 * Evaluates Jsonnet in threads of its own, each one request at a time. A thread is started only when the others are busy,
 * ended when idle, and replaced after a timeout, an abort or a crash; the next request never notices.
 */
export class Evaluator implements Disposable {
  readonly #seats: readonly Seat[];
  readonly #turns: Turns<Seat>;
  readonly #closed = new AbortController();

  /** `threads`: how many requests may be evaluated at once, at least 1. */
  constructor(workers: Workers, private readonly clock: Clock, threads = 1) {
    this.#seats = Array.from({ length: threads }, () => new Seat(workers, clock));
    this.#turns = new Turns(this.#seats, QUEUE);
  }

  /** How many requests are evaluated at once. */
  get threads(): number {
    return this.#seats.length;
  }

  /**
   * The value of a Jsonnet file. Problems: jsonnet-syntax, -runtime, -import-not-found, -import-unreadable, -timeout,
   * -stack, -memory, -crash, -busy, -unavailable, and those of the natives, among them missing-value. On abort it throws
   * the signal's reason.
   */
  async evaluate(request: EvaluateRequest, signal: AbortSignal): Promise<Result<Evaluation>> {
    const selection = request.without === undefined ? undefined : selectionCode(request.entrypoint, request.without);
    const entrypoint = selection === undefined ? request.entrypoint : "<selection>";
    const virtual = selection === undefined ? {} : { [entrypoint]: selection };
    return await this.#run(
      "evaluate",
      request,
      { entrypoint, files: [], virtual },
      signal,
      async (response, job) => ok({ value: response.value!, trace: response.trace, reads: await job.reads() }),
    );
  }

  /**
   * The static closure of import, importstr and importbin: also of branches that are not taken. Nothing is evaluated;
   * only an entrypoint that can't be read or parsed is an error.
   */
  async closure(request: EvaluateRequest, signal: AbortSignal): Promise<Result<Closure>> {
    return await this.#run(
      "closure",
      request,
      { entrypoint: request.entrypoint, files: [], virtual: {} },
      signal,
      (response, job) =>
        Promise.resolve(ok({
          files: job.files,
          warnings: (response.warnings ?? []).map((warning) =>
            closureProblem(warning, job.failures.get(warning.message), job.files)
          ),
        })),
    );
  }

  /**
   * What the parser, the linter and the formatter say of files (absolute paths) that nobody evaluates, in their order. What
   * they import is looked at only as far as the linter needs it. A problem of all of them together: those of an evaluation.
   */
  async inspect(
    files: readonly [string, ...string[]],
    sources: Pick<Sources, "load" | "libraryPaths">,
    signal: AbortSignal,
  ): Promise<Result<readonly Inspection[]>> {
    const [entrypoint] = files;
    return await this.#run(
      "inspect",
      { ...sources, entrypoint, natives: NO_NATIVES },
      { entrypoint, files, virtual: {} },
      signal,
      (response, job) =>
        Promise.resolve(
          ok((response.inspections ?? []).map((inspection) => inspectionOf(inspection, job.failures, job.files))),
        ),
    );
  }

  /** Whether an evaluation would read the same again, so that its value still holds. */
  async isUnchanged(reads: Reads, sources: Sources, signal: AbortSignal): Promise<boolean> {
    return await isUnchanged(reads, sources, signal);
  }

  /** Ends what is under way: it rejects, as does what comes later. */
  [Symbol.dispose](): void {
    this.#closed.abort(new Error("the evaluator is closed"));
    for (const seat of this.#seats) seat[Symbol.dispose]();
  }

  async #run<T>(
    operation: WasmRequest["operation"],
    request: EvaluateRequest,
    start: Pick<WasmRequest, "entrypoint" | "files"> & { readonly virtual: Readonly<Record<string, string>> },
    cancel: AbortSignal,
    succeed: (response: Response, job: Job) => Promise<Result<T>>,
  ): Promise<Result<T>> {
    const signal = AbortSignal.any([cancel, this.#closed.signal]);
    using turn = await this.#turns.take(signal);
    if (turn === undefined) return bad(problem("busy", "too many evaluations are waiting", request.entrypoint));
    const { seat } = turn;
    try {
      using limit = new TimeLimit(this.clock, signal);
      const job = new Job(request, start.virtual, limit.signal);
      const outcome = await evaluateOn(seat, job, limit, {
        operation,
        entrypoint: start.entrypoint,
        files: start.files,
        maxStack: request.limits?.calls ?? CALLS,
        deadlineMillis: request.limits?.timeout ?? TIMEOUT,
        natives: request.natives.specs,
      });
      if (job.bug !== undefined) throw job.bug.error;
      if (!outcome.ok) return outcome;
      if (outcome.value.kind === "died") {
        seat.stop();
        return bad(deathProblem(outcome.value.death, request.entrypoint));
      }
      const response = JSON.parse(new TextDecoder().decode(outcome.value.response)) as Response;
      if (response.error !== undefined) {
        const { entrypoint } = request;
        return bad(failureProblem(response.error, job.failure, { files: job.files, entrypoint }));
      }
      return await succeed(response, job);
    } finally {
      seat.rest();
    }
  }
}

async function evaluateOn(seat: Seat, job: Job, limit: TimeLimit, request: WasmRequest): Promise<Result<Outcome>> {
  try {
    const thread = await seat.thread();
    limit.start(request.deadlineMillis, () => job.waitingFor === undefined);
    return ok(await thread.run(request, (question) => job.answer(question), limit.signal));
  } catch (error) {
    seat.stop();
    if (error instanceof HostError) return bad(problem("unavailable", error.message, job.entrypoint));
    if (error !== limit.exceeded) throw error;
    const what = job.waitingFor === undefined ? "" : ` while it waited for ${job.waitingFor}`;
    return bad(problem("timeout", `it took too long${what}`, job.entrypoint));
  }
}

/** Aborts its signal when the caller's is aborted or when the time is over, the latter with `exceeded` as the reason. */
class TimeLimit implements Disposable {
  readonly exceeded = new DOMException("the evaluation took too long", "TimeoutError");
  readonly #over = new AbortController();
  readonly #ended = new AbortController();
  readonly signal: AbortSignal;

  constructor(private readonly clock: Clock, signal: AbortSignal) {
    this.signal = AbortSignal.any([signal, this.#over.signal]);
  }

  /** `computes`: whether the evaluation runs and so can end itself, for which it is given a little longer. */
  async start(timeout: Milliseconds, computes: () => boolean): Promise<void> {
    await this.clock.sleep(timeout, this.#ended.signal);
    if (computes()) await this.clock.sleep(GRACE, this.#ended.signal);
    if (!this.#ended.signal.aborted) this.#over.abort(this.exceeded);
  }

  [Symbol.dispose](): void {
    this.#ended.abort();
  }
}

function selectionCode(entrypoint: string, without: readonly string[]): string {
  return `local value = import ${JSON.stringify(entrypoint)};
if std.isObject(value)
then { [name]: value[name] for name in std.objectFields(value) if !std.member(${JSON.stringify(without)}, name) }
else value`;
}

function problem(kind: "busy" | "timeout" | "unavailable", found: string, where: string): Problem {
  return { code: `jsonnet-${kind}`, attempted: "evaluate Jsonnet", found, where };
}
