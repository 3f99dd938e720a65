import assert from "node:assert/strict";
import type { Entry, Reaction, StateChange } from "../../src/domain/state.ts";
import { execute } from "../../src/engine/execute.ts";
import { type Plan, plan, planRemoval } from "../../src/engine/plan.ts";
import type { Acted, RunReport } from "../../src/engine/report.ts";
import type { Outcome, Request } from "../../src/engine/requests.ts";
import { CrashingRecord } from "./record.ts";
import { shownScript } from "./shown_script.ts";
import { rendered } from "./simulated_source.ts";

/** How a text, or a list of words written as `[cp a b]`, ends: an exit code, an output (code 0), both, or what is not an exit. */
export type Result =
  | number
  | string
  | { readonly code: number; readonly output: string }
  | { readonly [kind in "broken" | "cancelled" | "interrupted"]?: string };

export interface CaseRun {
  /** As in a pattern; `true` for a text means `check ID`, `change ID`, `remove ID`. Left out: the list of the run before. */
  readonly list?: readonly unknown[];
  /** Whether the list comes from another token than the one before. Default: when the list is given. */
  readonly newToken?: boolean;
  readonly mode?: "change" | "check" | "remove";
  /** Only members of the group with this id. */
  readonly only?: string;
  readonly forgetDeparted?: boolean;
  readonly variables?: Readonly<Record<string, string>>;
  /** By text; a list is used up one by one, its last one stays. What isn't named exits with 0 and says nothing. */
  readonly results?: Readonly<Record<string, Result | readonly Result[]>>;
  /**
   * The agent dies: before the intent of this text is written, while the text runs, or after it has ended and before
   * anybody heard of it.
   */
  readonly kill?: { readonly at: string; readonly when: "before" | "during" | "after" };
  /** The intent of this text can't be written. */
  readonly refuse?: string;
  /** How every wait ends before its time. */
  readonly refuseWait?: "cancelled" | "interrupted";
}

/** What came of one run, as the cases write it. */
export interface Observed {
  readonly ran: readonly string[];
  /** Variables by text, exactly. */
  readonly sees: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly told: readonly string[];
  /** Milliseconds of each wait. */
  readonly waited: readonly number[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  readonly failures: readonly string[];
  /** `step id error`, with the groups before the id. */
  readonly counted: readonly string[];
  readonly events: readonly string[];
  readonly interrupted: boolean;
  readonly record: readonly string[];
  readonly due: readonly string[];
  /** How many rows the run wrote. */
  readonly written: number;
}

/** Carries a history of runs out. `reached`: whether a kill finds on disk what was asked to be remembered but not durably. */
export function runCase(runs: readonly CaseRun[], reached: boolean): readonly Observed[] {
  const record = new CrashingRecord();
  let list: readonly unknown[] = [];
  return runs.map((run) => {
    const newToken = run.newToken ?? run.list !== undefined;
    list = run.list ?? list;
    return new Conductor(run, record, reached).conduct(list, newToken);
  });
}

class Conductor {
  readonly #run: CaseRun;
  readonly #record: CrashingRecord;
  readonly #reached: boolean;
  readonly #ran: string[] = [];
  readonly #told: string[] = [];
  readonly #waited: number[] = [];
  readonly #sees: Record<string, Readonly<Record<string, string>>> = {};
  readonly #used = new Map<string, number>();

  constructor(run: CaseRun, record: CrashingRecord, reached: boolean) {
    this.#run = run;
    this.#record = record;
    this.#reached = reached;
  }

  conduct(written: readonly unknown[], newToken: boolean): Observed {
    const { mode = "change", only, forgetDeparted, variables } = this.#run;
    const list = rendered(written.map(expand));
    const before = this.#record.kept.writes;
    const planned: Plan = mode === "remove" ? planRemoval(list) : plan(this.#record.kept.state, list, newToken);
    if (mode === "change") this.#record.remember(planned.changes, true);
    const accepted = this.#record.kept.writes;
    const report = this.#drive(planned, {
      mode: mode === "check" ? "check" : "change",
      ...(only !== undefined && { only: ({ groups }) => groups.includes(only) }),
      ...(forgetDeparted !== undefined && { forgetDeparted }),
      ...(variables !== undefined && { variables }),
    });
    if (report !== undefined) {
      for (const { reaction } of report.events) this.#remember([{ kind: "delete-reaction", id: reaction.id }], false);
      this.#record.flush();
    }
    this.#checkUse();
    const { entries, reactions } = this.#record.kept.state;
    return {
      ran: this.#ran,
      sees: this.#sees,
      told: this.#told,
      waited: this.#waited,
      ...shownReport(report),
      record: entries.map((entry) => shownEntry(entry, entries)),
      due: reactions.map((reaction) => shownReaction(reaction, entries)),
      written: this.#record.kept.writes - (newToken ? accepted : before),
    };
  }

