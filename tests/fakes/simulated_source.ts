import type { RenderedCommand } from "../../src/domain/state.ts";
import { parseCommands } from "../../src/domain/command_list.ts";
import { execute } from "../../src/engine/execute.ts";
import { plan } from "../../src/engine/plan.ts";
import type { RunReport } from "../../src/engine/report.ts";
import type { Outcome, Request } from "../../src/engine/requests.ts";
import { CrashingRecord } from "./record.ts";
import { shownScript } from "./shown_script.ts";

/**
 * What befalls one request of the engine: a number of a history, `0` is calm. The rest of a division by 9 says what, the
 * quotient how much of what waited to be written a kill lets through: nothing, half, all.
 */
export const CHAOS = {
  calm: 0,
  failBefore: 1,
  failHalfway: 2,
  broken: 3,
  cancelled: 4,
  interrupted: 5,
  killBefore: 6,
  killHalfway: 7,
  killAfter: 8,
} as const;

/** The engine's own limits: what reaches them is no fair trial. */
const REMOVAL_TRIES = 3;
const INTERRUPTIONS = 2;
const KINDS = Object.keys(CHAOS).length;

/**
 * A world of markers in which `touch a b`, `rm a b`, `test a b` and `note a` do what they say, one word a step, and in which
 * the resource `[etcha file change a 1]` makes the marker `a=1` of any `a=…` in one step; `exists a` is content with any.
 */
export class World {
  readonly markers = new Set<string>();
  /** What was done completely, in order: a script of change or removal, or `event NAME COMMAND`. */
  readonly done: string[] = [];

  /** Does the first `steps` words of a script; gives its exit code. */
  do(script: string, steps = Number.POSITIVE_INFINITY): number {
    if (script.startsWith("[")) return this.#manage(script, steps);
    const [verb, ...words] = script.replace(/ #.*$/, "").split(" ");
    if (verb === "exists") return [...this.markers].some((marker) => marker.startsWith(`${words[0]}=`)) ? 0 : 1;
    if (verb === "test") return words.every((word) => this.markers.has(word)) ? 0 : 1;
    for (const word of words.slice(0, steps)) {
      if (verb === "touch" || verb === "broken") this.markers.add(word);
      if (verb === "rm") this.markers.delete(word);
    }
    if (verb === "broken") return 1;
    if (steps >= words.length) this.done.push(script);
    return 0;
  }

  #manage(script: string, steps: number): number {
    const [, , action, path, contents] = script.slice(1, -1).split(" ");
    if (action === "check") return this.markers.has(`${path}=${contents}`) ? 0 : 1;
    if (!Number.isFinite(steps)) {
      for (const marker of this.markers) if (marker.startsWith(`${path}=`)) this.markers.delete(marker);
      if (action === "change") this.markers.add(`${path}=${contents}`);
      this.done.push(script);
    }
    return 0;
  }
}

function isCheck(script: string): boolean {
  return /^(test|exists) /.test(script) || script.startsWith("[etcha file check");
}

/** The agent died in the middle of a run. */
export const KILLED = "killed";

/** One source on a simulated host. */
export class SimulatedSource {
  readonly world = new World();
  readonly record = new CrashingRecord();
  /** Whether a reaction was interrupted, or a removal came to nothing, so often that it may have been given up. */
  exhausted = false;
  /** Written in one transaction with the list. */
  #accepted = "";
  /** Of what waits to be written, what a kill lets through: 0 nothing, 1 half, 2 all. */
  #reaching = 0;

  /** Runs a list as an agent would: plan, remember the plan, carry it out, deliver its events. */
  run(list: readonly RenderedCommand[], token: string, chaos: Iterator<number>): RunReport | typeof KILLED {
    const next = () => {
      const number = chaos.next().value as number | undefined ?? CHAOS.calm;
      this.#reaching = Math.floor(number / KINDS);
      return number % KINDS;
    };
    const planned = plan(this.record.kept.state, list, token !== this.#accepted);
    this.exhausted ||= planned.reactions.some(({ interruptions }) => interruptions >= INTERRUPTIONS) ||
      planned.entries.some(({ departed }) =>
        departed !== undefined && departed.tries + (departed.started ? 1 : 0) >= REMOVAL_TRIES
      );
    const accepting = next();
    if (accepting === CHAOS.killBefore) return this.#die();
    this.record.remember(planned.changes, true);
    this.#accepted = token;
    if (accepting === CHAOS.killAfter) return this.#die();
    const engine = execute(planned, { mode: "change" });
    let step = engine.next();
    while (!step.done) {
      const answer = this.#answer(step.value, next());
      if (answer === KILLED) return KILLED;
      step = engine.next(answer);
    }
    for (const { reaction, name, commandId } of step.value.events) {
      const befalls = next();
      if (befalls === CHAOS.killBefore) return this.#die();
      this.world.done.push(`event ${name} ${commandId}`);
      if (befalls === CHAOS.killAfter) return this.#die();
      this.record.remember([{ kind: "delete-reaction", id: reaction.id }], false);
    }
    this.record.flush();
    return step.value;
  }

  #answer(request: Request, befalls: number): Outcome | typeof KILLED | undefined {
    if (request.kind === "tell" || request.kind === "wait") return undefined;
    if (request.kind === "remember") {
      if (befalls === CHAOS.killBefore || befalls === CHAOS.killHalfway) return this.#die();
      this.record.remember(request.changes, request.durable);
      return befalls === CHAOS.killAfter ? this.#die() : undefined;
    }
    return this.#script(shownScript(request.script), befalls);
  }

  #script(script: string, befalls: number): Outcome | typeof KILLED {
    switch (befalls) {
      case CHAOS.failBefore:
        return { kind: "exited", code: isCheck(script) ? this.world.do(script) : 1, output: "" };
      case CHAOS.failHalfway:
        return {
          kind: "exited",
          code: isCheck(script) ? this.world.do(script) : this.#half(script),
          output: "",
        };
      case CHAOS.broken:
        return { kind: "broken", reason: "ran out of time", output: "" };
      case CHAOS.cancelled:
        this.#half(script);
        return { kind: "cancelled", reason: "the run was cancelled", output: "" };
      case CHAOS.interrupted:
        this.#half(script);
        return { kind: "interrupted", reason: "the agent stops", output: "" };
      case CHAOS.killBefore:
        return this.#die();
      case CHAOS.killHalfway:
        this.#half(script);
        return this.#die();
      case CHAOS.killAfter:
        this.world.do(script);
        return this.#die();
    }
    return { kind: "exited", code: this.world.do(script), output: "" };
  }

  #half(script: string): number {
    this.world.do(script, Math.floor((script.replace(/ #.*$/, "").split(" ").length - 1) / 2));
    return 1;
  }

  #die(): typeof KILLED {
    this.record.crash(Math.ceil(this.record.waiting * this.#reaching / 2));
    return KILLED;
  }
}

/** Parses a list as a pattern's `run` would be, with an exec that sets nothing. */
export function rendered(list: readonly unknown[]): readonly RenderedCommand[] {
  const { commands, problems } = parseCommands(list, "run");
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return commands.map(({ execSettings: _, ...command }) => ({ ...command, exec: { env: {}, envInherit: true } }));
}
