import type { Config } from "../domain/config.ts";
import { bad, ok, type Problem, problemsText, type Result } from "../domain/problem.ts";
import { type Host, HostError, type Log } from "../host/host.ts";
import {
  type Certificate,
  type GivenCertificate,
  givenCertificate,
  loadOrCreateCertificate,
} from "../token/certificate.ts";

/** Milliseconds between two looks at the files of the certificate. A change is taken up when two looks saw the same. */
const LOOK_EVERY = 5_000;
/** Bytes of a certificate with its chain, or of a key. */
const FILE_LIMIT = 1024 * 1024;
const DAY = 24 * 60 * 60 * 1000;
/** Milliseconds before its end from which on a certificate is said to end soon. */
const SOON = 14 * DAY;

interface CertificateMeans {
  readonly host: Pick<Host, "files" | "clock" | "system">;
  readonly log: Log;
}

/** The certificate that a configuration asks for; without one the self-signed one of the state directory. */
export async function findCertificate(config: Config, { host, log }: CertificateMeans): Promise<Result<Certificate>> {
  const given = await readGiven(config, host);
  if (given !== undefined) return given.ok ? await givenCertificate(given.value.cert, given.value.key) : given;
  const loaded = await loadOrCreateCertificate(host.files, config.run.stateDir, host.system.hostname);
  if (loaded.ok && loaded.value.origin === "made") {
    const message = "Generating self-signed certificate for listener...";
    log.write({ level: "info", function: "run", status: 200, message });
  }
  return loaded;
}

/** What a watch is told, and what it is told to do. */
interface Watched {
  /** The configuration as it is now. */
  readonly config: () => Config;
  readonly inUse: () => Certificate | undefined;
  readonly use: (certificate: Certificate) => Promise<Result<void>>;
}

/**
 * Keeps an eye on a configured certificate: new files are taken up; what can't be used is told once, and the old certificate
 * stays; that one ends soon is told when it comes to that.
 */
export class CertificateWatch {
  /** What the last look saw, and what was taken up, or refused, last. */
  #seen: string | undefined;
  #settled: string | undefined;
  /** What was told of which certificate's validity. */
  #told = "";

  constructor(private readonly watched: Watched, private readonly means: CertificateMeans) {}

  /** Looks until it is aborted. */
  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await this.look();
      await this.means.host.clock.sleep(LOOK_EVERY, stop);
    }
  }

  async look(): Promise<void> {
    const { config, inUse } = this.watched;
    const before = inUse();
    // Nobody uses one, or it is the program's own.
    if (before === undefined || !isGiven(before)) return;
    this.#tellValidity(before);
    const given = await readGiven(config(), this.means.host);
    if (given === undefined) return;
    const sight = JSON.stringify(given);
    this.#settled ??= JSON.stringify(ok({ cert: before.cert, key: before.key }));
    if (sight !== this.#seen || sight === this.#settled) {
      this.#seen = sight;
      return;
    }
    this.#settled = sight;
    const certificate = given.ok ? await givenCertificate(given.value.cert, given.value.key) : given;
    const used = certificate.ok ? await this.watched.use(certificate.value) : certificate;
    if (!used.ok) return this.#tellUnusable(used.problems);
    if (!certificate.ok || certificate.value.fingerprint === before.fingerprint) return;
    this.#tell("info", `The listener has a new certificate, SHA-256 ${certificate.value.fingerprint}`);
    this.#tellValidity(certificate.value);
  }

  #tellUnusable(problems: readonly Problem[]): void {
    this.#tell(
      "error",
      `the new certificate of the listener is not used, the old one stays: ${problemsText(problems)}`,
    );
  }

  #tellValidity(certificate: GivenCertificate): void {
    const { fingerprint, validFrom, validUntil } = certificate;
    const now = this.means.host.clock.now();
    const [kind, text] = now < validFrom
      ? ["early", `is not valid before ${dateText(validFrom)}`]
      : now >= validUntil
      ? ["expired", `has expired at ${dateText(validUntil)}`]
      : validUntil - now < SOON
      ? ["soon", `expires at ${dateText(validUntil)}`]
      : ["fine", ""];
    const told = `${kind} ${fingerprint}`;
    if (told === this.#told) return;
    this.#told = told;
    if (kind !== "fine") this.#tell(kind === "soon" ? "info" : "error", `the certificate of the listener ${text}`);
  }

  #tell(level: "info" | "error", message: string): void {
    this.means.log.write({ level, function: "run", status: level === "info" ? 200 : 500, message });
  }
}

/** To the second, in UTC. */
function dateText(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
}

function isGiven(certificate: Certificate): certificate is GivenCertificate {
  return "validUntil" in certificate;
}

/** Certificate and key of the configuration: from files, or from base64 of the same PEM. */
async function readGiven(
  config: Config,
  { files }: CertificateMeans["host"],
): Promise<Result<{ readonly cert: string; readonly key: string }> | undefined> {
  const { tlsCertificateBase64, tlsCertificatePath, tlsKeyBase64, tlsKeyPath } = config.run;
  const cert = tlsCertificateBase64 ?? tlsCertificatePath;
  const key = tlsKeyBase64 ?? tlsKeyPath;
  // That either comes with the other is a rule of the configuration.
  if (cert === undefined || key === undefined) return undefined;
  try {
    return ok({
      cert: tlsCertificateBase64 === undefined ? await files.readText(cert, FILE_LIMIT) : atob(cert),
      key: tlsKeyBase64 === undefined ? await files.readText(key, FILE_LIMIT) : atob(key),
    });
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    const attempted = "read the listener's certificate";
    return bad({ code: "certificate-unreadable", attempted, found: error.message });
  }
}
