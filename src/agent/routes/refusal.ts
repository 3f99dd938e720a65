import type { Context } from "hono";
import type { Clock } from "../../host/host.ts";
import type { RefusalLimiter } from "../limits.ts";
import type { Connection } from "./route.ts";

/** Guards a route: counts refusals before authentication and turns away who had too many. */
export class Gate {
  constructor(
    private readonly limiter: RefusalLimiter,
    private readonly clock: Clock,
    /** Name of the route, the same for all its paths. */
    private readonly route: string,
  ) {}

  /** The answer to who had too many refusals already. */
  turnAway(context: Context<Connection>): Response | undefined {
    const { hostname } = context.env.peer;
    const allowance = this.limiter.allowance(hostname, this.route, this.clock.monotonic());
    if (!allowance.limited) return undefined;
    return context.text("too many refused requests, try again later\n", 429, allowance.headers);
  }

  /** Counts a refusal and adds what is left to its answer. */
  refuse(context: Context<Connection>, response: Response): Response {
    const { headers } = this.limiter.refuse(context.env.peer.hostname, this.route, this.clock.monotonic());
    for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
    return response;
  }
}
