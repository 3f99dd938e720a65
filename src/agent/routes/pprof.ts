import type { Context } from "hono";
import { HostError } from "../../host/host.ts";
import { Gate } from "./refusal.ts";
import type { Connection, RouteMeans } from "./route.ts";
import { knowsSecret } from "./secret.ts";

/** Seconds. */
const DEFAULT = 10;
const LONGEST = 60;
const RETRY_AFTER = String(LONGEST);

/**
 * `GET /etcha/v1/system/pprof/cpu` and `/heap` with `?key=SECRET&seconds=N`, or with the secret as a bearer token: what the
 * process has been busy with, or what has taken its memory, during the next seconds, as developer tools read it.
 */
export function pprofRoute(means: RouteMeans): (context: Context<Connection>) => Promise<Response> {
  const { profiler } = means.host;
  const gate = new Gate(means, "pprof");
  return async (context) => {
    const turnedAway = gate.turnAway(context);
    if (turnedAway !== undefined) return turnedAway;
    if (!await knowsSecret(context, means.live().config.run.systemPprofSecret)) {
      return gate.refuse(context, context.text("forbidden\n", 403));
    }
    const kind = context.req.param("kind");
    if (kind !== "cpu" && kind !== "heap") return context.text("profiles are cpu and heap\n", 404);
    const seconds = context.req.query("seconds") ?? String(DEFAULT);
    if (!/^\d{1,2}$/.test(seconds) || Number(seconds) < 1 || Number(seconds) > LONGEST) {
      return context.text(`seconds: expected a number from 1 to ${LONGEST}\n`, 400);
    }
    try {
      const signal = AbortSignal.any([context.req.raw.signal, means.ending]);
      const profile = await profiler.profile(kind, Number(seconds) * 1000, signal);
      const name = `etcha.${kind}profile`;
      const headers = { "content-type": "application/json", "content-disposition": `attachment; filename="${name}"` };
      return context.body(profile, 200, headers);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      return context.text(`${error.message}\n`, 503, { "retry-after": RETRY_AFTER });
    }
  };
}
