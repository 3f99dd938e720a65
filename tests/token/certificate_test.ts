import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { loadOrCreateCertificate } from "../../src/token/certificate.ts";
import { OneFile, testCertificate } from "../host/certificates.ts";

async function damage(change: (text: string) => string) {
  const files = new OneFile();
  assert.ok((await loadOrCreateCertificate(files, "/state", "web-1")).ok);
  files.text = change(files.text!);
  return await loadOrCreateCertificate(files, "/state", "web-1");
}

Deno.test("certificate: made once for the host's names, kept with mode 0600", async () => {
  const files = new OneFile();
  const made = await loadOrCreateCertificate(files, "/state", "web-1");
  const kept = await loadOrCreateCertificate(files, "/state", "renamed");
  assert.ok(made.ok && kept.ok);
  assert.deepEqual([files.writes, files.mode], [1, 0o600]);
  assert.deepEqual(kept.value, { ...made.value, origin: "kept" });
  const parsed = new X509Certificate(made.value.cert);
  assert.equal(parsed.fingerprint256, made.value.fingerprint);
  for (const name of ["web-1", "localhost"]) assert.equal(parsed.checkHost(name), name);
  assert.match(parsed.subjectAltName ?? "", /127\.0\.0\.1/);
  assert.equal(parsed.ca, false);
  assert.ok(new Date(parsed.validTo).getUTCFullYear() > 2100);
});

Deno.test("certificate: a host name that can't stand in a certificate is left out", async () => {
  for (const hostname of ["", "under_score", "10.0.0.1", "x".repeat(65)]) {
    const { cert } = await testCertificate(hostname);
    assert.equal(new X509Certificate(cert).checkHost("localhost"), "localhost");
  }
});

Deno.test("certificate: a damaged file is told and not replaced", async () => {
  const other = await testCertificate();
  const cases: readonly ((text: string) => string)[] = [
    () => "",
    (text) => text.slice(0, text.length / 2),
    (text) => text.replace("BEGIN PRIVATE", "BEGIN"),
    (text) => text.replace(/-----BEGIN PRIVATE KEY-----\nM/, "-----BEGIN PRIVATE KEY-----\n!"),
    (text) => text.replace(/-----BEGIN PRIVATE KEY-----\nM/, "-----BEGIN PRIVATE KEY-----\nN"),
    (text) => other.key + text.slice(text.indexOf("-----BEGIN CERTIFICATE")),
  ];
  for (const change of cases) {
    const result = await damage(change);
    assert.ok(!result.ok, String(change));
    assert.deepEqual(result.problems.map((problem) => problem.code), ["certificate-damaged"]);
    assert.equal(result.problems[0]?.where, "/state/listener.pem");
  }
});
