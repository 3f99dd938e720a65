import { bad, ok, type Problem, problemsText, problemText, type Result } from "../domain/problem.ts";
import type { Milliseconds } from "../domain/duration.ts";
import type { Regexp } from "../domain/regexp.ts";
import { HostError, type Http } from "../host/host.ts";
import { differingParts } from "../token/compare.ts";
import { checkTimes, type TokenKind, type Trust, type VerifiedToken, verifyToken } from "../token/verify.ts";
import { pull, pulledFrom, type Validators } from "../workflows/pull.ts";
import type { Metrics } from "./metrics.ts";
import type { PauseWatch } from "./pause_watch.ts";
import { type Ran, SourceQueue } from "./queue.ts";
import { guard, type RunAnswer, type RunContext, runOnce, type RunRequest, runToken, type Trigger } from "./run.ts";

/** Bytes of a token file: a token and white space around it. */
const FILE_LIMIT = 33 * 1024 * 1024;
const FIRST_RETRY: Milliseconds = 5_000;
const LAST_RETRY: Milliseconds = 300_000;

export interface SourceSettings {
  readonly context: RunContext;
  readonly trust: Trust;
  readonly http: Http;
  /** PEM of private authorities for pulls. */
  readonly ca: string | undefined;
  readonly timeouts: { readonly pull: Milliseconds; readonly push: Milliseconds };
  readonly metrics: Metrics;
  readonly pause: PauseWatch;
  /** Milliseconds since the epoch: when the agent started. */
  readonly startedAt: number;
}

export interface Push {
  readonly token: VerifiedToken;
  readonly mode: RunRequest["mode"];
  readonly address: string;
  readonly filter?: Regexp;
}

/** One source of a running agent: its current token, its queue and what it does of itself. */
export class SourceRunner {
  readonly #queue = new SourceQueue<RunAnswer>();
  #current: VerifiedToken | undefined;
  readonly #validators = new Map<string, Validators>();
  /** What was complained about last: the same again is not said again. */
  readonly #complaints = new Map<string, string>();
  readonly #usedOnce = new Map<string, number>();
  /** A token that verified and could not be accepted (it did not render): not tried again before `until`. */
  #rejected: { readonly hash: string; readonly delay: Milliseconds; readonly until: Milliseconds } | undefined;
  #lastTrigger: Trigger = "init";
  /** Of the run that is to be tried again. */
  #lastFilter: Regexp | undefined;
  #retryDelay: Milliseconds = 0;
  /** When the next try is due, as the monotonic clock has it; none while the last run succeeded. */
  #retryAt: Milliseconds | undefined;

  constructor(private readonly settings: SourceSettings) {}

  get name(): string {
    return this.settings.context.source.name;
  }

  get retryAt(): Milliseconds | undefined {
    return this.#retryAt;
  }

  /** Whether it does nothing of itself for now. */
  readonly isPaused = () => this.settings.pause.isPaused();

  /** Whether a token may be used here, in one answer for every reason: what is wrong is for the log alone. */
  async verify(text: string, accepts: readonly TokenKind[]) {
    const { trust, context } = this.settings;
    return await verifyToken(text, { ...trust, now: context.clock.now(), source: this.name, accepts });
  }

  /**
   * Takes up the stored token, which is verified again, and runs it. Resolves with false when it could not be used or its
   * run failed; a source without a token is fine.
   */
  async restore(): Promise<boolean> {
    const { tokenPath, files, source } = this.settings.context;
    if (tokenPath === undefined) return true;
    let text: string;
    try {
      text = await files.readText(tokenPath, FILE_LIMIT);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      if (error.kind !== "not-found") return this.#restoreLater(error.message);
      this.#log("info", "init", 404, `no pattern yet: ${tokenPath} is not there`);
      return true;
    }
    const verified = await this.verify(text, ["pattern"]);
    if (!verified.ok) {
      return this.#restoreLater(`${tokenPath} is not run, nothing is removed: ${problemsText(verified.problems)}`);
    }
    this.#current = verified.value;
    if (source.triggerOnly) return true;
    if (!await this.isPaused()) return await this.run("init");
    this.#retryAt = this.settings.context.clock.monotonic(); // It is owed when the pause is over.
    return true;
  }

