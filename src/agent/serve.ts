import { type Context, type Handler, Hono } from "hono";
import type { Config } from "../domain/config.ts";
import { ok, type Result } from "../domain/problem.ts";
import { TOKEN_LIMITS } from "../domain/token_limits.ts";
import { clientAddress } from "../domain/trusted_proxies.ts";
import type { Log } from "../host/host.ts";
import { Door } from "./door.ts";
import type { Metrics } from "./metrics.ts";
import { BodyBudget } from "./routes/body.ts";
import { metricsRoute } from "./routes/metrics.ts";
import { pprofRoute } from "./routes/pprof.ts";
import { pushRoute } from "./routes/push.ts";
import type { Connection, Live, RouteMeans } from "./routes/route.ts";
import { shellRoute } from "./routes/shell.ts";
import { webhookRoute } from "./routes/webhook.ts";

export interface ServeOptions extends Pick<RouteMeans, "host" | "log" | "metrics" | "shells"> {
  readonly config: Config;
  /** As they are configured now. */
  readonly sources: Pick<Live, "config" | "runners">;
  /** Closes the listener. */
  readonly owned: AsyncDisposableStack;
}

/** All that is answered, but what is said to paths that nobody knows; any other method of a path is such a path. The first that fits counts. */
export const ROUTES: readonly {
  /** For the metrics. */
  readonly name: string;
  /** Nothing: every method. */
  readonly method?: "GET" | "POST";
  readonly path: string;
  readonly route: (means: RouteMeans) => (context: Context<Connection>) => Response | Promise<Response>;
}[] = [
  { name: "push", method: "POST", path: "/etcha/v1/push/:source", route: pushRoute },
  { name: "shell", method: "POST", path: "/etcha/v1/shell/:source", route: shellRoute },
  { name: "metrics", method: "GET", path: "/etcha/v1/system/metrics", route: metricsRoute },
  { name: "pprof", method: "GET", path: "/etcha/v1/system/pprof/:kind", route: pprofRoute },
  { name: "unknown", path: "/etcha/*", route: () => notFound },
  { name: "webhook", path: "*", route: webhookRoute },
];

/** Bytes of tokens that are being uploaded and were not yet verified: of all callers together, and of one network. */
const BODIES = { all: 4 * TOKEN_LIMITS.bytes, each: TOKEN_LIMITS.bytes } as const;
/** Requests that come before that are told to come again, after so many seconds. */
const OPENS_SOON = "5";

/**
 * Takes the addresses of the listener, whose routes are taken from one table. Nothing is answered but 503 until the door is
 * opened. Problems: as of a change of the door.
 */
export async function serve(options: ServeOptions): Promise<Result<Door>> {
  const { config, host, log, metrics, shells, sources, owned } = options;
  const app = new Hono<Connection>();
  const door = new Door({
    host,
    log,
    metrics,
    answer: async (request, sender, target) => {
      const forwardedFor = request.headers.get("x-forwarded-for") ?? "";
      const hostname = clientAddress(sender.hostname, forwardedFor, sources.config.run.trustedProxies);
      const peer = hostname === sender.hostname ? sender : { hostname, port: 0 };
      return await app.fetch(request, { peer, target });
    },
    onError: (error) => tellBug(log, error),
  });
  owned.use(door);
  // Before the door is closed: what lasts for as long as its caller likes is not to hold that up.
  const ending = new AbortController();
  owned.defer(() => ending.abort());
  const means: RouteMeans = {
    host,
    log,
    metrics,
    shells,
    budget: new BodyBudget(BODIES),
    ending: ending.signal,
    live: () => ({ config: sources.config, runners: sources.runners, limiter: door.limiter }),
  };
  app.use(async (context, next) => {
    if (door.isOpen) return await next();
    return context.text("the agent is starting, try again\n", 503, { "retry-after": OPENS_SOON });
  });
  for (const { name, method, path, route } of ROUTES) {
    const answer = counted(name, route(means), metrics);
    if (method === undefined) app.all(path, answer);
    else app.on(method, path, answer);
  }
  app.onError((error, context) => {
    // That a client is gone is no error of the program; what fails after it has gone may be one.
    const { signal } = context.req.raw;
    if (!signal.aborted || error !== signal.reason) tellBug(log, error);
    return context.text("internal error\n", 500);
  });
  const placed = await door.change(config);
  return placed.ok ? ok(door) : placed;
}

/** One that ends with an error is none that was answered. */
function counted(
  route: string,
  answer: (context: Context<Connection>) => Response | Promise<Response>,
  metrics: Metrics,
): Handler<Connection> {
  return async (context) => {
    const response = await answer(context);
    metrics.recordRequest(route, response.status);
    return response;
  };
}

function notFound(context: Context<Connection>): Response {
  return context.text("not found\n", 404);
}

/** What no part of the program expected; the caller is told nothing of it. */
function tellBug(log: Log, error: unknown): void {
  const message = `internal error: ${error instanceof Error ? error.message : String(error)}`;
  log.write({ level: "error", function: "serve", status: 500, message });
}
