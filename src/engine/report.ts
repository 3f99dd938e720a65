import type { Command } from "../domain/command.ts";
import { commandPath } from "../domain/command.ts";
import type { Reaction } from "../domain/state.ts";
import type { Step } from "./requests.ts";

/** Why a command was, or would be, changed or removed. */
export type Why =
  | "always"
  | "triggered"
  | "modified"
  | "check-failed"
  | "check-passed"
  | "uncertain"
  | "recorded";

/** Why something would be done, with what a list of what would be done says beyond that. */
export interface Reason {
  readonly why: Why;
  /** Of what is triggered, in check mode: the ids of the commands that do. */
  readonly causes?: readonly string[];
  /** Of a removal in check mode: it is no longer in the list, or another command has come in its place. */
  readonly departure?: "left" | "replaced";
}

/** Causes that a reason names; so many more are only counted. */
const NAMED_CAUSES = 3;

/** The reason in words, for a list of what would be done. */
export function whyText({ why, causes = [], departure }: Reason): string {
  const reason = {
    always: "always",
    triggered: `triggered by ${causes.length === 0 ? "another command" : causesText(causes)}`,
    modified: "its change is another than the one that ran here",
    "check-failed": "its check fails",
    "check-passed": "its check passes",
    uncertain: "its change or removal failed or was interrupted here",
    recorded: "its change has run here",
  }[why];
  if (departure === undefined) return reason;
  return `${departure === "left" ? "it left the pattern" : "replaced by a new change"}; ${reason}`;
}

function causesText(causes: readonly string[]): string {
  const more = causes.length - NAMED_CAUSES;
  return `${causes.slice(0, NAMED_CAUSES).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** A command that was changed or removed; in check mode, that would be. */
export interface Acted extends Reason {
  readonly id: string;
  readonly groups: readonly string[];
  /**
   * Trimmed, in check mode that of a check that failed; "" for a sensitive command, and where outputs are kept of failures
   * alone.
   */
  readonly output: string;
}

export interface RunFailure {
  readonly id: string;
  readonly groups: readonly string[];
  readonly step: Step;
  /** One line: `change of "x" exited with 3`. */
  readonly message: string;
  /** Trimmed output of what failed; "" for a sensitive command. */
  readonly output: string;
}

/** One check, change or removal as the metrics count it. */
export interface Counted {
  readonly id: string;
  readonly groups: readonly string[];
  readonly mode: Step;
  readonly error: boolean;
}

export interface DueEvent {
  readonly reaction: Reaction;
  readonly name: string;
  readonly commandId: string;
  readonly output: string;
}

/** What one run of a list of commands came to. */
export interface RunReport {
  readonly changed: readonly Acted[];
  readonly removed: readonly Acted[];
  /** In the order in which they happened; the first one that stopped the list is among them. */
  readonly failures: readonly RunFailure[];
  readonly counted: readonly Counted[];
  /** Events to deliver, oldest first; also those that an earlier run left undelivered. */
  readonly events: readonly DueEvent[];
  /** Ended because the agent stops: the next start goes on. */
  readonly interrupted: boolean;
  /** It was to be narrowed to some commands, and there was none of them. */
  readonly noneChosen: boolean;
}

/** Of which commands a report keeps the outputs: where nobody waits for the others, they would only take memory. */
export type KeptOutputs = "all" | "of-failures";

/** Characters of all outputs of a report together, those of failures apart: a flood of others must not hide them. */
const OUTPUTS_LIMIT = 6 * 1024 * 1024;
const FAILED_OUTPUTS_LIMIT = 2 * 1024 * 1024;
const CUT_MARK = "[cut: the outputs of this run are too large together]";

/** Collects a report while the engine runs. */
export class ReportBuilder {
  readonly changed: Acted[] = [];
  readonly removed: Acted[] = [];
  readonly failures: RunFailure[] = [];
  readonly counted: Counted[] = [];
  interrupted = false;
  noneChosen = false;
  #room = OUTPUTS_LIMIT;
  #failedRoom = FAILED_OUTPUTS_LIMIT;
  readonly #keeps: KeptOutputs;

  constructor(keeps: KeptOutputs) {
    this.#keeps = keeps;
  }

  acted(step: "change" | "remove", command: Command, output: string, reason: Reason): void {
    const list = step === "change" ? this.changed : this.removed;
    const whole = this.#keeps === "all" ? shown(command, output) : "";
    const kept = fitted(whole, this.#room);
    this.#room = Math.max(this.#room - whole.length, 0);
    list.push({ ...place(command), output: kept, ...reason });
  }

  fail(step: Step, command: Command, what: string, output: string): void {
    const message = `${step} of ${JSON.stringify(commandPath(command))} ${what}`;
    const whole = shown(command, output);
    const kept = fitted(whole, this.#failedRoom);
    this.#failedRoom = Math.max(this.#failedRoom - whole.length, 0);
    this.failures.push({ ...place(command), step, message, output: kept });
  }

  count(command: Command, mode: Step, error: boolean): void {
    this.counted.push({ ...place(command), mode, error });
  }

  build(reactions: readonly Reaction[]): RunReport {
    return {
      changed: this.changed,
      removed: this.removed,
      failures: this.failures,
      counted: this.counted,
      events: dueEvents(reactions),
      interrupted: this.interrupted,
      noneChosen: this.noneChosen,
    };
  }
}

/** The ids behind reactions, each once. */
export function causesOf(reactions: readonly Reaction[]): readonly string[] {
  return [...new Set(reactions.map(({ causeId }) => causeId))];
}

/** The events among what is due, oldest first. */
export function dueEvents(reactions: readonly Reaction[]): readonly DueEvent[] {
  return reactions.flatMap((reaction): readonly DueEvent[] => {
    const { action } = reaction;
    return action.do === "event"
      ? [{ reaction, name: action.name, commandId: action.commandId, output: action.output }]
      : [];
  }).sort((a, b) => a.reaction.id - b.reaction.id);
}

function place(command: Command): { readonly id: string; readonly groups: readonly string[] } {
  return { id: command.id, groups: command.groups };
}

function shown(command: Command, output: string): string {
  return command.sensitive ? "" : output.trim();
}

/** What there is room for, and a mark where that is not all; never half a character. */
function fitted(output: string, room: number): string {
  if (output.length <= room) return output;
  const end = /[\uD800-\uDBFF]/.test(output.charAt(room - 1)) ? room - 1 : room;
  return end > 0 ? `${output.slice(0, end)}\n${CUT_MARK}` : CUT_MARK;
}
