import type { Context } from "hono";
import { Gate } from "./refusal.ts";
import type { Connection, RouteMeans } from "./route.ts";
import { knowsSecret } from "./secret.ts";

/** `GET /etcha/v1/system/metrics?key=SECRET`, or with the secret as a bearer token. */
export function metricsRoute(means: RouteMeans): (context: Context<Connection>) => Promise<Response> {
  const { metrics } = means;
  const gate = new Gate(means, "metrics");
  return async (context) => {
    const turnedAway = gate.turnAway(context);
    if (turnedAway !== undefined) return turnedAway;
    if (!await knowsSecret(context, means.live().config.run.systemMetricsSecret)) {
      return gate.refuse(context, context.text("forbidden\n", 403));
    }
    return context.body(await metrics.text(), 200, { "content-type": metrics.contentType });
  };
}
