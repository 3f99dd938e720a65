import type { Context } from "hono";
import { problemsText } from "../../domain/problem.ts";
import { type PushAnswer, pushAnswer, REFUSED } from "../../domain/push_answer.ts";
import { parseRegexp, type Regexp } from "../../domain/regexp.ts";
import { type Acted, whyText } from "../../engine/report.ts";
import type { Mode } from "../../engine/run.ts";
import { TOKEN_LIMITS } from "../../domain/token_limits.ts";
import { notRunText, type Ran } from "../queue.ts";
import type { RunAnswer } from "../run_request.ts";
import { Body } from "./body.ts";
import { Gate } from "./refusal.ts";
import type { Connection, RouteMeans } from "./route.ts";

/** Seconds. */
const RETRY_AFTER = "5";

/**
 * `POST /etcha/v1/push/SOURCE` with a token as the body, `check` and `filter=REGEX` as the query. The run goes on when
 * the caller goes away.
 */
export function pushRoute(means: RouteMeans): (context: Context<Connection>) => Promise<Response> {
  const gate = new Gate(means, "push");
  return async (context) => {
    const turnedAway = gate.turnAway(context);
    if (turnedAway !== undefined) return turnedAway;
    const filter = readFilter(context.req.query("filter"));
    if (!filter.ok) return gate.refuse(context, answer(400, { err: filter.reason }));
    const { config, runners } = means.live();
    const name = context.req.param("source") ?? "";
    const { hostname } = context.env.peer;
    const refuse = (status: 404 | 413, err: string, why: string) => {
      refusedInLog({ name: runners.has(name) ? name : undefined, address: hostname, status, why }, means);
      return gate.refuse(context, answer(status, { err }));
    };
    const runner = runners.get(name);
    const source = config.sources.get(name);
    const isTaken = runner !== undefined && source?.allowPush === true;
    using body = new Body(means.budget, hostname);
    switch (await body.read(context.req.raw, TOKEN_LIMITS.bytes, isTaken ? "keep" : "drop")) {
      case "whole":
        break;
      case "too-large":
        return refuse(413, "the token is too large", `the token is larger than ${TOKEN_LIMITS.bytes} bytes`);
      case "no-room":
        return busy(hostname, means);
      case "broken":
        return answer(400, { err: "the token broke off" });
    }
    if (!isTaken) {
      const why = runner === undefined
        ? `there is no source ${quote(name)}`
        : "the source takes no pushes: allowPush is not set";
      return refuse(404, REFUSED, why);
    }
    const verified = await runner.verify(body.text(), ["pattern", "once"]);
    // From here on it is the token of somebody who may push, for whom the queue of the source has limits.
    body[Symbol.dispose]();
    if (!verified.ok) return refuse(404, REFUSED, problemsText(verified.problems));
    const mode = source.checkOnly || context.req.query("check") !== undefined ? "check" : "change";
    const ran = await runner.push({
      token: verified.value,
      mode,
      address: hostname,
      ...(filter.regexp !== undefined && { filter: filter.regexp }),
    });
    if (ran.ran && ran.value.kind === "refused") return refuse(404, REFUSED, problemsText(ran.value.problems));
    return answerTo(ran, mode);
  };
}

/**
 * Too much is under way already: no fault of this caller, so that it is not counted as a refusal, and nothing that a flood
 * may fill the log with.
 */
function busy(address: string, { log }: RouteMeans): Response {
  const message =
    `no room for the token of a push from ${address}: what is under way, from there or from all, takes all of it`;
  log.write({ level: "debug", function: "push", status: 503, sourceTrigger: "push", message });
  const response = answer(503, { err: "too many pushes are under way, try again" });
  response.headers.set("retry-after", RETRY_AFTER);
  return response;
}

/** One line for each refusal: its reason is for the log alone. */
function refusedInLog(
  refused: {
    /** Of a source that there is. */
    readonly name: string | undefined;
    readonly address: string;
    readonly status: number;
    readonly why: string;
  },
  { log }: RouteMeans,
): void {
  log.write({
    level: "error",
    function: "push",
    status: refused.status,
    sourceTrigger: "push",
    ...(refused.name !== undefined && { sourceName: refused.name }),
    message: `refused a push from ${refused.address}: ${refused.why}`,
  });
}

/** A name that a stranger chose: escaped, and not longer than a line. */
function quote(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text);
}

function answerTo(ran: Ran<RunAnswer>, mode: Mode): Response {
  if (!ran.ran) return answer(ran.why === "superseded" ? 500 : 503, { err: notRunText(ran.why) });
  const run = ran.value;
  if (run.kind !== "done") {
    return answer(500, { err: run.kind === "renewed" ? "" : problemsText(run.problems) });
  }
  const { changed, removed, failures, events, noneChosen } = run.report;
  // Nothing was run: instead of its output it is said why it would be, and below that what its check has printed.
  const outputOf = (acted: Acted) =>
    mode === "check" ? [whyText(acted), acted.output].filter(Boolean).join("\n") : acted.output;
  return answer(failures.length === 0 ? 200 : 500, {
    ...(mode === "check" && { check: true }),
    ...(noneChosen && { noneChosen: true }),
    changedIDs: changed.map(({ id }) => id),
    changedOutputs: changed.map(outputOf),
    err: failures.map(({ message, output }) => output === "" ? message : `${message}: ${output}`).join("\n"),
    exit: events.some(({ name }) => name === "exit"),
    removedIDs: removed.map(({ id }) => id),
    removedOutputs: removed.map(outputOf),
  });
}

function answer(status: number, part: Partial<PushAnswer>): Response {
  return Response.json(pushAnswer(part), { status });
}

function readFilter(text: string | undefined):
  | { readonly ok: true; readonly regexp?: Regexp }
  | { readonly ok: false; readonly reason: string } {
  if (text === undefined || text === "") return { ok: true };
  const parsed = parseRegexp(text);
  return parsed.ok ? parsed : { ok: false, reason: `the filter is no valid regular expression: ${parsed.reason}` };
}
