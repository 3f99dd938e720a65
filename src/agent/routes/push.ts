import type { Context } from "hono";
import { problemsText } from "../../domain/problem.ts";
import { parseRegexp, type Regexp } from "../../domain/regexp.ts";
import { type Acted, whyText } from "../../engine/report.ts";
import type { Mode } from "../../engine/run.ts";
import { TOKEN_LIMITS } from "../../domain/token_limits.ts";
import { notRunText, type Ran } from "../queue.ts";
import type { RunAnswer } from "../run_request.ts";
import { Gate } from "./refusal.ts";
import type { Connection, RouteMeans } from "./route.ts";
import { answer, TokenRequest, type TokenRule } from "./token_request.ts";

const RULE: TokenRule = {
  name: "push",
  limit: TOKEN_LIMITS.bytes,
  accepts: ["pattern", "once"],
  unfit: ({ allowPush }) => allowPush ? undefined : "the source takes no pushes: allowPush is not set",
};

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
    const request = new TokenRequest(context, gate, means, RULE);
    const taken = await request.take();
    if (taken instanceof Response) return taken;
    const { token, source, runner } = taken;
    const mode = source.checkOnly || context.req.query("check") !== undefined ? "check" : "change";
    const ran = await runner.push({
      token,
      mode,
      address: context.env.peer.hostname,
      ...(filter.regexp !== undefined && { filter: filter.regexp }),
    });
    if (ran.ran && ran.value.kind === "refused") return request.refuse(problemsText(ran.value.problems));
    if (!ran.ran && ran.why === "gone") return request.refuse(notRunText(ran.why));
    return answerTo(ran, mode);
  };
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

function readFilter(text: string | undefined):
  | { readonly ok: true; readonly regexp?: Regexp }
  | { readonly ok: false; readonly reason: string } {
  if (text === undefined || text === "") return { ok: true };
  const parsed = parseRegexp(text);
  return parsed.ok ? parsed : { ok: false, reason: `the filter is no valid regular expression: ${parsed.reason}` };
}
