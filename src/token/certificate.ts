import { decodeBase64 } from "../domain/key_string.ts";
import { bad, ok, type Problem, type Result } from "../domain/problem.ts";
import { type Files, HostError } from "../host/host.ts";

/** What a TLS listener needs, and the fingerprint by which a client may pin it. */
export interface Certificate {
  /** PEM. */
  readonly cert: string;
  /** PKCS#8 PEM. */
  readonly key: string;
  /** SHA-256 of the DER, as `AB:CD:…`. */
  readonly fingerprint: string;
}

export interface GivenCertificate extends Certificate {
  /** Milliseconds since the epoch. */
  readonly validFrom: number;
  readonly validUntil: number;
}

export interface LoadedCertificate extends Certificate {
  readonly origin: "kept" | "made";
}

/** One file for both halves: written in one step, so that there is never a key without its certificate. */
const FILE = "listener.pem";
const FILE_LIMIT = 65_536;
const ATTEMPTED = "read the listener's certificate";
const EC = { name: "ECDSA", namedCurve: "P-256" };
/** Fixed dates, so that a wrong clock at the first start does no harm; the later one is RFC 5280's "never". */
const NOT_BEFORE = new Date("2020-01-01T00:00:00Z");
const NOT_AFTER = new Date("9999-12-31T23:59:59Z");

/**
 * The self-signed certificate in the state directory, made on the first call and kept (mode 0600). A damaged file is the
 * problem `certificate-damaged` and is left alone: a new certificate would surprise everybody who pinned the old one.
 * Throws HostError when the file can't be read or written.
 */
export async function loadOrCreateCertificate(
  files: Pick<Files, "readText" | "writeAtomic">,
  stateDir: string,
  hostname: string,
): Promise<Result<LoadedCertificate>> {
  const path = `${stateDir}/${FILE}`;
  let text: string;
  try {
    text = await files.readText(path, FILE_LIMIT);
  } catch (error) {
    if (!(error instanceof HostError && error.kind === "not-found")) throw error;
    const made = await makeCertificate(hostname);
    await files.writeAtomic(path, made.key + made.cert, { mode: 0o600 });
    return ok({ ...made, origin: "made" });
  }
  const kept = await readCertificate(text, path);
  return kept.ok ? ok({ ...kept.value, origin: "kept" }) : kept;
}

/** A certificate, perhaps with its chain, and a key as they were configured, both PEM. Problem `certificate-damaged`. */
export async function givenCertificate(cert: string, key: string): Promise<Result<GivenCertificate>> {
  const der = block(cert, "CERTIFICATE");
  const problem = (found: string) => bad(unusable(found));
  if (der === undefined) return problem("the certificate holds no CERTIFICATE block");
  if (!/-----BEGIN (RSA |EC )?PRIVATE KEY-----/.test(key)) return problem("the key holds no PRIVATE KEY block");
  const { X509Certificate } = await loadX509();
  try {
    const { notBefore, notAfter } = new X509Certificate(der);
    const validity = { validFrom: notBefore.getTime(), validUntil: notAfter.getTime() };
    return ok({ cert, key, fingerprint: await fingerprint(der), ...validity });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return problem("the CERTIFICATE block holds no certificate");
  }
}

/** What is wrong with a certificate that was configured. */
export function unusable(found: string): Problem {
  const hint = "both must be PEM: the certificate (with its chain) and its private key without a passphrase";
  return { code: "certificate-damaged", attempted: ATTEMPTED, found, hint };
}

/** Both take 40 ms to load, and are seldom needed. x509 wants the polyfill loaded before it. */
async function loadX509(): Promise<typeof import("@peculiar/x509")> {
  await import("reflect-metadata");
  return await import("@peculiar/x509");
}

/** A self-signed certificate (ECDSA P-256) for the host's name, localhost and the loopback addresses. */
export async function makeCertificate(hostname: string): Promise<Certificate> {
  const x509 = await loadX509();
  const keys = await crypto.subtle.generateKey(EC, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [isDnsName(hostname) ? hostname : "localhost"] }],
    // RFC 5280: at most 20 octets, positive.
    serialNumber: `01${crypto.getRandomValues(new Uint8Array(15)).toHex()}`,
    notBefore: NOT_BEFORE,
    notAfter: NOT_AFTER,
    keys,
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        ...(isDnsName(hostname) && hostname !== "localhost" ? [{ type: "dns" as const, value: hostname }] : []),
        { type: "dns", value: "localhost" },
        { type: "ip", value: "127.0.0.1" },
        { type: "ip", value: "::1" },
      ]),
      // Not an authority: then the file can serve a client as `tlsCA`, and vouches for nothing else.
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    ],
  });
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  const der = new Uint8Array(certificate.rawData);
  return {
    cert: pem("CERTIFICATE", der),
    key: pem("PRIVATE KEY", pkcs8),
    fingerprint: await fingerprint(der),
  };
}

async function readCertificate(text: string, path: string): Promise<Result<Certificate>> {
  const pkcs8 = block(text, "PRIVATE KEY");
  const der = block(text, "CERTIFICATE");
  if (pkcs8 === undefined || der === undefined) return bad(damaged(path, "not a private key and a certificate in PEM"));
  let point: JsonWebKey;
  try {
    point = await crypto.subtle.exportKey("jwk", await crypto.subtle.importKey("pkcs8", pkcs8, EC, true, ["sign"]));
  } catch (error) {
    if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
    return bad(damaged(path, "the key can't be used"));
  }
  // The certificate holds its public key as the uncompressed point: enough to see that the two belong together.
  const x = Uint8Array.fromBase64(point.x ?? "", { alphabet: "base64url" });
  const y = Uint8Array.fromBase64(point.y ?? "", { alphabet: "base64url" });
  if (!der.toHex().includes(`04${x.toHex()}${y.toHex()}`)) {
    return bad(damaged(path, "the key does not belong to the certificate"));
  }
  return ok({ cert: pem("CERTIFICATE", der), key: pem("PRIVATE KEY", pkcs8), fingerprint: await fingerprint(der) });
}

async function fingerprint(der: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", der));
  return digest.toHex().toUpperCase().replace(/..(?!$)/g, "$&:");
}

/** RFC 1123 host names; others (an underscore, an empty name) can't stand in a certificate. */
function isDnsName(name: string): boolean {
  return name.length <= 64 &&
    /^(?!\d+(\.\d+)*$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i.test(name);
}

/** RFC 7468. */
function pem(label: string, der: Uint8Array): string {
  const lines = der.toBase64().match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

function block(text: string, label: string): Uint8Array<ArrayBuffer> | undefined {
  const begin = `-----BEGIN ${label}-----`;
  const start = text.indexOf(begin);
  const end = text.indexOf(`-----END ${label}-----`, start);
  if (start < 0 || end < 0) return undefined;
  const base64 = text.slice(start + begin.length, end).replace(/\s/g, "");
  return decodeBase64(base64);
}

function damaged(path: string, found: string): Problem {
  const hint = "delete it to have a new one made; targets that pin the fingerprint must then be told the new one";
  return { code: "certificate-damaged", attempted: ATTEMPTED, found, where: path, hint };
}
