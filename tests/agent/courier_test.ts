import assert from "node:assert/strict";
import { Courier, type Received, type Receiver } from "../../src/agent/courier.ts";
import { MemoryState } from "../../src/agent/memory_state.ts";
import type { Outgoing } from "../../src/agent/run_request.ts";
import type { Reaction } from "../../src/domain/state.ts";
import { HostError, type StateCommit } from "../../src/host/host.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { FakeLog } from "../fakes/fake_log.ts";

class Place {
  readonly log = new FakeLog();
  readonly story: string[] = [];
  readonly exits: string[] = [];
  readonly store = new MemoryState();
  refuses: (commit: StateCommit) => boolean = () => false;
  receivers: readonly (readonly [string, Receiver])[] = [];
  readonly counts: string[] = [];
  readonly clock = new FakeClock();
  readonly courier = new Courier({
    clock: this.clock,
    count: (source, result) => this.counts.push(`${source} ${result}`),
    log: this.log,
    exit: (why) => this.exits.push(why),
    receivers: () => this.receivers,
  });
  readonly sender = {
    name: "from",
    publicKey: "key",
    store: {
      load: (source: string) => this.store.load(source),
      commit: (commit: StateCommit) => {
        if (this.refuses(commit)) return Promise.reject(new HostError("full", "the disk is full"));
        for (const change of commit.changes) {
          this.story.push(change.kind === "put-reaction" ? `begun ${change.reaction.interruptions}` : change.kind);
        }
        return this.store.commit(commit);
      },
    },
  };

  receiver(name: string, end: Received | Promise<Received> = { kind: "ran" }, endsAgent = false) {
    const receiver: Receiver = {
      endsAgent,
      receive: async (variables, begin) => {
        if (!await begin()) return { kind: "stopped" };
        this.story.push(`${name} for ${variables["ETCHA_EVENT_NAME"]} of ${variables["ETCHA_EVENT_ID"]}`);
        return await end;
      },
    };
    return [name, receiver] as const;
  }

  /** Puts an event into the record. */
  async due(id: number, interruptions = 0, name = "now"): Promise<Outgoing> {
    const action = { do: "event", name, commandId: "x", output: "o" } as const;
    const reaction: Reaction = { id, action, causeKey: 1, causeId: "x", interruptions };
    await this.store.commit({ source: "from", changes: [{ kind: "put-reaction", reaction }] });
    return { reaction, name, commandId: "x", output: "o" };
  }

  async left(): Promise<readonly number[]> {
    return (await this.store.load("from")).reactions.map(({ interruptions }) => interruptions);
  }
}

Deno.test("courier: receivers run one after the other, begun before the first, settled after the last", async () => {
  const place = new Place();
  place.receivers = [place.receiver("a"), place.receiver("b", { kind: "not-run", why: "it has no pattern yet" })];
  place.courier.deliver(place.sender, [await place.due(7)]);
  await place.courier.idle();
  assert.deepEqual(place.story, ["begun 1", "a for now of x", "b for now of x", "delete-reaction"]);
  assert.deepEqual(place.log.messages, ["event now did not run b: it has no pattern yet"]);
  assert.deepEqual(place.counts, ["from delivered"]);
  place.receivers = place.receivers.slice(1);
  place.courier.deliver(place.sender, [await place.due(8)]);
  await place.courier.idle();
  assert.deepEqual(place.counts.slice(1), ["from undelivered"]);
  assert.deepEqual(await place.left(), []);
});

Deno.test("courier: what a later run reports once more is delivered once", async () => {
  const place = new Place();
  const gate = Promise.withResolvers<Received>();
  place.receivers = [place.receiver("a", gate.promise)];
  const event = await place.due(7);
  place.courier.deliver(place.sender, [event]);
  place.courier.deliver(place.sender, [event]);
  gate.resolve({ kind: "ran" });
  await place.courier.idle();
  assert.deepEqual(place.story, ["begun 1", "a for now of x", "delete-reaction"]);
});

Deno.test("courier: what a run has read before it was delivered, and reports after that, is not delivered again", async () => {
  const place = new Place();
  place.receivers = [place.receiver("a")];
  const event = await place.due(7, 0, "exit");
  place.courier.deliver(place.sender, [event]);
  await place.courier.idle();
  place.courier.deliver(place.sender, [event]);
  await place.courier.idle();
  assert.deepEqual(place.story, ["begun 1", "a for exit of x", "delete-reaction"]);
  assert.equal(place.exits.length, 1);
});

Deno.test("courier: a source that is given another record while an event is delivered owes nothing to either", async () => {
  const place = new Place();
  const gate = Promise.withResolvers<Received>();
  place.receivers = [place.receiver("a", gate.promise)];
  const event = await place.due(7);
  const other = new MemoryState();
  const sender = { ...place.sender };
  place.courier.deliver(sender, [event]);
  await other.commit({ source: "from", changes: [{ kind: "put-reaction", reaction: event.reaction! }] });
  place.courier.deliver({ ...sender, store: other }, [event]);
  Object.assign(sender, { store: other });
  gate.resolve({ kind: "ran" });
  await place.courier.idle();
  assert.deepEqual([await place.left(), (await other.load("from")).reactions], [[], []]);
  assert.equal(place.story.filter((line) => line.startsWith("a for")).length, 2);
});

