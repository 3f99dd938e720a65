import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { type LoadedCertificate, loadOrCreateCertificate } from "../../src/token/certificate.ts";
import { type Files, HostError } from "../../src/host/host.ts";

/** A fresh self-signed certificate, for servers of tests. */
export async function testCertificate(hostname = "test-host"): Promise<LoadedCertificate> {
  const made = await loadOrCreateCertificate(new OneFile(), "/state", hostname);
  if (!made.ok) throw new Error("no certificate was made");
  return made.value;
}

/** One for localhost that is valid for a while; times in milliseconds since the epoch. */
export async function datedCertificate(
  notBefore: number,
  notAfter: number,
  kind?: "authority",
): Promise<{ cert: string; key: string }> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=localhost",
    notBefore: new Date(notBefore),
    notAfter: new Date(notAfter),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.SubjectAlternativeNameExtension([{ type: "dns", value: "localhost" }]),
      new x509.BasicConstraintsExtension(kind === "authority", undefined, true),
    ],
  });
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { cert: certificate.toString("pem"), key: x509.PemConverter.encode(key, "PRIVATE KEY") };
}

/** As much of Files as a certificate needs: one text, and the mode it was written with. */
export class OneFile implements Pick<Files, "readText" | "writeAtomic"> {
  text: string | undefined;
  mode: number | undefined;
  writes = 0;

  readText(): Promise<string> {
    if (this.text === undefined) return Promise.reject(new HostError("not-found", "no such file"));
    return Promise.resolve(this.text);
  }

  writeAtomic(_path: string, data: Uint8Array | string, options?: { mode?: number }): Promise<void> {
    this.text = String(data);
    this.mode = options?.mode;
    this.writes++;
    return Promise.resolve();
  }
}
