import type { Context } from "hono";
import { problemsText } from "../../domain/problem.ts";
import { type PushAnswer, pushAnswer, REFUSED } from "../../domain/push_answer.ts";
import { parseRegexp, type Regexp } from "../../domain/regexp.ts";
import { type Acted, whyText } from "../../engine/report.ts";
import type { Mode } from "../../engine/run.ts";
import { TOKEN_LIMITS } from "../../domain/token_limits.ts";
import type { RefusalLimiter } from "../limits.ts";
import type { Ran } from "../queue.ts";
import type { RunAnswer } from "../run.ts";
import { notRunText } from "../source.ts";
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
    const name = context.req.param("source") ?? "";
    const { hostname } = context.env.peer;
    const refuse = (status: 404 | 413, err: string, why: string) => {
      refusedInLog({ name: options.runners.has(name) ? name : undefined, address: hostname, status, why }, options);
      return gate.refuse(context, answer(status, { err }));
    };
    const body = await readBody(context.req.raw, TOKEN_LIMITS.bytes);
    if (body === undefined) {
      return refuse(413, "the token is too large", `the token is larger than ${TOKEN_LIMITS.bytes} bytes`);
    }
    const runner = options.runners.get(name);
    if (runner === undefined) return refuse(404, REFUSED, `there is no source ${quote(name)}`);
    const source = options.config.sources.get(name);
    if (source?.allowPush !== true) {
      return refuse(404, REFUSED, "the source takes no pushes: allowPush is not set");
    }
    const verified = await runner.verify(body, ["pattern", "once"]);
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
  const { changed, removed, failures, events } = run.report;
  // Nothing was run, so that there is no output: instead it is said why it would be.
  const outputOf = ({ output, why }: Acted) => mode === "check" ? whyText(why) : output;
  return answer(failures.length === 0 ? 200 : 500, {
    ...(mode === "check" && { check: true }),
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

/**
 * The whole body, or nothing when it is larger than `limit` bytes. As much again is then read and dropped, because a
 * client that is still writing when the connection closes does not get to see the answer.
 */
async function readBody(request: Request, limit: number): Promise<string | undefined> {
  if (Number(request.headers.get("content-length") ?? 0) > 2 * limit) return undefined;
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > 2 * limit) return undefined;
    text = size > limit ? "" : text + decoder.decode(chunk, { stream: true });
  }
  return size > limit ? undefined : text + decoder.decode();
}
