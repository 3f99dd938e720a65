import type { Context } from "hono";
import { timingSafeEqual } from "node:crypto";
import type { RefusalLimiter } from "../limits.ts";
import { Gate } from "./refusal.ts";
import type { Connection, RouteMeans } from "./route.ts";

/** `GET /etcha/v1/system/metrics?key=SECRET`, or with the secret as a bearer token. */
export function metricsRoute(
  { config, host, metrics, limiter }: RouteMeans & { readonly limiter: RefusalLimiter },
): (context: Context<Connection>) => Promise<Response> {
  const gate = new Gate(limiter, host.clock, "metrics");
  const secret = config.run.systemMetricsSecret;
  return async (context) => {
    const turnedAway = gate.turnAway(context);
    if (turnedAway !== undefined) return turnedAway;
    const bearer = /^Bearer (.*)$/i.exec(context.req.header("authorization") ?? "")?.[1];
    const given = context.req.query("key") ?? bearer ?? "";
    if (secret === "" || !await equals(given, secret)) return gate.refuse(context, context.text("forbidden\n", 403));
    return context.body(await metrics.text(), 200, { "content-type": metrics.contentType });
  };
}

/** Compares digests, so that neither the time nor the length tells anything of the secret. */
async function equals(a: string, b: string): Promise<boolean> {
  const digest = (text: string) => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return timingSafeEqual(new Uint8Array(await digest(a)), new Uint8Array(await digest(b)));
}
