import type { Context } from "hono";
import { problemText } from "../../domain/problem.ts";
import { type PushAnswer, pushAnswer, REFUSED } from "../../domain/push_answer.ts";
import { parseRegexp, type Regexp } from "../../domain/regexp.ts";
import { TOKEN_LIMITS } from "../../domain/token_limits.ts";
import type { RefusalLimiter } from "../limits.ts";
import type { Ran } from "../queue.ts";
import type { RunAnswer } from "../run.ts";

import { notRunText, type SourceRunner } from "../source.ts";
import { Gate } from "./refusal.ts";
import type { Connection, RouteMeans } from "./route.ts";

/**
 * `POST /etcha/v1/push/SOURCE` with a token as the body, `check` and `filter=REGEX` as the query. The run goes on when
 * the caller goes away.
 */
export function pushRoute(
  options: RouteMeans & { readonly limiter: RefusalLimiter },
): (context: Context<Connection>) => Promise<Response> {
  const gate = new Gate(options.limiter, options.host.clock, "push");
  return async (context) => {
    const turnedAway = gate.turnAway(context);
    if (turnedAway !== undefined) return turnedAway;
    const filter = readFilter(context.req.query("filter"));
    if (!filter.ok) return gate.refuse(context, answer(400, { err: filter.reason }));
    const body = await readBody(context.req.raw, TOKEN_LIMITS.bytes);
    if (body === undefined) return gate.refuse(context, answer(413, { err: "the token is too large" }));

    const name = context.req.param("source") ?? "";
    const runner = options.runners.get(name);
    const { hostname } = context.env.peer;
    const token = runner === undefined || options.config.sources.get(name)?.allowPush !== true
      ? undefined
      : await verify(runner, body, hostname, options);
    if (runner === undefined || token === undefined) return gate.refuse(context, answer(404, { err: REFUSED }));
    const mode = context.req.query("check") === undefined ? "change" : "check";
    const push = {
      token,
      mode,
      address: hostname,
      ...(filter.regexp !== undefined && { filter: filter.regexp }),
    } as const;
    const ran = await runner.push(push);
    if (ran.ran && ran.value.kind === "refused") {
      refusedInLog(name, hostname, ran.value.problems.map(problemText).join("\n"), options);
      return gate.refuse(context, answer(404, { err: REFUSED }));
    }
    return answerTo(ran);
  };
}

async function verify(runner: SourceRunner, body: string, address: string, options: RouteMeans) {
  const verified = await runner.verify(body, ["pattern", "once"]);
  if (verified.ok) return verified.value;
  refusedInLog(runner.name, address, verified.problems.map(problemText).join("\n"), options);
  return undefined;
}

function refusedInLog(sourceName: string, address: string, why: string, { log }: RouteMeans): void {
  const message = `refused a push from ${address}: ${why}`;
  log.write({ level: "error", function: "push", status: 404, sourceTrigger: "push", sourceName, message });
}

function answerTo(ran: Ran<RunAnswer>): Response {
  if (!ran.ran) return answer(ran.why === "superseded" ? 500 : 503, { err: notRunText(ran.why) });
  const run = ran.value;
  if (run.kind !== "done") {
    return answer(500, { err: run.kind === "renewed" ? "" : run.problems.map(problemText).join("\n") });
  }
  const { changed, removed, failures, events } = run.report;
  return answer(failures.length === 0 ? 200 : 500, {
    changedIDs: changed.map(({ id }) => id),
    changedOutputs: changed.map(({ output }) => output),
    err: failures.map(({ message, output }) => output === "" ? message : `${message}: ${output}`).join("\n"),
    exit: events.some(({ name }) => name === "exit"),
    removedIDs: removed.map(({ id }) => id),
    removedOutputs: removed.map(({ output }) => output),
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

/** The whole body, or nothing when it is larger than `limit` bytes; never more is read than that. */
async function readBody(request: Request, limit: number): Promise<string | undefined> {
  if (Number(request.headers.get("content-length") ?? 0) > limit) return undefined;
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > limit) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