  /** Runs the current token, if there is one that is still valid. Resolves with whether nothing failed. */
  async run(trigger: Trigger, filter?: Regexp): Promise<boolean> {
    const token = this.#current;
    if (token === undefined) return true;
    const expired = checkTimes(token.claims, this.settings.context.clock.now(), token.keyId);
    if (expired !== undefined) {
      return this.#complainOnce("expired", trigger, `the current pattern is not run: ${problemText(expired)}`);
    }
    this.#complaints.delete("expired");
    // Another one may be the current one when its turn comes.
    const ran = await this.#submit("interval", () =>
      this.#request({
        trigger,
        token: this.#current!,
        address: "",
        ...(filter !== undefined && { filter }),
      }));
    return !ran.ran || succeeded(ran.value);
  }

  /** Tries the run again that failed. */
  async retry(): Promise<void> {
    if (this.#current === undefined) await this.restore();
    else await this.run(this.#lastTrigger, this.#lastFilter);
    // A run that could not even begin (an expired token) is not tried for ever.
    if (this.#retryAt !== undefined && this.#retryAt <= this.settings.context.clock.monotonic()) this.#schedule(false);
  }

  async push(push: Push): Promise<Ran<RunAnswer>> {
    const request = this.#request({ trigger: "push", ...push });
    if (push.token.claims.once !== undefined) return await this.#pushOnce(request);
    const refused = await this.#refuse(request);
    if (refused !== undefined) return { ran: true, value: { kind: "refused", problems: refused } };
    const isWhole = request.mode === "change" && request.filter === undefined;
    return await this.#submit(isWhole ? "token" : "single", () => request, this.#rankOf(push.token));
  }

  /** Looks for a new token and runs it. Resolves with whether nothing failed. */
  async pull(signal: AbortSignal): Promise<boolean> {
    if (await this.isPaused()) return true;
    const complaints: string[] = [];
    for (const path of this.settings.context.source.pullPaths) {
      const found = await this.#pullFrom(path, signal);
      if (found.ok) {
        if (found.value) this.#complaints.delete("pull");
        return found.value;
      }
      complaints.push(problemsText(found.problems));
    }
    if (complaints.length === 0) return true;
    return this.#complainOnce("pull", "pull", complaints.join("\n"));
  }

  close(): void {
    this.#queue.close();
  }

  /**
   * Takes the token of one path, if it gives one that verifies; its problems otherwise. What is not verified leaves no
   * trace. The value is whether nothing failed.
   */
  async #pullFrom(path: string, signal: AbortSignal): Promise<Result<boolean>> {
    const { context, http, ca } = this.settings;
    const known = this.#validators.get(path);
    const pulled = await unlessAborted(signal, () => pull(path, known, { files: context.files, http, ca }, signal));
    if (pulled === undefined) return ok(true);
    if (pulled.kind === "failed") return bad(pulled.problem);
    if (pulled.kind === "unchanged") return ok(true);
    if (pulled.text.trim() === this.#current?.raw) {
      this.#validators.set(path, pulled.validators);
      return ok(true);
    }
    const verified = await this.verify(pulled.text, ["pattern"]);
    if (!verified.ok) return bad(...verified.problems.map((problem) => pulledFrom(path, problem)));
    const taken = await this.#take(verified.value);
    // Asked for again, whatever the server says, as long as it has not become the current one.
    if (verified.value.hash === this.#current?.hash || taken === "same") this.#validators.set(path, pulled.validators);
    else this.#validators.delete(path);
    return ok(taken !== "failed");
  }

  /** `same`: it asks for what is wanted already. */
  async #take(token: VerifiedToken): Promise<"same" | "ran" | "waits" | "failed"> {
    const { source, clock } = this.settings.context;
    const current = this.#current;
    const parts = source.pullIgnoreVersion ? "without-version" : "all";
    const same = current !== undefined && differingParts(token.claims, current.claims, parts).length === 0;
    if (same && (token.claims.issuedAt ?? 0) <= (current.claims.issuedAt ?? 0)) return "same";
    if (this.#rejected?.hash === token.hash && clock.monotonic() < this.#rejected.until) return "failed";
    const refused = await this.#refuse({ token, isStored: false });
    if (refused !== undefined) return this.#refusePulled(token, refused);
    const ran = await this.#submit("token", () => {
      // It renews the one that it was compared with, and no other that was pushed meanwhile.
      const renews = same && this.#current === current;
      return { ...this.#request({ trigger: "pull", token, address: "" }), renews };
    }, this.#rankOf(token));
    if (!ran.ran) return "waits";
    if (ran.value.kind === "refused") return this.#refusePulled(token, ran.value.problems);
    this.#complaints.delete("pull");
    if (token.hash === this.#current?.hash) return succeeded(ran.value) ? "ran" : "failed";
    const delay = nextDelay(this.#rejected?.hash === token.hash ? this.#rejected.delay : 0);
    this.#rejected = { hash: token.hash, delay, until: clock.monotonic() + delay };
    return "failed";
  }

  /** Said once for each token and reason: the text holds ages, which are others every time. */
  #refusePulled(token: VerifiedToken, problems: readonly Problem[]): "failed" {
    this.#complainOnce(
      "pull",
      "pull",
      problemsText(problems),
      `${token.hash} ${problems.map(({ code }) => code).join(" ")}`,
    );
    return "failed";
  }

  /** Of tokens that wait together the one that was issued last is wanted; where going back is allowed, the last one. */
  #rankOf(token: VerifiedToken): number {
    return this.settings.context.source.allowRollback ? 0 : token.claims.issuedAt ?? 0;
  }

  /** Why a token would not be accepted, before it waits. A record that can't be read is told by the run itself. */
  async #refuse(request: Pick<RunRequest, "token" | "isStored">): Promise<readonly Problem[] | undefined> {
    const { context } = this.settings;
    try {
      const mark = guard(context, request, await context.store.load(this.name), context.clock.now());
      return mark.ok ? undefined : mark.problems;
    } catch (error) {
      if (error instanceof HostError) return undefined;
      throw error;
    }
  }

  async #pushOnce(request: RunRequest): Promise<Ran<RunAnswer>> {
    const refused = this.#refuseAgain(request.token);
    if (refused !== undefined) return { ran: true, value: { kind: "refused", problems: [refused] } };
    return await this.#queue.submit(
      "single",
      () => this.#measured(request, () => runOnce(this.settings.context, request)),
    );
  }

  /** An ad-hoc command is accepted once: its id is kept until it has expired; those of an earlier life are refused. */
  #refuseAgain(token: VerifiedToken): Problem | undefined {
    const { clock } = this.settings.context;
    const now = clock.now();
    for (const [id, until] of this.#usedOnce) if (until < now) this.#usedOnce.delete(id);
    const { id, issuedAt, expires } = token.claims;
    const refused = (found: string): Problem => ({
      code: "token-replayed",
      attempted: "accept the command",
      found,
      where: `key ${JSON.stringify(token.keyId)}`,
    });
    if (this.#usedOnce.has(id!)) return refused("it has been run already");
    if ((issuedAt ?? 0) * 1000 < Math.floor(this.settings.startedAt / 1000) * 1000) {
      return refused("it was made before this agent started, so that it may have been run already");
    }
    this.#usedOnce.set(id!, expires! * 1000 + 60_000);
    return undefined;
  }

  /** `make` is called when the run begins. */
  async #submit(
    kind: "token" | "single" | "interval",
    make: () => RunRequest,
    rank = 0,
  ): Promise<Ran<RunAnswer>> {
    return await this.#queue.submit(kind, async () => {
      const request = make();
      const answer = await this.#measured(request, () => runToken(this.settings.context, request));
      const isDue = this.#current?.hash === request.token.hash && request.mode === "change";
      // A filtered run that succeeded says nothing of what an earlier whole one still owes.
      if (isDue && !(request.filter !== undefined && succeeded(answer) && this.#lastFilter === undefined)) {
        this.#lastTrigger = request.trigger;
        this.#lastFilter = request.filter;
        this.#schedule(succeeded(answer));
      }
      return answer;
    }, rank);
  }

  async #measured(request: RunRequest, run: () => Promise<RunAnswer>): Promise<RunAnswer> {
    const { metrics, context } = this.settings;
    const begin = context.clock.monotonic();
    const answer = await this.#caught(request, run);
    if (answer.kind === "refused" && !isAnswered(request)) {
      this.#log("error", request.trigger, 404, problemsText(answer.problems));
    }
    // A check that somebody asked for is no run of the source.
    if (request.mode === "check" && !context.source.checkOnly) return answer;
    if (answer.kind === "refused" || answer.kind === "renewed") return answer;
    if (answer.kind === "failed") this.#log("error", request.trigger, 500, problemsText(answer.problems));
    const report = answer.kind === "done" ? answer.report : undefined;
    metrics.recordRun({
      source: this.name,
      trigger: request.trigger,
      error: !succeeded(answer),
      changed: request.mode === "change" ? report?.changed.length ?? 0 : 0,
      removed: request.mode === "change" ? report?.removed.length ?? 0 : 0,
      duration: context.clock.monotonic() - begin,
    });
    for (const { id, groups, mode, error } of report?.counted ?? []) {
      metrics.recordCommand({ source: this.name, id, parentId: groups.join(" > "), mode, error });
    }
    return answer;
  }

  /** What no part of the program expected ends this run, never the agent: the other sources go on, and it is tried again. */
  async #caught(request: RunRequest, run: () => Promise<RunAnswer>): Promise<RunAnswer> {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#log("error", request.trigger, 500, `internal error: ${error.stack ?? error.message}`);
      const attempted = `run the pattern of ${this.name}`;
      return {
        kind: "failed",
        problems: [{ code: "internal-error", attempted, found: `internal error: ${error.message}` }],
      };
    }
  }

  #schedule(success: boolean): void {
    this.#retryDelay = success ? 0 : nextDelay(this.#retryDelay);
    this.#retryAt = success ? undefined : this.settings.context.clock.monotonic() + this.#retryDelay;
  }

  #request(of: Pick<RunRequest, "trigger" | "token" | "address"> & Partial<Push>): RunRequest {
    const { timeouts, context } = this.settings;
    return {
      trigger: of.trigger,
      token: of.token,
      address: of.address,
      mode: context.source.checkOnly ? "check" : of.mode ?? "change",
      timeout: of.trigger === "push" ? timeouts.push : timeouts.pull,
      retryIn: nextDelay(this.#retryDelay),
      ...(of.filter !== undefined && { filter: of.filter }),
      isStored: of.token.hash === this.#current?.hash,
      accepted: (token) => this.#current = token,
    };
  }

  /** The same complaint every five seconds helps nobody. */
  #complainOnce(
    about: "expired" | "pull" | "restore",
    trigger: Trigger,
    complaint: string,
    identity: string = complaint,
  ): false {
    if (this.#complaints.get(about) === identity) return false;
    this.#complaints.set(about, identity);
    return this.#complain(trigger, complaint);
  }

  /** A stored token that can't be used now may be usable later: a clock that was wrong, a disk that was away. */
  #restoreLater(complaint: string): false {
    this.#schedule(false);
    return this.#complainOnce("restore", "init", complaint);
  }

  #complain(trigger: Trigger, message: string): false {
    this.#log("error", trigger, 500, message);
    return false;
  }

  #log(level: "info" | "error", trigger: Trigger, status: number, message: string): void {
    const { log } = this.settings.context;
    log.write({ level, function: trigger, status, sourceTrigger: trigger, sourceName: this.name, message });
  }
}

/** Nothing when the agent stops meanwhile: that is no failure of what was under way. */
async function unlessAborted<T>(signal: AbortSignal, act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (signal.aborted && error === signal.reason) return undefined;
    throw error;
  }
}

/** Who asked is told by the answer, and in the log by the route or by `#refusePulled`. */
function isAnswered(request: RunRequest): boolean {
  return !request.isStored && (request.trigger === "push" || request.trigger === "pull");
}

function nextDelay(delay: Milliseconds): Milliseconds {
  return delay === 0 ? FIRST_RETRY : Math.min(delay * 2, LAST_RETRY);
}

function succeeded(answer: RunAnswer): boolean {
  if (answer.kind === "renewed") return true;
  return answer.kind === "done" && answer.report.failures.length === 0 && !answer.report.interrupted;
}
