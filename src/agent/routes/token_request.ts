import type { Context } from "hono";
import { problemsText } from "../../domain/problem.ts";
import { type PushAnswer, pushAnswer, REFUSED } from "../../domain/push_answer.ts";
import type { Source } from "../../domain/source.ts";
import type { TokenKind, VerifiedToken } from "../../token/verify.ts";
import type { SourceRunner } from "../source.ts";
import { Body } from "./body.ts";
import type { Gate } from "./refusal.ts";
import type { Connection, RouteMeans } from "./route.ts";

/** Seconds. */
const RETRY_AFTER = "5";

/** What a route takes from whom. */
export interface TokenRule {
  /** What a request is, for the log: a push. */
  readonly name: "push" | "shell";
  /** Bytes of a token. */
  readonly limit: number;
  readonly accepts: readonly TokenKind[];
  /** Why a source takes none; nothing when it does. For the log. */
  readonly unfit: (source: Source) => string | undefined;
}

/** A token that the named source has found good. */
export interface TakenToken {
  readonly token: VerifiedToken;
  readonly source: Source;
  readonly runner: SourceRunner;
}

/**
 * A request `POST …/SOURCE` with a token as its body. An unknown source, one that takes none and a token that does not
 * verify are answered alike, whatever the route: what is wrong is for the log alone.
 */
export class TokenRequest {
  readonly #name: string;
  readonly #address: string;

  constructor(
    private readonly context: Context<Connection>,
    private readonly gate: Gate,
    private readonly means: RouteMeans,
    private readonly rule: TokenRule,
  ) {
    this.#name = context.req.param("source") ?? "";
    this.#address = context.env.peer.hostname;
  }

  /** The token, or the answer that turns the request away. */
  async take(): Promise<TakenToken | Response> {
    const before = this.#find();
    using body = new Body(this.means.budget, this.#address);
    const { limit, accepts } = this.rule;
    switch (await body.read(this.context.req.raw, limit, "unfit" in before ? "drop" : "keep")) {
      case "whole":
        break;
      case "too-large":
        return this.#turnAway(413, "the token is too large", `the token is larger than ${limit} bytes`);
      case "no-room":
        return this.#busy();
      case "broken":
        return answer(400, { err: "the token broke off" });
    }
    if ("unfit" in before) return this.refuse(before.unfit);
    // The configuration may have been read anew while it was sent.
    const found = this.#find();
    if ("unfit" in found) return this.refuse(found.unfit);
    const { source, runner } = found;
    const verified = await runner.verify(body.text(), accepts);
    return verified.ok ? { token: verified.value, source, runner } : this.refuse(problemsText(verified.problems));
  }

  #find(): Omit<TakenToken, "token"> | { readonly unfit: string } {
    const { config, runners } = this.means.live();
    const runner = runners.get(this.#name);
    const source = config.sources.get(this.#name);
    if (runner === undefined || source === undefined) return { unfit: `there is no source ${quote(this.#name)}` };
    const unfit = this.rule.unfit(source);
    return unfit === undefined ? { source, runner } : { unfit };
  }

  /** The one answer to everybody who gets nothing here; `why` is for the log. */
  refuse(why: string): Response {
    return this.#turnAway(404, REFUSED, why);
  }

  #turnAway(status: 404 | 413, err: string, why: string): Response {
    const isKnown = this.means.live().runners.has(this.#name);
    this.means.log.write({
      level: "error",
      function: this.rule.name,
      status,
      sourceTrigger: this.rule.name,
      ...(isKnown && { sourceName: this.#name }),
      message: `refused a ${this.rule.name} from ${this.#address}: ${why}`,
    });
    return this.gate.refuse(this.context, answer(status, { err }));
  }

  /**
   * Too much is under way already: no fault of this caller, so that it is not counted as a refusal, and nothing that a flood
   * may fill the log with.
   */
  #busy(): Response {
    const { name } = this.rule;
    const message =
      `no room for the token of a ${name} from ${this.#address}: what is under way, from there or from all, takes all of it`;
    this.means.log.write({ level: "debug", function: name, status: 503, sourceTrigger: name, message });
    const response = answer(503, { err: "too many pushes are under way, try again" });
    response.headers.set("retry-after", RETRY_AFTER);
    return response;
  }
}

export function answer(status: number, part: Partial<PushAnswer>): Response {
  return Response.json(pushAnswer(part), { status });
}

/** A name that a stranger chose: escaped, and not longer than a line. */
function quote(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text);
}
