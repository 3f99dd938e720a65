import type { Context } from "hono";
import { resolveExec } from "../../domain/exec.ts";
import { SHELL_LIMITS } from "../../domain/token_limits.ts";
import { baseLinks } from "../../workflows/resolve_commands.ts";
import { Gate } from "./refusal.ts";
import type { Connection, RouteMeans } from "./route.ts";
import { answer, type TakenToken, TokenRequest, type TokenRule } from "./token_request.ts";

/** Seconds. */
const RETRY_AFTER = "1";

const RULE: TokenRule = {
  name: "shell",
  limit: SHELL_LIMITS.bytes,
  accepts: ["shell"],
  unfit: ({ shell }) => shell.trim() === "" ? "the source opens no shells: shell is not set" : undefined,
};

/**
 * `POST /etcha/v1/shell/SOURCE` with a token as the body. One without a session opens a shell, and its answer goes on until
 * that ends (`domain/shell_lines.ts`); the others say what was typed or that the window has another size: 204. 503: try
 * again, with a further number.
 */
export function shellRoute(means: RouteMeans): (context: Context<Connection>) => Promise<Response> {
  const gate = new Gate(means, "shell");
  return async (context) => {
    const turnedAway = gate.turnAway(context);
    if (turnedAway !== undefined) return turnedAway;
    const request = new TokenRequest(context, gate, means, RULE);
    const taken = await request.take();
    if (taken instanceof Response) return taken;
    const isNew = taken.token.claims.shell!.session === undefined;
    const done = isNew ? await open(taken, context, means) : await means.shells.drive(taken.source.name, taken.token);
    switch (done.kind) {
      case "opened":
        return context.body(done.lines, 200, STREAM_HEADERS);
      case "taken":
        return context.body(null, 204);
      case "full": {
        const response = answer(503, { err: isNew ? "too many shells are open" : "the program does not read" });
        response.headers.set("retry-after", RETRY_AFTER);
        return response;
      }
      case "refused":
        return request.refuse(done.why);
    }
  };
}

/** Nothing on the way is to keep any of it back. */
const STREAM_HEADERS = {
  "content-type": "text/plain; charset=utf-8",
  "cache-control": "no-store",
  "x-accel-buffering": "no",
} as const;

async function open({ token, source, runner }: TakenToken, context: Context<Connection>, means: RouteMeans) {
  const { config } = means.live();
  return await means.shells.open({
    source: source.name,
    shell: source.shell,
    exec: resolveExec(baseLinks(config, source)).exec,
    timeout: config.run.timeoutShell,
    token,
    address: context.env.peer.hostname,
    client: context.req.raw.signal,
    ended: (run) => runner.endShell(run),
  });
}
