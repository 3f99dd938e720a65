import type { Milliseconds } from "../domain/duration.ts";
import { bad, ok, type Problem, problemsText, type Result } from "../domain/problem.ts";
import type { Source } from "../domain/source.ts";
import type { Clock, Files, Http } from "../host/host.ts";
import { differingParts } from "../token/compare.ts";
import type { VerifiedToken } from "../token/verify.ts";
import { pull, pulledFrom, type Validators } from "../workflows/pull.ts";
import type { Complaints } from "./complaints.ts";
import type { Ran } from "./queue.ts";
import { nextDelay } from "./retry.ts";
import type { RunAnswer } from "./run_request.ts";

export interface PullMeans {
  readonly files: Files;
  readonly http: Http;
  readonly clock: Clock;
  /** PEM of private authorities. */
  readonly ca: () => string | undefined;
  readonly complaints: Complaints;
  /** The current token. */
  readonly current: () => VerifiedToken | undefined;
  readonly verify: (text: string) => Promise<Result<VerifiedToken>>;
  /** Why the token would not be accepted, if so. */
  readonly refuse: (token: VerifiedToken) => Promise<readonly Problem[] | undefined>;
  /** Runs it in its turn; `renews`: asked then, whether it is only kept in place of the current one. */
  readonly submit: (token: VerifiedToken, renews: () => boolean) => Promise<Ran<RunAnswer>>;
}

/** Looks for new tokens of one source. What is not verified leaves no trace. */
export class Puller {
  readonly #validators = new Map<string, Validators>();
  /** A token that verified and could not be accepted (it did not render): not tried again before `until`. */
  #rejected: { readonly hash: string; readonly delay: Milliseconds; readonly until: Milliseconds } | undefined;

  constructor(private readonly means: PullMeans) {}

  /** Looks for a new token and runs it. Resolves with whether nothing failed. */
  async pull(source: Source, signal: AbortSignal): Promise<boolean> {
    const { complaints } = this.means;
    const found: string[] = [];
    for (const path of source.pullPaths) {
      const looked = await this.#pullFrom(path, source, signal);
      if (looked.ok) {
        if (looked.value) complaints.over("pull");
        return looked.value;
      }
      found.push(problemsText(looked.problems));
    }
    return found.length === 0 || complaints.once("pull", "pull", found.join("\n"));
  }

  /** Takes the token of one path, if it gives one that verifies; its problems otherwise. The value: nothing failed. */
  async #pullFrom(path: string, source: Source, signal: AbortSignal): Promise<Result<boolean>> {
    const { files, http, ca, current, verify } = this.means;
    const known = this.#validators.get(path);
    const pulled = await unlessAborted(signal, () => pull(path, known, { files, http, ca: ca() }, signal));
    if (pulled === undefined) return ok(true);
    if (pulled.kind === "failed") return bad(pulled.problem);
    if (pulled.kind === "unchanged") return ok(true);
    if (pulled.text.trim() === current()?.raw) {
      this.#validators.set(path, pulled.validators);
      return ok(true);
    }
    const verified = await verify(pulled.text);
    if (!verified.ok) return bad(...verified.problems.map((problem) => pulledFrom(path, problem)));
    const taken = await this.#take(verified.value, source);
    // Asked for again, whatever the server says, as long as it has not become the current one.
    if (verified.value.hash === current()?.hash || taken === "same") this.#validators.set(path, pulled.validators);
    else this.#validators.delete(path);
    return ok(taken !== "failed");
  }

  /** `same`: it asks for what is wanted already. */
  async #take(token: VerifiedToken, source: Source): Promise<"same" | "ran" | "waits" | "failed"> {
    const { clock, complaints, refuse, submit } = this.means;
    const current = this.means.current();
    const parts = source.pullIgnoreVersion ? "without-version" : "all";
    const same = current !== undefined && differingParts(token.claims, current.claims, parts).length === 0;
    if (same && (token.claims.issuedAt ?? 0) <= (current.claims.issuedAt ?? 0)) return "same";
    if (this.#rejected?.hash === token.hash && clock.monotonic() < this.#rejected.until) return "failed";
    const refused = await refuse(token);
    if (refused !== undefined) return this.#tellRefusal(token, refused);
    // It renews the one that it was compared with, and no other that was pushed meanwhile.
    const ran = await submit(token, () => same && this.means.current() === current);
    if (!ran.ran) return "waits";
    if (ran.value.kind === "refused") return this.#tellRefusal(token, ran.value.problems);
    complaints.over("pull");
    if (token.hash === this.means.current()?.hash) return succeeded(ran.value) ? "ran" : "failed";
    const delay = nextDelay(this.#rejected?.hash === token.hash ? this.#rejected.delay : 0);
    this.#rejected = { hash: token.hash, delay, until: clock.monotonic() + delay };
    return "failed";
  }

  /** Said once for each token and reason: the text holds ages, which are others every time. */
  #tellRefusal(token: VerifiedToken, problems: readonly Problem[]): "failed" {
    const identity = `${token.hash} ${problems.map(({ code }) => code).join(" ")}`;
    this.means.complaints.once("pull", "pull", problemsText(problems), identity);
    return "failed";
  }
}

/** Whether a run did all that it was to do. */
export function succeeded(answer: RunAnswer): boolean {
  if (answer.kind === "renewed") return true;
  return answer.kind === "done" && answer.report.failures.length === 0 && !answer.report.interrupted;
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
