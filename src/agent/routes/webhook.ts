import type { Context } from "hono";
import type { SourceRunner } from "../source.ts";
import { notRunText } from "../queue.ts";
import { Body } from "./body.ts";
import { Gate } from "./refusal.ts";
import type { Connection, RouteMeans } from "./route.ts";

/** Bytes of a request's body: in base64 it must fit into a variable. */
const BODY_LIMIT = 64 * 1024;
/** Seconds. */
const RETRY_AFTER = "5";
const TEXT = "text/plain; charset=utf-8";

/**
 * Any method and path that is none of the agent's own: the sources whose `webhookPaths` have the path are run, in
 * alphabetical order, until the commands of one yield an answer (event `webhookBody`). 404 when none does.
 */
export function webhookRoute(
  means: RouteMeans,
): (context: Context<Connection>) => Promise<Response> {
  const gate = new Gate(means, "webhook");
  return async (context) => {
    const turnedAway = gate.turnAway(context);
    if (turnedAway !== undefined) return turnedAway;
    const [path = "", query = ""] = split(context.env.target);
    const runners = receivers(path, means);
    using body = new Body(means.budget, context.env.peer.hostname);
    switch (await body.read(context.req.raw, BODY_LIMIT, runners.length > 0 ? "keep" : "drop")) {
      case "whole":
        break;
      case "too-large":
        return gate.refuse(context, context.text("the body is too large\n", 413));
      case "no-room":
        return unavailable(context, "too many requests are under way, try again");
      case "broken":
        return context.text("the body broke off\n", 400);
    }
    if (runners.length === 0) return gate.refuse(context, context.text("not found\n", 404));
    const told = {
      ETCHA_WEBHOOK_BODY: body.bytes().toBase64(),
      ETCHA_WEBHOOK_HEADERS: headerLines(context.req.raw),
      ETCHA_WEBHOOK_METHOD: context.req.method,
      ETCHA_WEBHOOK_PATH: path,
      ETCHA_WEBHOOK_QUERY: query,
      ETCHA_SOURCE_TRIGGER: "webhook",
    };
    body[Symbol.dispose]();
    return await answer(runners, told, context);
  };
}

/** At the first question mark. */
function split(target: string): readonly string[] {
  const at = target.indexOf("?");
  return at < 0 ? [target] : [target.slice(0, at), target.slice(at + 1)];
}

function receivers(path: string, { live }: RouteMeans): readonly SourceRunner[] {
  const { config, runners } = live();
  return [...config.sources.values()].filter(({ webhookPaths }) => webhookPaths.includes(path))
    .map(({ name }) => name).sort()
    .flatMap((name) => runners.get(name) ?? []);
}

async function answer(
  runners: readonly SourceRunner[],
  told: Readonly<Record<string, string>>,
  context: Context<Connection>,
): Promise<Response> {
  let notRun: string | undefined;
  for (const runner of runners) {
    const ran = await runner.trigger({
      trigger: "webhook",
      variables: { ...told, ETCHA_SOURCE_NAME: runner.name },
      address: context.env.peer.hostname,
    });
    if (!ran.ran) {
      if (ran.why === "full" || ran.why === "stopping") notRun ??= notRunText(ran.why);
      continue;
    }
    if (ran.value.kind !== "done") continue;
    const { events } = ran.value.report;
    const body = events.findLast(({ name }) => name === "webhookBody");
    if (body === undefined) continue;
    const type = events.findLast(({ name }) => name === "webhookContentType")?.output.trim() ?? "";
    return context.body(body.output, 200, { "content-type": isMediaType(type) ? type : TEXT });
  }
  return notRun === undefined ? context.text("not found\n", 404) : unavailable(context, notRun);
}

function unavailable(context: Context<Connection>, why: string): Response {
  return context.text(`${why}\n`, 503, { "retry-after": RETRY_AFTER });
}

/** `Canonical-Name: value`, sorted. Values of one name arrive joined by a comma (RFC 9110, 5.3), but cookies that are set. */
function headerLines({ headers, url }: Request): string {
  // In HTTP/2 the host is no header (RFC 9113, 8.3.1), but it is told the same.
  const all = headers.has("host") ? [...headers] : [["host", new URL(url).host] as const, ...headers];
  return all.map(([name, value]) => `${canonical(name)}: ${bytesAsText(value)}`).sort().join("\n");
}

/** The runtime gives each byte of a value as a character of its own: UTF-8 is read as that, everything else stays. */
function bytesAsText(value: string): string {
  if (!/[\x80-\xff]/.test(value)) return value;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(value, (letter) => letter.charCodeAt(0)));
  } catch (error) {
    if (error instanceof TypeError) return value;
    throw error;
  }
}

/** `x-hub-signature` is `X-Hub-Signature`. */
function canonical(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());
}

/** RFC 9110, 8.3.1: nothing else may go into a header. */
function isMediaType(text: string): boolean {
  return /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+([ \t]*;[\t\x20-\x7e]*)?$/.test(text);
}
