import { chosenBy, type Command, commandPath } from "../domain/command.ts";
import type { Milliseconds } from "../domain/duration.ts";
import type { Regexp } from "../domain/regexp.ts";
import type { RenderedCommand } from "../domain/state.ts";
import { SourceRecord } from "../domain/state_changes.ts";
import { execute, type ExecuteOptions } from "../engine/execute.ts";
import { NOTHING_REMEMBERED, plan } from "../engine/plan.ts";
import type { DueEvent, RunReport } from "../engine/report.ts";
import type { Answer, Engine, Outcome } from "../engine/requests.ts";
import type { Clock } from "../host/host.ts";
import { type DirectMeans, driveDirectly } from "./drive.ts";

/** Why a pattern does not pass. */
export interface TestFailure {
  /** `failed`, `not-idempotent`, `not-undone`, or the code of a problem of rendering. */
  readonly code: string;
  /** Such as `run > group > id`; "" when it is not about one command. */
  readonly command: string;
  readonly message: string;
  /** What the command printed, trimmed: of a check that shows differences, the first of them; "" when it is sensitive. */
  readonly output: string;
}

export interface StepResult {
  /** Such as `run: check`. */
  readonly step: string;
  readonly duration: Milliseconds;
  readonly failures: readonly TestFailure[];
}

export interface TrialMeans extends DirectMeans {
  readonly clock: Pick<Clock, "monotonic" | "sleep">;
}

/** What a check answered. */
interface Checked {
  readonly command: Command;
  readonly outcome: Outcome;
}

/**
 * One list of commands that is brought about and undone, as an agent would: with a record, kept in memory, so that
 * commands without check are removed when their change has run.
 */
export class Trial {
  readonly steps: StepResult[] = [];
  /** What fired while it was brought about. */
  events: readonly DueEvent[] = [];
  readonly #record = new SourceRecord();
  #nextKey = NOTHING_REMEMBERED.nextKey;
  readonly #only: (command: Command) => boolean;

  constructor(
    private readonly name: "build" | "run",
    private readonly list: readonly RenderedCommand[],
    filter: Regexp | undefined,
    private readonly means: TrialMeans,
  ) {
    this.#only = filter === undefined ? () => true : chosenBy(filter, "");
  }

  /** Whether there is anything to try. */
  get isEmpty(): boolean {
    return !this.list.some(this.#only);
  }

  get hasPassed(): boolean {
    return this.steps.every(({ failures }) => failures.length === 0);
  }

  /** Change, then check: every check must pass now. */
  async bringAbout(): Promise<void> {
    await this.#step("change", async () => {
      const report = await this.#run(this.list, { mode: "change", only: this.#only });
      this.events = report.events;
      return this.#failures(report);
    });
    if (!this.hasPassed) return;
    await this.#step(
      "check",
      () =>
        this.#check(({ command, outcome }) =>
          command.change === undefined || outcome.kind !== "exited" || outcome.code === 0 ? undefined : {
            code: "not-idempotent",
            message: `is not idempotent: its check still fails after its change (exit code ${outcome.code})`,
          }
        ),
    );
  }

  /**
   * Remove, then check: no check may pass any more of a command that has a `remove`. After a change that failed, only what
   * was changed is removed, to leave little behind.
   */
  async undo(): Promise<void> {
    const touched = new Set(
      this.#record.state.entries.filter(({ outcome }) => outcome !== undefined).map(({ command }) => command),
    );
    const only = this.hasPassed ? this.#only : (command: RenderedCommand) => touched.has(command);
    const isTested = this.hasPassed;
    await this.#step("remove", async () => this.#failures(await this.#run([], { mode: "change", only })));
    if (!isTested || !this.hasPassed) return;
    await this.#step(
      "check after removal",
      () =>
        this.#check(({ command, outcome }) =>
          command.remove === undefined || outcome.kind !== "exited" || outcome.code !== 0 ? undefined : {
            code: "not-undone",
            message: "is not undone: its check still passes after its remove",
          }
        ),
    );
  }

  async #step(step: string, act: () => Promise<readonly TestFailure[]>): Promise<void> {
    const begin = this.means.clock.monotonic();
    const failures = await act();
    this.means.cancel.throwIfAborted();
    this.steps.push({ step: `${this.name}: ${step}`, duration: this.means.clock.monotonic() - begin, failures });
  }

  /** Makes `list` the wanted one and brings it about. */
  async #run(list: readonly RenderedCommand[], options: ExecuteOptions): Promise<RunReport> {
    const planned = plan({ ...this.#record.state, nextKey: this.#nextKey }, list, true);
    this.#record.apply(planned.changes);
    this.#nextKey = planned.nextKey;
    return await driveDirectly(execute(planned, options), this.means, (changes) => {
      this.#record.apply(changes);
      return Promise.resolve();
    });
  }

  /** Runs the checks alone, and judges the answer of each. */
  async #check(
    judge: (checked: Checked) => Pick<TestFailure, "code" | "message"> | undefined,
  ): Promise<readonly TestFailure[]> {
    const answers: Checked[] = [];
    const engine = execute(plan(NOTHING_REMEMBERED, this.list, true), { mode: "check", only: this.#only });
    const report = await driveDirectly(watched(engine, answers), this.means);
    const judged = answers.flatMap((checked): readonly TestFailure[] => {
      const failure = judge(checked);
      const { command, outcome } = checked;
      const output = command.sensitive ? "" : outcome.output.trim();
      return failure === undefined ? [] : [{ ...failure, command: this.#path(command), output }];
    });
    return [...judged, ...this.#failures(report)];
  }

  #failures(report: RunReport): readonly TestFailure[] {
    return report.failures.map((failure) => ({
      code: "failed",
      command: this.#path(failure),
      message: failure.message,
      output: failure.output,
    }));
  }

  #path(command: Pick<Command, "id" | "groups">): string {
    return `${this.name} > ${commandPath(command)}`;
  }
}

/** The same engine; `answers` gains what its checks answer. */
function* watched(engine: Engine<RunReport>, answers: Checked[]): Engine<RunReport> {
  let answer: Answer;
  while (true) {
    const next = engine.next(answer);
    if (next.done === true) return next.value;
    const request = next.value;
    answer = yield request;
    if (request.kind === "run" && request.step === "check" && answer !== undefined) {
      answers.push({ command: request.entry.command, outcome: answer });
    }
  }
}
