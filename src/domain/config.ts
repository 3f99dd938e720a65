import * as v from "valibot";
import { commandList } from "./config_commands.ts";
import { key, keyOr } from "./config_key.ts";
import {
  base64,
  duration,
  flag,
  freeObject,
  listenAddresses,
  positiveInteger,
  privateKey,
  publicKey,
  rate,
  regexps,
  seconds,
  text,
  texts,
  trustedProxies,
} from "./config_values.ts";
import { execSchema } from "./exec.ts";
import { type Source, sourceSchema } from "./source.ts";
import { type Target, targetSchema } from "./target.ts";

/** Ways to sign, to give the listener's certificate, and to give its key: within one place of the configuration only one. */
const SIGNING = ["signingKey", "signingKeyPath", "signingCommands"] as const;
const CERTIFICATE = ["tlsCertificateBase64", "tlsCertificatePath"] as const;
const CERTIFICATE_KEY = ["tlsKeyBase64", "tlsKeyPath"] as const;

const build = v.strictObject({
  pushDomainSuffix: keyOr(text, "", { doc: "Appended to the name of a target that has no hostname." }),
  pushMaxWorkers: key(positiveInteger, { doc: "Hosts that are pushed to at once; else 8 for each CPU." }),
  pushTLSCA: key(text, { doc: "PEM file of a private certificate authority for pushes and pulls." }),
  pushTLSSkipVerify: keyOr(flag, false, {
    doc: "Do not verify the certificates of targets.",
    aliases: [{ name: "tlsSkipVerify" }, { name: "httpClient.tlsSkipVerify" }],
  }),
  signingCommands: keyOr(commandList("signingCommands"), [], {
    doc: "Commands that sign instead of the key: they get ETCHA_PAYLOAD and print the token in a change that fires " +
      "etcha:jwt.",
    secret: "whole",
    aliases: [{ name: "signCommands" }],
    oneOf: SIGNING,
  }),
  signingExec: key(execSchema, { doc: "How signingCommands are executed." }),
  signingKey: key(privateKey, { doc: "Private key that signs tokens.", secret: "whole", oneOf: SIGNING }),
  signingKeyPath: key(text, { doc: "File that holds the private key.", oneOf: SIGNING }),
});

const cli = v.strictObject({
  logFormat: key(v.picklist(["human", "kv", "json"]), { doc: "Form of log lines; same as -f." }),
  logLevel: key(v.picklist(["none", "debug", "info", "error"]), { doc: "What is logged; same as -l." }),
  noColor: keyOr(flag, false, { doc: "No colours; same as -n." }),
});

const jsonnet = v.strictObject({
  libraryPaths: keyOr(texts, [], { doc: "Folders in which imports are looked for." }),
});

const lint = v.strictObject({
  exclude: keyOr(regexps, "(^|/)etcha\\.jsonnet$", {
    doc: "Regular expression, or a list of them: files that lint and test leave out.",
  }),
  linters: keyOr(v.record(text, text), {}, {
    doc: "Commands that read each text of a shell from standard input, by name; ${DIALECT} is its dialect, an empty " +
      "command switches one off. ShellCheck is used where it is installed.",
  }),
});

const run = v.strictObject({
  jwtRule: keyOr(text, "", { doc: "Expression in CEL over the claims of a token that must be true." }),
  listenAddress: keyOr(listenAddresses, ":4000", {
    doc: "Where the agent listens: an address, several with commas between them, or a list; empty: nowhere. " +
      "http://… and unix:/path (perhaps with ?mode=0660) are without TLS.",
  }),
  randomizedStartDelaySec: keyOr(seconds, 0, { doc: "Random wait, in seconds, before sources start." }),
  rateLimiterRate: keyOr(rate, "10-M", { doc: "Refused requests that an address may make." }),
  stateDir: keyOr(text, "etcha", { doc: "Folder of tokens and records, relative to the working directory." }),
  systemMetricsSecret: keyOr(text, "", {
    doc: "Opens the metrics endpoint to who knows it.",
    secret: "whole",
    aliases: [{ name: "systemMetricsKey" }],
  }),
  systemPprofSecret: keyOr(text, "", {
    doc: "Opens CPU and heap profiles of the agent to who knows it.",
    secret: "whole",
  }),
  timeoutPull: keyOr(duration, "10m", { doc: "Bound of a run that a pull started." }),
  timeoutPush: keyOr(duration, "10m", { doc: "Bound of a run that a push started." }),
  timeoutShell: keyOr(duration, "10m", { doc: "Bound of a remote shell, from its beginning to its end." }),
  timeoutStop: keyOr(duration, "60s", { doc: "How long a running command may go on when the agent ends." }),
  timeoutWebhook: keyOr(duration, "10m", { doc: "Bound of a run that a webhook or an event started." }),
  tlsCertificateBase64: key(base64, { doc: "PEM of the listener's certificate, in base64.", oneOf: CERTIFICATE }),
  tlsCertificatePath: key(text, { doc: "PEM file of the listener's certificate.", oneOf: CERTIFICATE }),
  tlsKeyBase64: key(base64, { doc: "PEM of the listener's key, in base64.", secret: "whole", oneOf: CERTIFICATE_KEY }),
  tlsKeyPath: key(text, { doc: "PEM file of the listener's key.", oneOf: CERTIFICATE_KEY }),
  trustedProxies: keyOr(trustedProxies, [], {
    doc:
      "Proxies whose X-Forwarded-For is believed: addresses, ranges such as 10.0.0.0/8, and unix for the clients of a " +
      "unix:/path; a list, or with commas between them.",
  }),
  verifyCommands: keyOr(commandList("verifyCommands"), [], {
    doc: "Commands that verify instead of the keys: they get ETCHA_JWT and print it in a change that fires etcha:jwt.",
    secret: "whole",
  }),
  verifyExec: key(execSchema, { doc: "How verifyCommands are executed." }),
  verifyKeys: keyOr(v.array(publicKey), [], { doc: "Public keys whose tokens every source accepts." }),
});

/** Every key of the configuration but the named ones. To add a key, add its line to one of the tables above. */
export const sectionsSchema = v.strictObject({
  build: v.optional(build, {}),
  cli: v.optional(cli, {}),
  exec: key(execSchema, { doc: "How commands are executed." }),
  jsonnet: v.optional(jsonnet, {}),
  lint: v.optional(lint, {}),
  run: v.optional(run, {}),
  vars: keyOr(freeObject, {}, { doc: "Values for patterns.", secret: "by-name" }),
});

/** The named parts: what stands below `sources.NAME` and `targets.NAME`. */
export const namedSchemas = { sources: sourceSchema, targets: targetSchema } as const;

/** The whole configuration, checked: defaults filled in, durations in milliseconds, expressions compiled. */
export type Config = Readonly<v.InferOutput<typeof sectionsSchema>> & {
  readonly sources: ReadonlyMap<string, Source>;
  readonly targets: ReadonlyMap<string, Target>;
};
