import { formatDuration, type Milliseconds } from "../domain/duration.ts";
import type { RenderedCommand, StateChange } from "../domain/state.ts";
import type { RunReport } from "../engine/report.ts";
import type { Answer, Engine, Outcome, Request, Step } from "../engine/requests.ts";
import { HostError } from "../host/host.ts";
import { findShell } from "./invocation.ts";
import { runScript, type ScriptMeans, type ScriptResult } from "./run_script.ts";

/** Bytes of one command's output that are kept. */
const OUTPUT_LIMIT = 1024 * 1024;
/**
 * After so many scripts others get a turn: those that run in this process need not wait for anything, and would hold up the
 * listener of the agent, and whoever wants to cancel them. Some 30 µs each.
 */
const AT_ONCE = 100;
/** The shortest time that the clock has. */
const TURN: Milliseconds = 1;

/** What the driver of an engine needs of the world. */
export interface Driver extends ScriptMeans {
  /**
   * Makes changes of the record durable. Rejects with HostError. No changes at all: an effect follows that the record
   * knows already, and it is only asked whether it can still be written.
   */
  readonly remember: (changes: readonly StateChange[]) => Promise<void>;
  readonly tell: (request: Extract<Request, { kind: "tell" }>) => void;
  /** Told of every text when it begins; what it gives is called when it has ended. */
  readonly timed?: ((step: Step) => () => void) | undefined;
  /** Aborted when nothing further may start; what runs may end by itself. */
  readonly stop: AbortSignal;
  /** Aborted when what runs is to be ended at once, because of `stop`. */
  readonly kill: AbortSignal;
  /** Aborted, with the reason as text, when the time of this run is up or its caller cancelled it. */
  readonly cancel: AbortSignal;
}

/**
 * Carries an engine through: runs its scripts, remembers what it says. What need not be durable before the engine goes on
 * is written meanwhile; all of it is on disk when the promise resolves. Rejects with HostError when the record can't be
 * written at the end.
 */
export async function drive(engine: Engine<RunReport>, driver: Driver): Promise<RunReport> {
  const ending = AbortSignal.any([driver.kill, driver.cancel]);
  let pending = Promise.resolve();
  let broken: unknown;
  const write = (changes: readonly StateChange[]) => {
    pending = pending.then(() => driver.remember(changes)).catch((error) => void (broken ??= error));
    return pending;
  };
  let answer: Answer;
  let ran = 0;
  while (true) {
    const step = engine.next(answer);
    if (step.done === true) {
      await pending;
      if (broken !== undefined) throw broken;
      return step.value;
    }
    answer = undefined;
    const request = step.value;
    switch (request.kind) {
      case "tell":
        driver.tell(request);
        break;
      case "wait":
        answer = await waited(request.duration, driver);
        break;
      case "remember":
        if (!request.durable) {
          write(request.changes);
          break;
        }
        answer = refusal(driver);
        if (answer === undefined) {
          await write(request.changes);
          if (broken !== undefined) answer = { kind: "broken", reason: unwritten(broken), output: "" };
        }
        break;
      case "run":
        if (++ran % AT_ONCE === 0) await driver.clock.sleep(TURN, ending);
        answer = refusal(driver) ?? await runRequest(request, driver, ending);
    }
  }
}

/** What runs without a record need: they belong to one call, which ends as a whole. */
export interface DirectMeans extends Omit<ScriptMeans, "shell"> {
  readonly tell: Driver["tell"];
  /** Aborted when the call is cancelled: what runs is ended, nothing further starts. */
  readonly cancel: AbortSignal;
}

/** Carries an engine through whose record is kept nowhere, or by `remember` in memory. */
export async function driveDirectly(
  engine: Engine<RunReport>,
  means: DirectMeans,
  remember: Driver["remember"] = () => Promise.resolve(),
): Promise<RunReport> {
  const shell = await findShell(means.files, means.environment);
  return await drive(engine, { ...means, shell, remember, stop: means.cancel, kill: means.cancel });
}

/** Gives why the engine must not go on, if so. */
async function waited(duration: Milliseconds, driver: Driver): Promise<Outcome | undefined> {
  await driver.clock.sleep(duration, AbortSignal.any([driver.stop, driver.kill, driver.cancel]));
  return refusal(driver);
}

/** Why nothing further may start, if so. */
function refusal({ stop, kill, cancel }: Driver): Outcome | undefined {
  if (stop.aborted || kill.aborted) return { kind: "interrupted", reason: "etcha is stopping", output: "" };
  return cancel.aborted ? { kind: "cancelled", reason: reasonOf(cancel), output: "" } : undefined;
}

async function runRequest(
  request: Extract<Request, { kind: "run" }>,
  driver: Driver,
  ending: AbortSignal,
): Promise<Outcome> {
  const { command } = request.entry;
  const { exec } = command;
  const timeout = timeoutOf(command);
  const ended = driver.timed?.(request.step);
  const result = await runScript(
    exec,
    {
      script: request.script,
      sensitive: command.sensitive,
      variables: request.variables,
      outputLimit: OUTPUT_LIMIT,
      ...(command.stdin !== undefined && { stdin: command.stdin }),
      ...(timeout !== undefined && { timeout }),
    },
    driver,
    ending,
  );
  ended?.();
  return outcomeOf(result, driver, command);
}

function outcomeOf(result: ScriptResult, driver: Driver, command: RenderedCommand): Outcome {
  switch (result.kind) {
    case "exited":
      return result;
    case "signalled":
      return { kind: "broken", reason: `was killed by ${result.signal}`, output: result.output };
    case "timed-out":
      return {
        kind: "broken",
        reason: `was ended after its timeout of ${formatDuration(timeoutOf(command)!)}`,
        output: result.output,
      };
    case "cancelled":
      return driver.kill.aborted
        ? { kind: "interrupted", reason: "etcha is stopping", output: result.output }
        : { kind: "cancelled", reason: `was killed: ${reasonOf(driver.cancel)}`, output: result.output };
    case "not-started":
      return { kind: "broken", reason: `could not be started: ${shownReason(result, command)}`, output: "" };
    case "undecided":
      return { kind: "broken", reason: `could not be done: ${shownReason(result, command)}`, output: "" };
  }
}

/** The first word of a text without a shell is the program that is not there; a resource quotes its path. */
function shownReason({ reason }: { readonly reason: string }, { sensitive }: RenderedCommand): string {
  return sensitive ? "the reason may quote the command, which is sensitive, and is not shown" : reason;
}

function timeoutOf({ timeout, exec }: RenderedCommand): Milliseconds | undefined {
  return timeout ?? exec.timeout;
}

function reasonOf(signal: AbortSignal): string {
  return typeof signal.reason === "string" ? signal.reason : "the run was cancelled";
}

function unwritten(error: unknown): string {
  if (!(error instanceof HostError)) throw error;
  return `was not begun: the record could not be written: ${error.message}`;
}
