import { type Problem, problemsText, problemText } from "../domain/problem.ts";
import type { Milliseconds } from "../domain/duration.ts";
import type { Regexp } from "../domain/regexp.ts";
import type { RunRecord } from "../domain/state.ts";
import { dueEvents } from "../engine/report.ts";
import { HostError } from "../host/host.ts";
import { checkTimes, type TokenKind, type VerifiedToken, verifyToken } from "../token/verify.ts";
import { Complaints } from "./complaints.ts";
import type { Received, Receiver } from "./courier.ts";
import { Drift } from "./drift.ts";
import { measured } from "./measured.ts";
import { Puller, succeeded } from "./puller.ts";
import { type Kind, notRunText, type NotTriggered, type Ran, SourceQueue } from "./queue.ts";
import { Retry } from "./retry.ts";
import { guard, runWanted } from "./run.ts";
import {
  asksForEnd,
  type RunAnswer,
  type RunContext,
  type RunRequest,
  TIMEOUT_OF,
  type Trigger,
  type Triggered,
} from "./run_request.ts";
import { runApart } from "./run_apart.ts";
import { nothingWanted } from "./run_story.ts";
import type { SourceFigures } from "./source_metrics.ts";
import type { SourceSettings } from "./source_settings.ts";
import { loadStored } from "./stored.ts";
import { UsedOnce } from "./used_once.ts";
import { isToken, publicKeyOf, type Wanted } from "./wanted.ts";

export interface Push {
  readonly token: VerifiedToken;
  readonly mode: RunRequest["mode"];
  readonly address: string;
  readonly filter?: Regexp;
}

/** One source of a running agent: its current token, its queue and what it does of itself. */
export class SourceRunner implements Receiver {
  readonly #queue = new SourceQueue<RunAnswer>();
  #current: Wanted | undefined;
  #loading: Promise<unknown> = Promise.resolve();
  /** How often a run has given another one. */
  #acceptances = 0;
  readonly #usedOnce: UsedOnce;
  readonly #complaints: Complaints;
  readonly #puller: Puller;
  readonly #retry: Retry;
  readonly #drift = new Drift();
  #settings: SourceSettings;
  readonly #verifiedUnder = new WeakMap<VerifiedToken, SourceSettings>();

