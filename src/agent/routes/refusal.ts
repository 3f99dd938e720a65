import type { Context } from "hono";
import type { Connection, RouteMeans } from "./route.ts";

/** Guards a route: counts refusals before authentication and turns away who had too many. */
export class Gate {
  constructor(
    private readonly means: Pick<RouteMeans, "host" | "live">,
    /** Name of the route, the same for all its paths. */
    private readonly route: string,
  ) {}

  /** The answer to who had too many refusals already. */
  turnAway(context: Context<Connection>): Response | undefined {
    const { hostname } = context.env.peer;
    const allowance = this.means.live().limiter.allowance(hostname, this.route, this.means.host.clock.monotonic());
    if (!allowance.limited) return undefined;
    return context.text("too many refused requests, try again later\n", 429, allowance.headers);
  }

  /** Counts a refusal and adds what is left to its answer. */
  refuse(context: Context<Connection>, response: Response): Response {
    const { hostname } = context.env.peer;
    const { headers } = this.means.live().limiter.refuse(hostname, this.route, this.means.host.clock.monotonic());
    for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
    return response;
  }
}
