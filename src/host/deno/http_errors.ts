import { formatDuration } from "../../domain/duration.ts";
import { CertificateError, HostError } from "../host.ts";

/** What a server showed of itself, for messages about certificates. */
export interface ShownCertificate {
  /** SHA-256, `AB:CD:…`. */
  readonly fingerprint: string;
  /** Names and addresses it is for. */
  readonly names: readonly string[];
  readonly validFrom: string;
  readonly validTo: string;
}

type CertificateFault = "issuer" | "authority" | "name" | "expired" | "not-yet-valid" | "other";

/** What a fetch that failed says about the certificate; nothing when it failed for another reason. */
export function certificateFault(error: unknown): CertificateFault | undefined {
  const text = innermostText(error);
  // rustls writes some faults as words and some as a sentence: "invalid peer certificate: certificate expired: …".
  const found = /invalid peer certificate: (.{1,60})/.exec(text)?.[1];
  if (found === undefined) return undefined;
  if (/not ?valid ?for ?name/i.test(found)) return "name";
  if (/^Expired|certificate expired/.test(found)) return "expired";
  if (/not ?valid ?yet/i.test(found)) return "not-yet-valid";
  if (/CaUsedAsEndEntity/.test(found)) return "authority";
  return /^(UnknownIssuer|BadSignature)/.test(found) ? "issuer" : "other";
}

/** A message that says what is wrong with a certificate, what was seen, and how it could be trusted. */
export function certificateError(url: URL, fault: CertificateFault, shown: ShownCertificate | undefined): HostError {
  const seen = shown === undefined ? "" : ` (its SHA-256 fingerprint is ${shown.fingerprint})`;
  const pin = "trust its authority, or pin the fingerprint if it is the one that the host's log shows";
  const names = shown === undefined || shown.names.length === 0 ? "no name at all" : shown.names.join(", ");
  const texts: Readonly<Record<CertificateFault, string>> = {
    issuer: `the certificate of ${url.host} is signed by no authority that is trusted here${seen}: ${pin}`,
    authority:
      `the certificate of ${url.host} is that of an authority (CA:TRUE), which no host may show as its own${seen}: ` +
      "make one with CA:FALSE, or pin the fingerprint",
    name: `the certificate of ${url.host} is valid for ${names}, not for ${url.hostname}${seen}`,
    expired: `the certificate of ${url.host} has expired${shown === undefined ? "" : ` (${shown.validTo})`}`,
    "not-yet-valid": `the certificate of ${url.host} is not valid yet${
      shown === undefined ? "" : ` (from ${shown.validFrom} on)`
    }: check the clocks`,
    other: `the certificate of ${url.host} is not acceptable${seen}`,
  };
  return new CertificateError(texts[fault], shown?.fingerprint);
}

/**
 * The HostError for a connection that failed. Texts of the runtime hold whole addresses with their queries, which may be
 * secrets: only known causes are named, and the host.
 */
export function connectionError(url: URL, error: unknown): HostError {
  const text = innermostText(error);
  for (const [pattern, kind, found] of CAUSES) {
    if (pattern.test(text)) return new HostError(kind, `${url.host}: ${found}`);
  }
  return new HostError("unreachable", `${url.host}: the connection failed`, { cause: error });
}

/** Nothing answered at all in the time that a connection may take. */
export function noConnection(url: URL, milliseconds = 0): HostError {
  return new HostError("unreachable", `${url.host}: no connection within ${formatDuration(milliseconds)}`);
}

/** An answer began and did not go on. */
export function stalled(url: URL, milliseconds = 0): HostError {
  const message = `${url.host}: the answer stopped half-way: nothing more within ${formatDuration(milliseconds)}`;
  return new HostError("timeout", message);
}

/** Address without user, query and fragment, which may be secrets. */
export function shownUrl(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

const CAUSES: readonly (readonly [RegExp, HostError["kind"], string])[] = [
  [/ECONNREFUSED|connection refused/i, "unreachable", "connection refused: nothing listens on that port"],
  [/ENOTFOUND|EAI_AGAIN|dns error|lookup address/i, "unreachable", "the name can't be resolved"],
  [/EHOSTUNREACH|ENETUNREACH|no route to host|network is unreachable/i, "unreachable", "there is no route to it"],
  [/InvalidContentType|wrong version number/i, "tls", "it answers without TLS: is it plain HTTP, or another port?"],
  [/invalid HTTP version/i, "unreachable", "it does not answer in HTTP: does that port want https?"],
  [/HandshakeFailure|handshake|PeerIncompatible|ProtocolVersion|AlertReceived/i, "tls", "the TLS handshake failed"],
  [
    /ECONNRESET|connection reset|broken pipe|EPIPE|closed before|socket hang up|unexpected eof/i,
    "unreachable",
    "it closed the connection",
  ],
  [/ETIMEDOUT|timed out/i, "timeout", "no answer"],
  [/proxy|tunnel/i, "unreachable", "the proxy refused or can't be reached"],
  [/ports? .*blocked/i, "unreachable", "that port is never used for HTTP"],
];

function innermostText(error: unknown): string {
  const texts: string[] = [];
  for (let at = error; at instanceof Error && texts.length < 5; at = at.cause) {
    texts.push(at.message, "code" in at ? String(at.code) : "");
  }
  return texts.join(" ");
}
