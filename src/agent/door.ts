import type { Config } from "../domain/config.ts";
import { isSameAddress, type ListenAddress, listenAddressText } from "../domain/listen_address.ts";
import { bad, ok, type Result } from "../domain/problem.ts";
import { HostError } from "../host/host.ts";
import type { Listener, ListenOptions, ListenPlace, Network } from "../host/network.ts";
import { type Certificate, unusable } from "../token/certificate.ts";
import { RefusalLimiter } from "./limits.ts";
import { CertificateWatch, findCertificate } from "./listener_certificate.ts";
import type { RouteMeans } from "./routes/route.ts";

/** Of all addresses together. */
const LIMITS: ListenOptions["limits"] = {
  maxConnections: 4096,
  maxConnectionsPerAddress: 1024,
  headersTimeout: 10_000,
  idleTimeout: 60_000,
  requestTimeout: 60_000,
};
/** Answers under way when the agent stops may take so long, beyond `run.timeoutStop`. */
const CLOSE_GRACE = 5_000;

interface DoorMeans extends Pick<RouteMeans, "host" | "log" | "metrics"> {
  readonly answer: Parameters<Network["listen"]>[1];
  readonly onError: (error: unknown) => void;
}

/** Where the agent is reached, which may be elsewhere while it runs. */
export class Door implements AsyncDisposable {
  readonly #means: DoorMeans;
  readonly #watch: CertificateWatch;
  readonly #end = new AbortController();
  /** What it goes by now; there is none before the first change. */
  #config: Config | undefined;
  #limiter: RefusalLimiter | undefined;
  #listener: Listener | undefined;
  #certificate: Certificate | undefined;
  #isOpen = false;
  #watching: Promise<void> | undefined;
  /** Addresses that the log has told of. */
  #told: readonly ListenAddress[] = [];

  constructor(means: DoorMeans) {
    this.#means = means;
    const watched = {
      config: () => this.#config!,
      inUse: () => this.#certificate,
      use: (certificate: Certificate) => this.#move(this.#config!.run.listenAddress, certificate),
    };
    this.#watch = new CertificateWatch(watched, means);
  }

  /** Counts who was refused. */
  get limiter(): RefusalLimiter {
    return this.#limiter!;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Requests are answered from now on. */
  open(): void {
    this.#isOpen = true;
    this.#watching ??= this.#watch.run(this.#end.signal);
    this.#tell();
  }

  /**
   * Goes by a configuration, perhaps elsewhere. Problems leave everything as it was: certificate-damaged,
   * certificate-unreadable, listen-failed.
   */
  async change(config: Config): Promise<Result<void>> {
    const addresses = config.run.listenAddress;
    const found = addresses.some(hasTls) ? await findCertificate(config, this.#means) : ok(undefined);
    if (!found.ok) return found;
    const moved = await this.#move(addresses, found.value);
    if (!moved.ok) return moved;
    const { rateLimiterRate } = config.run;
    // Who was refused often stays refused, unless that is what has changed.
    if (JSON.stringify(this.#limiter?.rate) !== JSON.stringify(rateLimiterRate)) {
      this.#limiter = new RefusalLimiter(rateLimiterRate);
    }
    this.#config = config;
    if (this.#isOpen) this.#tell();
    return moved;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#watching;
    await this.#listener?.close((this.#config?.run.timeoutStop ?? 0) + CLOSE_GRACE);
  }

  async #move(addresses: readonly ListenAddress[], certificate: Certificate | undefined): Promise<Result<void>> {
    const tls = certificate === undefined ? {} : { tls: { cert: certificate.cert, key: certificate.key } };
    const place: ListenPlace = { addresses, ...tls };
    const { host, metrics, answer, onError } = this.#means;
    const onConnection: ListenOptions["onConnection"] = (event) => metrics.recordConnection(event);
    try {
      if (this.#listener !== undefined) await this.#listener.move(place);
      else this.#listener = await host.network.listen({ ...place, limits: LIMITS, onError, onConnection }, answer);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      if (error.kind === "tls") return bad(unusable(error.message));
      const hint = error.kind === "busy"
        ? "set run.listenAddress to a free address, or end what uses this one"
        : "set run.listenAddress to an address of this machine that etcha may use";
      return bad({ code: "listen-failed", attempted: "open the listener", found: error.message, hint });
    }
    this.#certificate = certificate;
    return ok(undefined);
  }

  /** One line for each address that is new. */
  #tell(): void {
    const { addresses } = this.#listener!;
    for (const address of addresses) {
      if (this.#told.some((told) => isSameAddress(told, address))) continue;
      const means = hasTls(address) ? `certificate SHA-256 ${this.#certificate?.fingerprint}` : "without TLS";
      const message = `Starting listener... on ${listenAddressText(address)}, ${means}`;
      this.#means.log.write({ level: "info", function: "run", status: 200, message });
    }
    this.#told = addresses;
  }
}

function hasTls(address: ListenAddress): boolean {
  return address.kind === "tcp" && address.scheme === "https";
}
