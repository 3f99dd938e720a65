import { HostError, type StateCommit } from "../../host.ts";
import type { StateAnswers, StateFailure, StateReply, StateRequest } from "./messages.ts";

/** Questions and commits that may wait, and how many commits one transaction takes. */
const LONGEST_QUEUE = 10_000;
const LARGEST_GROUP = 256;

/** In the source tree the thread's script lies beside this file, in a bundle beside the bundle. */
const SCRIPT = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./state_worker.js", import.meta.url);

type Question = Exclude<StateRequest, { kind: "commit" }>;
type Answer = StateAnswers[keyof StateAnswers];

interface Waiting {
  readonly asked: Question | StateCommit;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The caller's side of the thread that holds the database. The thread has one request at a time; commits that come
 * meanwhile wait and then go together, so that they share one wait for the disk.
 */
export class StateThread implements Disposable {
  readonly #worker: Worker;
  #waiting: Waiting[] = [];
  #current: readonly Waiting[] = [];
  #ended: Error | undefined;

  constructor() {
    this.#worker = new Worker(SCRIPT, { type: "module", name: "state" });
    this.#worker.onmessage = (event: MessageEvent<StateReply>) => this.#settle(event.data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#end(new HostError("other", `the thread of the state database ended: ${event.message}`));
    };
  }

  /** Answers come in the order of the questions, and after the commits that were asked for before. */
  ask<Q extends Question>(question: Q): Promise<StateAnswers[Q["kind"]]> {
    return this.#enqueue(question) as Promise<StateAnswers[Q["kind"]]>;
  }

  /** Resolves when the commit is on the disk. */
  async commit(commit: StateCommit): Promise<void> {
    await this.#enqueue(commit);
  }

  [Symbol.dispose](): void {
    this.#end(new Error("the state store was closed"));
    this.#worker.terminate();
  }

  #enqueue(asked: Waiting["asked"]): Promise<Answer> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    if (this.#waiting.length >= LONGEST_QUEUE) {
      return Promise.reject(new HostError("busy", `${LONGEST_QUEUE} changes of the state already wait for the disk`));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ asked, resolve, reject });
      if (this.#current.length === 0) this.#next();
    });
  }

  #next(): void {
    const others = this.#waiting.findIndex(({ asked }) => "kind" in asked);
    const commits = Math.min(others === -1 ? this.#waiting.length : others, LARGEST_GROUP);
    this.#current = this.#waiting.splice(0, Math.max(commits, 1));
    const request = toRequest(this.#current.map(({ asked }) => asked));
    if (request !== undefined) this.#worker.postMessage(request);
  }

  #settle(reply: StateReply): void {
    const settled = this.#current;
    const failures = reply.ok ? reply.answer : undefined;
    settled.forEach(({ asked, resolve, reject }, at) => {
      const failure = !reply.ok
        ? reply.failure
        : "kind" in asked
        ? undefined
        : (failures as StateAnswers["commit"])[at];
      if (failure !== undefined && failure !== null) reject(toError(failure));
      else resolve(reply.ok ? reply.answer : null);
    });
    this.#next();
  }

  #end(error: Error): void {
    this.#ended ??= error;
    const left = [...this.#current, ...this.#waiting];
    this.#current = [];
    this.#waiting = [];
    for (const { reject } of left) reject(this.#ended);
  }
}

/** One question, or any number of commits. */
function toRequest(asked: readonly Waiting["asked"][]): StateRequest | undefined {
  const [first] = asked;
  if (first === undefined || "kind" in first) return first;
  return { kind: "commit", commits: asked.filter((one): one is StateCommit => !("kind" in one)) };
}

function toError({ kind, message }: StateFailure): Error {
  return kind === undefined ? new Error(message) : new HostError(kind, message);
}
