import type { Milliseconds } from "../domain/duration.ts";
import type { StateChange } from "../domain/state.ts";
import { type Clock, HostError, type Log, type StateStore } from "../host/host.ts";
import type { EventResult } from "./metrics.ts";
import { nextDelay } from "./retry.ts";
import type { Outgoing } from "./run_request.ts";

/** Begun this often without an end, the delivery of an event is given up: it may be what ends the agent or the machine. */
const INTERRUPTIONS_LIMIT = 2;
/** Events of one source that may be on their way. */
const UNDERWAY = 100;

/** Where an event comes from. */
export interface Sender {
  readonly name: string;
  readonly store: Pick<StateStore, "commit" | "load">;
  /** The key string that has verified what it runs; "" for static commands and what outside commands verified. */
  readonly publicKey: string;
}

/**
 * What became of the run of a receiver. `stopped`: it did not come to its end, because the agent stops. `exits`: a command
 * of it asked for the end of the agent.
 */
export type Received =
  | { readonly kind: "ran"; readonly exits?: boolean }
  | { readonly kind: "not-run"; readonly why: string }
  | { readonly kind: "stopped" };

export interface Receiver {
  /** Runs for an event; `begin` is asked when its turn has come, and may forbid it. Tells its failures itself. */
  receive(variables: Readonly<Record<string, string>>, begin: () => Promise<boolean>): Promise<Received>;
  /** The agent ends when it has run for an event. */
  readonly endsAgent: boolean;
}

/**
 * How the delivery of an event ended. `stopped`: it is for the next start. `unrecorded`: that it began, or ended, could not
 * be written; it is tried again.
 */
type Outcome = "settled" | "stopped" | "unrecorded";

export interface CourierMeans {
  readonly log: Log;
  readonly clock: Pick<Clock, "sleep">;
  /** The sources that receive an event of a source, in alphabetical order. */
  readonly receivers: (sender: string, event: string) => readonly (readonly [name: string, receiver: Receiver])[];
  /** Ends the agent, as a signal would. */
  readonly exit: (why: string) => void;
  /** Told what became of every event. */
  readonly count: (source: string, result: EventResult) => void;
}

/**
 * Brings events to the sources that receive them: each event to one receiver after the other, different events side by
 * side. In the record an event is due until all of its receivers have run, whatever became of them.
 */
export class Courier {
  /** Reactions that are on their way, by the record that holds them: a later run reports them once more. */
  readonly #underway = new WeakMap<Sender["store"], Set<number>>();
  readonly #counts = new Map<string, number>();
  readonly #deliveries = new Set<Promise<void>>();
  readonly #closed = new AbortController();

  constructor(private readonly means: CourierMeans) {}

  /** Returns at once. */
  deliver({ name, store, publicKey }: Sender, events: readonly Outgoing[]): void {
    // As it is now: a reload may give it another record.
    const sender = { name, store, publicKey };
    let underway = this.#underway.get(store);
    if (underway === undefined) this.#underway.set(store, underway = new Set());
    for (const event of events) this.#start(sender, event, underway, 0);
  }

  /** What could not be recorded is not tried again: it is for the next start. */
  close(): void {
    this.#closed.abort();
  }