  constructor(settings: SourceSettings) {
    this.#settings = settings;
    const { context, http, startedAt } = settings;
    const { clock, files, log } = context;
    this.#usedOnce = new UsedOnce(startedAt);
    this.#complaints = new Complaints(log, this.name);
    this.#retry = new Retry(clock);
    this.#puller = new Puller({
      ...{ files, http, clock },
      ca: () => this.#settings.ca,
      complaints: this.#complaints,
      current: () => this.#current !== undefined && isToken(this.#current) ? this.#current : undefined,
      verify: (text) => this.verify(text, ["pattern"]),
      refuse: (token) => this.#refuse({ wanted: token, isStored: false }),
      submit: (token, renews) =>
        this.#perform({ kind: "token", rank: this.#rankOf(token), refuse: this.#refusal(token) }, () => ({
          ...this.#request({ trigger: "pull", wanted: token, address: "" }),
          renews: renews(),
          announces: "pull",
        })),
    });
  }

  /** What runs goes on as it was configured; everything that begins from now on goes by these. The name stays. */
  reconfigure(settings: SourceSettings): void {
    this.#settings = settings;
    this.#queue.reopen();
  }

  get name(): string {
    return this.#settings.context.source.name;
  }

  get store(): RunContext["store"] {
    return this.#settings.context.store;
  }

  get publicKey(): string {
    return this.#current === undefined ? "" : publicKeyOf(this.#current);
  }

  get endsAgent(): boolean {
    return this.#settings.context.source.eventsReceiveExit;
  }

  get figures(): SourceFigures {
    const now = { failing: this.#retry.isFailing, paused: this.#settings.pause.wasPaused };
    const token = this.#current !== undefined && isToken(this.#current) ? this.#current.claims : undefined;
    return { name: this.name, ...now, ...(token !== undefined && { token }) };
  }

  get retryAt(): Milliseconds | undefined {
    return this.#retry.at;
  }

  /** Whether it does nothing of itself for now. */
  async isPaused(): Promise<boolean> {
    return await this.#settings.pause.isPaused();
  }

  /** Whether a token may be used here, in one answer for every reason: what is wrong is for the log alone. */
  async verify(text: string, accepts: readonly TokenKind[]) {
    const settings = this.#settings;
    const { trust, context } = settings;
    const verified = await verifyToken(text, { ...trust, now: context.clock.now(), source: this.name, accepts });
    if (verified.ok) this.#verifiedUnder.set(verified.value, settings);
    return verified;
  }

  /**
   * Takes up what is wanted: the stored token, which is verified again, or the static commands. Resolves with false when
   * the token could not be used; a source without any is fine.
   */
  load(): Promise<boolean> {
    return this.#loading = this.#load();
  }

  async #load(): Promise<boolean> {
    const { context: { tokenPath, files, store }, commands } = this.#settings;
    const verify = (text: string) => this.verify(text, ["pattern"]);
    const acceptances = () => this.#acceptances;
    const stored = await loadStored(this.name, { commands, tokenPath, files, store, verify, acceptances });
    this.#current = stored.kind === "wanted" ? stored.wanted : undefined;
    if (stored.kind === "nothing") this.#complaints.say(stored.level, "init", 404, stored.message);
    if (stored.kind !== "unusable") return true;
    // It may be usable later: a clock that was wrong, a disk that was away.
    this.#retry.ended("failed");
    return this.#complaints.once("restore", "init", stored.why);
  }

  /** Runs what was taken up, as at every start, and delivers what an earlier life owes. Resolves with whether nothing failed. */
  async start(): Promise<boolean> {
    const success = this.#settings.context.source.triggerOnly || await this.#startRunning();
    await this.#deliverDue();
    return success;
  }

  /** Runs what is wanted, if there is anything and it is still valid. Resolves with whether nothing failed. */
  async run(trigger: Trigger, filter?: Regexp): Promise<boolean> {
    if (this.#current === undefined) return true;
    if (this.#isExpired(this.#current, trigger)) return false;
    // Another one may be the current one when its turn comes.
    const ran = await this.#perform(
      { kind: "interval" },
      () => this.#requestCurrent({ trigger, address: "", ...(filter !== undefined && { filter }) }),
    );
    return !ran.ran || succeeded(ran.value);
  }

  /** Tries the run again that failed. */
  async retry(): Promise<void> {
    if (this.#current === undefined) {
      if (await this.load()) await this.start();
    } else await this.run(this.#retry.again.trigger, this.#retry.again.filter);
    // A run that could not even begin (an expired token) is not tried for ever.
    if (this.#retry.isOverdue) this.#retry.ended("failed");
  }

  async push({ token, ...push }: Push): Promise<Ran<RunAnswer>> {
    const make = (): RunRequest => ({
      ...this.#request({ trigger: "push", wanted: token, ...push }),
      announces: "push",
    });
    const refuse = this.#refusal(token);
    const request = make();
    if (token.claims.once !== undefined) return await this.#pushOnce(token, make, refuse);
    const refused = await this.#refuse(request);
    if (refused !== undefined) return { ran: true, value: { kind: "refused", problems: refused } };
    const isWhole = request.mode === "change" && request.filter === undefined;
    const turn = isWhole ? { kind: "token", rank: this.#rankOf(token) } as const : { kind: "single" } as const;
    return await this.#perform({ ...turn, refuse }, make);
  }

  /** Runs what is wanted because of an event or a webhook. */
  async trigger(
    { trigger, variables, address, begin }: Triggered,
  ): Promise<Ran<RunAnswer, NotTriggered>> {
    if (this.#current === undefined) await this.#loading;
    if (this.#current === undefined) return { ran: false, why: "no-pattern" };
    if (this.#isExpired(this.#current, trigger)) return { ran: false, why: "expired" };
    const turn: Turn = {
      kind: "trigger",
      isApart: this.#settings.context.source.runMulti,
      ...(begin !== undefined && { refuse: async () => await begin() ? undefined : [] }),
      leavesExit: trigger === "event",
    };
    return await this.#perform(turn, () => {
      const request = this.#requestCurrent({ trigger, address });
      return request && { ...request, variables };
    });
  }

  /** Looks for a new token and runs it. Resolves with whether nothing failed. */
  async pull(signal: AbortSignal): Promise<boolean> {
    if (await this.isPaused()) return true;
    return await this.#puller.pull(this.#settings.context.source, signal);
  }

  /** A remote shell of this source is over: that is written to the history, and told to who receives the event. */
  async endShell(run: RunRecord): Promise<void> {
    const { context, courier } = this.#settings;
    try {
      await context.store.commit({ source: this.name, changes: [], run });
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      this.#complaints.say("error", "shell", 500, `the end of a shell could not be recorded: ${error.message}`);
    }
    if (context.isReceived("shell")) courier.deliver(this, [{ name: "shell", commandId: "", output: run.error }]);
  }

  async receive(variables: Readonly<Record<string, string>>, begin: () => Promise<boolean>): Promise<Received> {
    let isAllowed = true;
    const ran = await this.trigger({
      ...{ trigger: "event", variables, address: "" },
      begin: async () => isAllowed = await begin(),
    });
    if (!isAllowed) return { kind: "stopped" };
    if (!ran.ran) return ran.why === "stopping" ? { kind: "stopped" } : { kind: "not-run", why: notRunText(ran.why) };
    if (ran.value.kind === "refused") return { kind: "not-run", why: problemsText(ran.value.problems) };
    const isStopped = ran.value.kind === "done" && ran.value.report.interrupted;
    return isStopped ? { kind: "stopped" } : { kind: "ran", exits: asksForEnd(ran.value) };
  }

  close(): void {
    this.#queue.close("stopping");
  }

  /** It is no longer configured: what runs may end, and nothing is wanted until it is configured and loaded again. */
  retire(): void {
    this.#current = undefined;
    this.#queue.close("gone");
  }

  /** Resolves when none of its runs goes on any more. */
  async idle(): Promise<void> {
    await this.#queue.idle();
  }

  async #startRunning(): Promise<boolean> {
    if (!await this.isPaused()) return await this.run("init");
    // It is owed when the pause is over.
    this.#retry.due();
    return true;
  }

  #isExpired(wanted: Wanted, trigger: Trigger): boolean {
    const { clock } = this.#settings.context;
    const expired = isToken(wanted) ? checkTimes(wanted.claims, clock.now(), wanted.keyId) : undefined;
    if (expired === undefined) this.#complaints.over("expired");
    else this.#complaints.once("expired", trigger, `the current pattern is not run: ${problemText(expired)}`);
    return expired !== undefined;
  }

  /** Of tokens that wait together the one that was issued last is wanted; where going back is allowed, the last one. */
  #rankOf(token: VerifiedToken): number {
    return this.#settings.context.source.allowRollback ? 0 : token.claims.issuedAt ?? 0;
  }

  /** Why a token would not be accepted, before it waits. A record that can't be read is told by the run itself. */
  async #refuse(request: Pick<RunRequest, "wanted" | "isStored">): Promise<readonly Problem[] | undefined> {
    const { context } = this.#settings;
    try {
      const mark = guard(context, request, await context.store.load(this.name), context.clock.now());
      return mark.ok ? undefined : mark.problems;
    } catch (error) {
      if (error instanceof HostError) return undefined;
      throw error;
    }
  }

  /** Asked when its turn has come: a token that waited while the configuration was read anew is verified once more. */
  #refusal(token: VerifiedToken): () => Promise<readonly Problem[] | undefined> {
    return async () => {
      if (this.#verifiedUnder.get(token) === this.#settings) return undefined;
      const verified = await this.verify(token.raw, ["pattern", "once"]);
      return verified.ok ? undefined : verified.problems;
    };
  }

  async #pushOnce(token: VerifiedToken, make: () => RunRequest, refuse: Turn["refuse"]): Promise<Ran<RunAnswer>> {
    const refused = this.#usedOnce.refuse(token, this.#settings.context.clock.now());
    if (refused !== undefined) return { ran: true, value: { kind: "refused", problems: [refused] } };
    return await this.#perform({ kind: "single", isApart: true, ...(refuse && { refuse }) }, make);
  }

  /**
   * One run in its turn; then what follows from it, when the next one has its turn already. `make` is called when the run
   * begins; it makes nothing when nothing is wanted any more.
   */
  async #perform(
    { kind, rank = 0, isApart = false, refuse, leavesExit = false }: Turn,
    make: () => RunRequest | undefined,
  ): Promise<Ran<RunAnswer>> {
    const job = async (): Promise<RunAnswer> => {
      const refused = await refuse?.();
      if (refused !== undefined) return { kind: "refused", problems: refused };
      // As the agent is configured when its turn has come.
      const { context } = this.#settings;
      const request = make();
      if (request === undefined) return { kind: "refused", problems: [nothingWanted(this.name)] };
      const run = () => isApart ? runApart(context, request) : runWanted(context, request);
      const answer = await measured(request, run, {
        ...this.#settings,
        complaints: this.#complaints,
        drift: this.#drift,
      });
      const isOfWanted = !isApart && request.mode === "change" && this.#current?.hash === request.wanted.hash;
      if (isOfWanted) this.#retry.after(request, succeeded(answer) ? "succeeded" : "failed");
      return answer;
    };
    const ran =
      await (isApart && this.#settings.context.source.runMulti
        ? this.#queue.overlap(job)
        : this.#queue.submit(kind, job, rank));
    if (ran.ran) this.#deliver(ran.value);
    if (ran.ran && !leavesExit && asksForEnd(ran.value)) this.#settings.exit(`a command of ${this.name} asked for it`);
    return ran;
  }

  #deliver(answer: RunAnswer): void {
    if (answer.kind !== "done" && answer.kind !== "failed") return;
    this.#settings.courier.deliver(this, answer.due);
  }

  /** What an earlier life of the agent owes to other sources, where nothing was run that would have found it. */
  async #deliverDue(): Promise<void> {
    const { context, courier } = this.#settings;
    try {
      const { reactions } = await context.store.load(this.name);
      courier.deliver(this, dueEvents(reactions).filter(({ name }) => context.isReceived(name)));
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      this.#complaints.say("error", "init", 500, `what is due was not delivered: ${error.message}`);
    }
  }

  /** For what is wanted now; nothing when a reload has left nothing, or nothing that could be used. */
  #requestCurrent(of: Pick<RunRequest, "trigger" | "address"> & Partial<Push>): RunRequest | undefined {
    return this.#current && this.#request({ ...of, wanted: this.#current });
  }

  #request(of: Pick<RunRequest, "trigger" | "wanted" | "address"> & Partial<Push>): RunRequest {
    const { timeouts, context } = this.#settings;
    return {
      trigger: of.trigger,
      wanted: of.wanted,
      address: of.address,
      mode: context.source.checkOnly ? "check" : of.mode ?? "change",
      timeout: timeouts[TIMEOUT_OF[of.trigger]],
      ...(TIMEOUT_OF[of.trigger] !== "webhook" && { retryIn: this.#retry.nextDelay }),
      ...(of.filter !== undefined && { filter: of.filter }),
      isStored: of.wanted.hash === this.#current?.hash,
      accepted: (wanted) => {
        this.#current = wanted;
        this.#acceptances++;
      },
    };
  }
}

/** How a run waits for its turn. */
interface Turn {
  readonly kind: Kind;
  readonly rank?: number;
  /** It shares no record with the others, and with `runMulti` it does not wait for them. */
  readonly isApart?: boolean;
  /** Asked when its turn has come: why it does not run. */
  readonly refuse?: () => Promise<readonly Problem[] | undefined>;
  /** When a command asks for the end of the agent, that is left to who asked for the run. */
  readonly leavesExit?: boolean;
}
