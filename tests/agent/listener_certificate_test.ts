import { deepEqual, equal, match } from "node:assert/strict";
import { type Certificate, givenCertificate } from "../../src/token/certificate.ts";
import { CertificateWatch, findCertificate } from "../../src/agent/listener_certificate.ts";
import { parseConfig } from "../../src/domain/config_layers.ts";
import { bad, ok, type Result } from "../../src/domain/problem.ts";
import { until } from "../cli/agent.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { FakeFiles } from "../fakes/fake_files.ts";
import { FakeLog } from "../fakes/fake_log.ts";
import { datedCertificate } from "../host/certificates.ts";
import { createHost } from "../../src/host/deno/host.ts";
import { ok as must } from "../token/tokens.ts";

const DAY = 24 * 60 * 60 * 1000;
const NOW = 1_700_000_000_000;
const fine = await datedCertificate(NOW - DAY, NOW + 30 * DAY);
const next = await datedCertificate(NOW - DAY, NOW + 60 * DAY);
const { system } = createHost(new URL("../../src/main.ts", import.meta.url).href);

/** An agent's certificate in two files, and what becomes of it. */
async function watched(first = fine, run: object = { tlsCertificatePath: "cert", tlsKeyPath: "key" }) {
  const files = new FakeFiles({ cert: first.cert, key: first.key });
  const clock = new FakeClock(NOW);
  const log = new FakeLog();
  const means = { host: { files, clock, system }, log };
  const { config } = must(parseConfig([{ origin: "test", place: "file", value: { run } }]));
  const used: Certificate[] = [must(await findCertificate(config, means))];
  let answer: Result<void> = ok(undefined);
  const watch = new CertificateWatch({
    config: () => config,
    inUse: () => used.at(-1),
    use: (certificate) => {
      if (answer.ok) used.push(certificate);
      return Promise.resolve(answer);
    },
  }, means);
  return {
    files,
    clock,
    log,
    /** Certificates that were used, one after the other. */
    certs: () => used.map(({ cert }) => cert),
    refuse: () => answer = bad({ code: "certificate-damaged", attempted: "use it", found: "it can't be used" }),
    look: async (times: number) => {
      for (let i = 0; i < times; i++) await watch.look();
    },
    watch,
  };
}

Deno.test("certificate watch: new files are taken up when two looks saw the same", async () => {
  const { files, log, certs, look } = await watched();
  await look(3);
  // A look between the writing of both sees what does not belong together, and no harm is done.
  await files.writeAtomic("cert", next.cert);
  await look(1);
  await files.writeAtomic("key", next.key);
  await look(1);
  deepEqual(certs(), [fine.cert]);
  await look(3);
  deepEqual(certs(), [fine.cert, next.cert]);
  const { fingerprint } = must(await givenCertificate(next.cert, next.key));
  deepEqual(log.messages, [`The listener has a new certificate, SHA-256 ${fingerprint}`]);
});

Deno.test("certificate watch: what can't be used is told once, and the old one stays until it is mended", async () => {
  const { files, log, certs, look } = await watched();
  for (const broken of ["no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]) {
    await files.writeAtomic("cert", broken);
    await look(4);
  }
  await files.remove("cert");
  await look(4);
  deepEqual(certs(), [fine.cert]);
  deepEqual(log.entries.map(({ level }) => level), ["error", "error", "error"]);
  for (const message of log.messages) {
    match(message, /new certificate of the listener is not used, the old one stays: /);
  }
  match(log.messages[0]!, /holds no CERTIFICATE block/);
  match(log.messages[1]!, /holds no certificate/);
  match(log.messages[2]!, /cert/);
  await files.writeAtomic("cert", next.cert);
  await files.writeAtomic("key", next.key);
  await look(2);
  deepEqual(certs(), [fine.cert, next.cert]);
});

Deno.test("certificate watch: what the listener refuses is told once", async () => {
  const { files, log, certs, look, refuse } = await watched();
  refuse();
  await files.writeAtomic("cert", next.cert);
  await look(5);
  deepEqual(certs(), [fine.cert]);
  deepEqual(log.messages.map((message) => /it can't be used/.test(message)), [true]);
});

Deno.test("certificate watch: it is told when one expires soon, has expired, is not valid yet", async () => {
  const { clock, log, look } = await watched();
  const told: (readonly [day: number, level: string, message: string])[] = [];
  for (let day = 1; day <= 35; day++) {
    const before = log.entries.length;
    await clock.advance(DAY);
    await look(2);
    for (const { level, message } of log.entries.slice(before)) told.push([day, level, message]);
  }
  const end = new Date(NOW + 30 * DAY).toISOString().replace(".000", "");
  deepEqual(
    told,
    [
      [17, "info", `the certificate of the listener expires at ${end}`],
      [30, "error", `the certificate of the listener has expired at ${end}`],
    ],
  );
  const early = await watched(await datedCertificate(NOW + DAY, NOW + 60 * DAY));
  await early.look(2);
  equal(early.log.messages.length, 1);
  match(early.log.messages[0]!, /is not valid before 2023-11-15T22:13:20Z$/);
});

Deno.test("certificate watch: looks every five seconds, until it is ended", async () => {
  const { files, clock, certs, watch } = await watched();
  const stop = new AbortController();
  const running = watch.run(stop.signal);
  await until(() => clock.sleeping === 1, () => "it does not wait");
  await files.writeAtomic("cert", next.cert);
  await files.writeAtomic("key", next.key);
  await clock.advance(10_000);
  await until(() => certs().length === 2, () => "the new certificate is not used");
  stop.abort();
  await running;
});

Deno.test("certificate watch: one in base64 is looked at as well, the program's own is not", async () => {
  const old = await datedCertificate(NOW - 9 * DAY, NOW - DAY);
  const run = { tlsCertificateBase64: btoa(old.cert), tlsKeyBase64: btoa(old.key) };
  const expired = await watched(old, run);
  await expired.look(2);
  match(expired.log.messages.join(), /^the certificate of the listener has expired at [^,]*$/);
  const own = await watched(fine, { stateDir: "/srv" });
  await own.look(3);
  deepEqual(own.log.messages, ["Generating self-signed certificate for listener..."]);
});