  /** Resolves when nothing is on its way any more. */
  async idle(): Promise<void> {
    while (this.#deliveries.size > 0) await Promise.all(this.#deliveries);
  }

  /** `delay`: how long it has waited before. */
  #start(sender: Sender, event: Outgoing, underway: Set<number>, delay: Milliseconds): void {
    const id = event.reaction?.id;
    if (id !== undefined && underway.has(id)) return;
    if (id !== undefined) underway.add(id);
    const delivery = this.#deliver(sender, event).then((outcome) => {
      if (outcome === "unrecorded") void this.#later(sender, event, underway, nextDelay(delay));
    }).finally(() => {
      if (id !== undefined) underway.delete(id);
      this.#deliveries.delete(delivery);
    });
    this.#deliveries.add(delivery);
  }

  async #later(sender: Sender, event: Outgoing, underway: Set<number>, delay: Milliseconds): Promise<void> {
    await this.means.clock.sleep(delay, this.#closed.signal);
    if (!this.#closed.signal.aborted) this.#start(sender, event, underway, delay);
  }

  async #deliver(sender: Sender, event: Outgoing): Promise<Outcome> {
    const count = this.#counts.get(sender.name) ?? 0;
    if (count >= UNDERWAY) {
      this.#tell("error", 503, sender, event, `was dropped: ${UNDERWAY} others are on their way already`);
      this.means.count(sender.name, "dropped");
      return await this.#settle(sender, event);
    }
    this.#counts.set(sender.name, count + 1);
    try {
      if (!await this.#isDue(sender, event)) return "settled";
      const outcome = await this.#bring(sender, event);
      if (outcome === "settled" && event.name === "exit") this.means.exit(`a command of ${sender.name} asked for it`);
      return outcome;
    } finally {
      this.#counts.set(sender.name, this.#counts.get(sender.name)! - 1);
    }
  }

  async #bring(sender: Sender, event: Outgoing): Promise<Outcome> {
    const interruptions = event.reaction?.interruptions ?? 0;
    if (interruptions >= INTERRUPTIONS_LIMIT) {
      const what =
        `was given up: its delivery was interrupted ${interruptions} times (a restart of the machine or agent?)`;
      this.#tell("error", 500, sender, event, what);
      this.means.count(sender.name, "given-up");
      return await this.#settle(sender, event);
    }
    let begun: Promise<boolean> | undefined;
    let exit: string | undefined;
    let result: EventResult = "undelivered";
    for (const [name, receiver] of this.means.receivers(sender.name, event.name)) {
      const begin = () => begun ??= this.#begin(sender, event);
      const received = await receiver.receive(variables(sender, event, name), begin);
      if (received.kind === "stopped") return await begun === false ? "unrecorded" : "stopped";
      if (received.kind === "not-run") this.#tell("error", 500, sender, event, `did not run ${name}: ${received.why}`);
      else result = "delivered";
      if (received.kind === "ran" && received.exits === true) exit = `a command of ${name} asked for it`;
      if (received.kind === "ran" && receiver.endsAgent) exit = `${name} has run for an event (eventsReceiveExit)`;
    }
    this.means.count(sender.name, result);
    const settled = await this.#settle(sender, event);
    if (settled === "settled" && exit !== undefined) this.means.exit(exit);
    return settled;
  }

  /** A run that goes on while an event is delivered reports it, when it ends, from what it has read at its beginning. */
  async #isDue({ name, store }: Sender, { reaction }: Outgoing): Promise<boolean> {
    if (reaction === undefined) return true;
    try {
      return (await store.load(name)).reactions.some(({ id }) => id === reaction.id);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      return true;
    }
  }

  /** Before the first receiver runs it is on disk that one may have run. */
  async #begin(sender: Sender, event: Outgoing): Promise<boolean> {
    if (event.reaction === undefined) return true;
    const reaction = { ...event.reaction, interruptions: event.reaction.interruptions + 1 };
    return await this.#commit(sender, event, { kind: "put-reaction", reaction });
  }

  async #settle(sender: Sender, event: Outgoing): Promise<Outcome> {
    if (event.reaction === undefined) return "settled";
    const gone = await this.#commit(sender, event, { kind: "delete-reaction", id: event.reaction.id });
    return gone ? "settled" : "unrecorded";
  }

  async #commit(sender: Sender, event: Outgoing, change: StateChange): Promise<boolean> {
    try {
      await sender.store.commit({ source: sender.name, changes: [change] });
      return true;
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      this.#tell("error", 500, sender, event, `stays due: the record could not be written: ${error.message}`);
      return false;
    }
  }

  #tell(level: "error", status: number, sender: Sender, event: Outgoing, what: string): void {
    this.means.log.write({
      level,
      function: "events",
      status,
      sourceTrigger: "event",
      sourceName: sender.name,
      ...(event.commandId !== "" && { commandId: event.commandId }),
      message: `event ${event.name} ${what}`,
    });
  }
}

/** What the commands of a receiver are told. */
function variables(sender: Sender, event: Outgoing, receiver: string): Readonly<Record<string, string>> {
  return {
    ETCHA_EVENT_ID: event.commandId,
    ETCHA_EVENT_NAME: event.name,
    ETCHA_EVENT_OUTPUT: event.output,
    ETCHA_EVENT_PUBLIC_KEY: event.publicKey ?? sender.publicKey,
    ETCHA_EVENT_SRC: sender.name,
    ETCHA_SOURCE_NAME: receiver,
    ETCHA_SOURCE_TRIGGER: "event",
  };
}