  /** Gives nothing when the agent was killed. */
  #drive(planned: Plan, options: Parameters<typeof execute>[1]): RunReport | undefined {
    const engine = execute(planned, options);
    const { kill, refuse } = this.#run;
    let step = engine.next();
    let dying = false;
    while (!step.done) {
      const request = step.value;
      if (dying) return this.#die();
      let answer: Outcome | undefined;
      if (request.kind === "run") {
        const script = shownScript(request.script);
        this.#ran.push(script);
        this.#sees[script] = request.variables;
        if (kill?.at === script && kill.when === "during") return this.#die();
        answer = this.#outcome(script);
        dying = kill?.at === script && kill.when === "after";
      } else if (request.kind === "wait") {
        const { refuseWait } = this.#run;
        this.#waited.push(request.duration);
        answer = refuseWait && { kind: refuseWait, reason: "the wait was cut short", output: "" };
      } else if (request.kind === "tell") {
        this.#told.push(request.message);
      } else if (request.durable && kill?.when === "before" && intendsFor(request, planned, kill.at)) {
        return this.#die();
      } else if (request.durable && refuse !== undefined && intendsFor(request, planned, refuse)) {
        answer = { kind: "broken", reason: "could not be recorded", output: "" };
      } else {
        this.#remember(request.changes, request.durable);
      }
      step = engine.next(answer);
    }
    assert.ok(!dying && kill === undefined, `the agent was to die at ${JSON.stringify(kill)}`);
    return step.value;
  }

  #remember(changes: Parameters<CrashingRecord["remember"]>[0], durable: boolean): void {
    assert.ok((this.#run.mode ?? "change") !== "check", "nothing is remembered in check mode");
    // A list that is undone as a whole has no record.
    if (this.#run.mode !== "remove") this.#record.remember(changes, durable);
  }

  #die(): undefined {
    this.#record.crash(this.#reached ? this.#record.waiting : 0);
  }

  #outcome(script: string): Outcome {
    const given = this.#run.results?.[script];
    const at = this.#used.get(script) ?? 0;
    this.#used.set(script, at + 1);
    const result = Array.isArray(given) ? given[Math.min(at, given.length - 1)] as Result : given as Result | undefined;
    if (result === undefined) return { kind: "exited", code: 0, output: "" };
    if (typeof result === "number") return { kind: "exited", code: result, output: "" };
    if (typeof result === "string") return { kind: "exited", code: 0, output: result };
    if ("code" in result) return { kind: "exited", ...result };
    const [kind, reason] = Object.entries(result)[0]! as ["broken" | "cancelled" | "interrupted", string];
    return { kind, reason, output: "" };
  }

  /** A result that nobody asked for is a slip of the case. */
  #checkUse(): void {
    for (const [script, result] of Object.entries(this.#run.results ?? {})) {
      const used = this.#used.get(script) ?? 0;
      assert.ok(used >= (Array.isArray(result) ? result.length : 1), `the result of "${script}" was not used up`);
    }
  }
}

/** The intent of a text is the durable request right before it: of the same entry, which is known by what it records. */
function intendsFor(request: Request & { readonly kind: "remember" }, planned: Plan, script: string): boolean {
  return request.changes.some((change) => {
    const begun = beginning(change);
    if (begun === undefined) return false;
    const command = planned.entries.find((entry) => entry.key === begun.key)?.command;
    const intended = begun.step === "change" ? command?.change : command?.remove;
    return intended !== undefined && shownScript(intended) === script;
  });
}

/** What an intent says is about to begin. */
function beginning(change: StateChange): { readonly step: "change" | "remove"; readonly key: number } | undefined {
  switch (change.kind) {
    case "outcome":
      return { step: "change", key: change.key };
    case "departed":
      return { step: "remove", key: change.key };
    case "put-reaction": {
      const { action, interruptions } = change.reaction;
      return interruptions === 0 || action.do === "event" ? undefined : { step: action.do, key: action.key };
    }
    default:
      return undefined;
  }
}

function expand(item: unknown): unknown {
  if (Array.isArray(item)) return item.map(expand);
  if (typeof item !== "object" || item === null) return item;
  const command = { ...item } as Record<string, unknown>;
  for (const step of ["check", "change", "remove"]) if (command[step] === true) command[step] = `${step} ${command.id}`;
  if (Array.isArray(command.commands)) command.commands = command.commands.map(expand);
  return command;
}

function shownReport(report: RunReport | undefined) {
  const path = (one: { readonly id: string; readonly groups: readonly string[] }) =>
    [...one.groups, one.id].join(" > ");
  const acted = (list: RunReport["changed"] | undefined) =>
    (list ?? []).map((one) => `${path(one)} (${reason(one)})${one.output === "" ? "" : `: ${one.output}`}`);
  const reason = ({ why, causes, departure }: Acted) =>
    `${departure === undefined ? "" : `${departure}, `}${why}${causes === undefined ? "" : ` by ${causes.join(", ")}`}`;
  return {
    changed: acted(report?.changed),
    removed: acted(report?.removed),
    failures: (report?.failures ?? []).map(({ message, output }) => output === "" ? message : `${message}: ${output}`),
    counted: (report?.counted ?? []).map((one) => `${one.mode} ${path(one)} ${one.error ? 1 : 0}`),
    events: (report?.events ?? []).map(({ name, commandId, output }) =>
      `${name} of ${commandId}${output === "" ? "" : `: ${output}`}`
    ),
    interrupted: report?.interrupted ?? false,
  };
}

function shownEntry({ command, outcome, departed }: Entry, entries: readonly Entry[]): string {
  const successor = entries.find(({ key }) => key === departed?.successor);
  return [
    `${departed === undefined ? "" : "left "}${command.id}`,
    ...(outcome === undefined ? [] : [outcome]),
    ...(departed !== undefined && departed.tries > 0 ? [`tried ${departed.tries}x`] : []),
    ...(departed?.started ? ["removal begun"] : []),
    ...(successor !== undefined && successor.departed === undefined ? ["replaced"] : []),
  ].join(", ");
}

function shownReaction({ action, causeId, interruptions }: Reaction, entries: readonly Entry[]): string {
  const what = action.do === "event"
    ? `event ${action.name}`
    : `${action.do} ${entries.find(({ key }) => key === action.key)?.command.id ?? "?"}`;
  return `${what} for ${causeId}${interruptions > 0 ? `, interrupted ${interruptions}` : ""}`;
}