Deno.test("courier: a receiver that ends the agent ends it after the others, and when the event is settled", async () => {
  const place = new Place();
  place.receivers = [place.receiver("a", { kind: "ran", exits: true }), place.receiver("b")];
  place.courier.deliver(place.sender, [await place.due(7)]);
  await place.courier.idle();
  assert.deepEqual(place.story, ["begun 1", "a for now of x", "b for now of x", "delete-reaction"]);
  assert.deepEqual(place.exits, ["a command of a asked for it"]);
});

Deno.test("courier: an agent that stops owes the event to the next start, begun or not", async () => {
  const place = new Place();
  place.receivers = [place.receiver("a", { kind: "stopped" }), place.receiver("b")];
  place.courier.deliver(place.sender, [await place.due(7)]);
  await place.courier.idle();
  assert.deepEqual(place.story, ["begun 1", "a for now of x"]);
  assert.deepEqual([await place.left(), place.counts], [[1], []]);
});

Deno.test("courier: interrupted twice it is given up", async () => {
  const place = new Place();
  place.receivers = [place.receiver("a")];
  place.courier.deliver(place.sender, [await place.due(7, 2)]);
  await place.courier.idle();
  assert.deepEqual(place.story, ["delete-reaction"]);
  assert.match(place.log.messages.join(), /given up: its delivery was interrupted 2 times/);
  assert.deepEqual(place.counts, ["from given-up"]);
});

Deno.test("courier: what can't be recorded is not begun, stays due, and is tried again", async () => {
  const place = new Place();
  place.receivers = [place.receiver("a")];
  const event = await place.due(7);
  place.refuses = () => true;
  place.courier.deliver(place.sender, [event]);
  await place.courier.idle();
  assert.deepEqual(place.story, []);
  assert.match(place.log.messages.join(), /stays due: the record could not be written: the disk is full/);
  assert.deepEqual(await place.left(), [0]);
  await place.clock.advance(5_000);
  await place.courier.idle();
  assert.deepEqual([place.story, place.clock.sleeping], [[], 1]);
  place.refuses = () => false;
  await place.clock.advance(10_000);
  await place.courier.idle();
  assert.deepEqual(place.story, ["begun 1", "a for now of x", "delete-reaction"]);
  assert.deepEqual([await place.left(), place.clock.sleeping], [[], 0]);
});

Deno.test("courier: what can't be recorded is left to the next start when the agent ends", async () => {
  const place = new Place();
  place.receivers = [place.receiver("a")];
  place.refuses = () => true;
  place.courier.deliver(place.sender, [await place.due(7)]);
  await place.courier.idle();
  place.courier.close();
  place.refuses = () => false;
  await place.clock.advance(600_000);
  await place.courier.idle();
  assert.deepEqual([place.story, await place.left(), place.clock.sleeping], [[], [0], 0]);
});

Deno.test("courier: the end of the agent comes after the receivers, and is settled before", async () => {
  const place = new Place();
  place.receivers = [place.receiver("a")];
  place.courier.deliver(place.sender, [await place.due(7, 0, "exit")]);
  await place.courier.idle();
  assert.deepEqual(place.exits, ["a command of from asked for it"]);
  place.receivers = [place.receiver("last", { kind: "ran" }, true)];
  place.courier.deliver(place.sender, [await place.due(8)]);
  await place.courier.idle();
  assert.deepEqual(place.exits.slice(1), ["last has run for an event (eventsReceiveExit)"]);
  assert.deepEqual(await place.left(), []);
});

Deno.test("courier: a hundred events of one source may be on their way, the rest is dropped, and told", async () => {
  const place = new Place();
  const gate = Promise.withResolvers<Received>();
  place.receivers = [place.receiver("a", gate.promise)];
  const events = await Promise.all(Array.from({ length: 102 }, (_, i) => place.due(i + 1)));
  place.courier.deliver(place.sender, events);
  gate.resolve({ kind: "ran" });
  await place.courier.idle();
  assert.equal(place.story.filter((line) => line.startsWith("a for")).length, 100);
  assert.equal(place.log.messages.filter((line) => /was dropped: 100 others/.test(line)).length, 2);
  assert.equal(place.counts.filter((count) => count === "from dropped").length, 2);
  assert.deepEqual(await place.left(), []);
});

Deno.test("courier: events that the record does not know are delivered without it", async () => {
  const place = new Place();
  place.receivers = [place.receiver("a")];
  place.courier.deliver(place.sender, [{ name: "push", commandId: "", output: "" }]);
  await place.courier.idle();
  assert.deepEqual(place.story, ["a for push of "]);
});
