import { type Context, type Handler, Hono } from "hono";
import type { Config } from "../domain/config.ts";
import { bad, ok, type Result } from "../domain/problem.ts";
import { type Host, HostError, type Log } from "../host/host.ts";
import { type Certificate, givenCertificate, loadOrCreateCertificate } from "./certificate.ts";
import { RefusalLimiter } from "./limits.ts";
import type { Metrics } from "./metrics.ts";
import { BodyBudget } from "./routes/body.ts";
import { metricsRoute } from "./routes/metrics.ts";
import { pushRoute } from "./routes/push.ts";
import type { Connection, Live, RouteMeans } from "./routes/route.ts";
import { webhookRoute } from "./routes/webhook.ts";

export interface ServeOptions extends Pick<RouteMeans, "host" | "log" | "metrics"> {
  readonly config: Config;
  /** As they are configured now. */
  readonly sources: Pick<Live, "config" | "runners">;
  /** Closes the listener. */
  readonly owned: AsyncDisposableStack;
}

/** All that is answered, but what is said to paths that nobody knows; any other method of a path is such a path. The first that fits counts. */
const ROUTES: readonly {
  /** For the metrics. */
  readonly name: string;
  /** Nothing: every method. */
  readonly method?: "GET" | "POST";
  readonly path: string;
  readonly route: (means: RouteMeans) => (context: Context<Connection>) => Response | Promise<Response>;
}[] = [
  { name: "push", method: "POST", path: "/etcha/v1/push/:source", route: pushRoute },
  { name: "metrics", method: "GET", path: "/etcha/v1/system/metrics", route: metricsRoute },
  { name: "unknown", path: "/etcha/*", route: () => notFound },
  { name: "webhook", path: "*", route: webhookRoute },
];

/** Answers under way when the agent stops may take so long, beyond `run.timeoutStop`. */
const CLOSE_GRACE = 5_000;

/** Bytes of tokens that are being uploaded and were not yet verified. */
const BODIES = 128 * 1024 * 1024;
/** Requests that come before that are told to come again, after so many seconds. */
const OPENS_SOON = "5";

/** A listener that has its address. Nothing is answered but 503 until it is opened; without an address never. */
export interface Door {
  open(): void;
}

/**
 * Takes the address of the listener, whose routes are taken from one table. Problems: a certificate that can't be used,
 * listen-failed.
 */
export async function serve(options: ServeOptions): Promise<Result<Door>> {
  const { config, host, log, metrics, sources, owned } = options;
  const address = config.run.listenAddress;
  if (address === undefined) return ok({ open: () => {} });
  const certificate = await findCertificate(options);
  if (!certificate.ok) return certificate;
  const limiter = new RefusalLimiter(config.run.rateLimiterRate);
  const means: RouteMeans = {
    host,
    log,
    metrics,
    budget: new BodyBudget(BODIES),
    live: () => ({ config: sources.config, runners: sources.runners, limiter }),
  };
  let isOpen = false;
  const app = new Hono<Connection>();
  app.use(async (context, next) => {
    if (isOpen) return await next();
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
  try {
    const listener = await host.network.listen({
      ...address,
      tls: { cert: certificate.value.cert, key: certificate.value.key },
      limits: {
        maxConnections: 4096,
        maxConnectionsPerAddress: 1024,
        headersTimeout: 10_000,
        idleTimeout: 60_000,
        requestTimeout: 60_000,
      },
      onError: (error) => tellBug(log, error),
      onConnection: (event) => metrics.recordConnection(event),
    }, async (request, peer, target) => await app.fetch(request, { peer, target }));
    owned.defer(() => listener.close(config.run.timeoutStop + CLOSE_GRACE));
    const { hostname, port } = listener.address;
    const message = `Starting listener... on ${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}, ` +
      `certificate SHA-256 ${certificate.value.fingerprint}`;
    return ok({
      open: () => {
        isOpen = true;
        log.write({ level: "info", function: "run", status: 200, message });
      },
    });
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    const hint = "set run.listenAddress to a free address, or end what uses this one";
    return bad({ code: "listen-failed", attempted: "open the listener", found: error.message, hint });
  }
}

async function findCertificate({ config, host, log }: ServeOptions): Promise<Result<Certificate>> {
  const configured = await configuredCertificate(config, host);
  if (configured !== undefined) return configured;
  const loaded = await loadOrCreateCertificate(host.files, config.run.stateDir, host.system.hostname);
  if (loaded.ok && loaded.value.origin === "made") {
    const message = "Generating self-signed certificate for listener...";
    log.write({ level: "info", function: "run", status: 200, message });
  }
  return loaded;
}

/** The certificate of the configuration: from files, or from base64 of the same PEM. */
async function configuredCertificate(config: Config, host: Host): Promise<Result<Certificate> | undefined> {
  const { tlsCertificateBase64, tlsCertificatePath, tlsKeyBase64, tlsKeyPath } = config.run;
  const cert = tlsCertificateBase64 ?? tlsCertificatePath;
  const key = tlsKeyBase64 ?? tlsKeyPath;
  // That either comes with the other is a rule of the configuration.
  if (cert === undefined || key === undefined) return undefined;
  try {
    return await givenCertificate(
      tlsCertificateBase64 === undefined ? await host.files.readText(cert) : atob(cert),
      tlsKeyBase64 === undefined ? await host.files.readText(key) : atob(key),
    );
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return bad({
      code: "certificate-unreadable",
      attempted: "read the listener's certificate",
      found: error.message,
    });
  }
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
