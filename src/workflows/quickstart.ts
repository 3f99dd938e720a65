import { dirname, resolve } from "node:path/posix";
import { parseLenientJson } from "../domain/config_json.ts";
import { isObject } from "../domain/json.ts";
import { bad, ok, type Problem, type Result } from "../domain/problem.ts";
import { STATE_DIR } from "../domain/service_files.ts";
import { type Files, HostError } from "../host/host.ts";
import { givenCertificate, makeCertificate } from "../token/certificate.ts";
import { generateKeyPair, importPublicKey } from "../token/keys.ts";
import { initProject } from "./init.ts";

export interface QuickstartRequest {
  /** Name or address. */
  readonly host: string;
  readonly port: number;
}

/** What there is to begin with now. */
export interface FirstSteps {
  /** Paths, relative to the folder. */
  readonly written: readonly string[];
  readonly kept: readonly string[];
  /** Name of the target, and what a configuration says of it below `targets`. */
  readonly target: { readonly name: string; readonly text: string; readonly fingerprint: string };
  /** Where the configuration of the laptop lies: an absolute path. */
  readonly config: string;
  /** Whether the agent belongs on this machine or on another one. */
  readonly place: "here" | "there";
  /** The command that starts the agent, and the one that pushes. */
  readonly commands: readonly [string, string];
}

/** The source that the first pattern is pushed to. */
export const FIRST_SOURCE = "base";

type QuickstartFiles = Pick<Files, "cwd" | "list" | "read" | "readText" | "stat" | "makeDir" | "writeAtomic">;

export interface QuickstartMeans {
  readonly files: QuickstartFiles;
  readonly libraryDir: string;
}

const ATTEMPTED = "set up first steps";
const KEYS = "keys.json";
const CONFIG = "etcha.jsonnet";
const PATTERN = "patterns/hello.jsonnet";
const FILE_LIMIT = 1024 * 1024;

const HELLO = `// A first pattern: one file, checked, written and removed without a shell.
local n = import '../lib/etcha/native.libsonnet';

local path = '/tmp/hello-from-etcha';
local text = 'Etcha keeps this file on %s.\\n' % n.getConfig().vars.sysinfo.hostname;

{
  run: [
    {
      id: 'say hello',
      check: ['etcha', 'file', 'check', path, text],
      change: ['etcha', 'file', 'change', path, text],
      remove: ['etcha', 'file', 'remove', path],
    },
  ],
}
`;

/**
 * Makes what is needed to push a first pattern to a host, in the working directory: a pair of keys, the configuration of the
 * laptop and that of the agent, a pattern. The agent's certificate is made here as well, so that the laptop knows from the
 * first push on whom it speaks to. What is there is kept, and used. What holds a secret is 0600. Problems
 * `quickstart-unusable` (of a file that is there), `quickstart-failed`; with the first one, nothing was written.
 */
export async function takeFirstSteps(request: QuickstartRequest, means: QuickstartMeans): Promise<Result<FirstSteps>> {
  const { files } = means;
  const name = targetName(request.host);
  const agentFile = `agents/${name}.jsonnet`;
  try {
    const keys = await keysOf(files);
    if (!keys.ok) return keys;
    const agent = await agentOf(agentFile, request, keys.value.publicKey, files);
    if (!agent.ok) return agent;
    const target = targetText(name, request, agent.value.fingerprint);
    const wanted: readonly Wanted[] = [
      { path: KEYS, text: keys.value.text, mode: 0o600 },
      { path: agentFile, text: agent.value.text, mode: 0o600 },
      { path: CONFIG, text: laptopConfig(target) },
      { path: PATTERN, text: HELLO },
      { path: ".gitignore", text: `/${KEYS}\n/agents/\n/state/\n` },
    ];
    const written: string[] = [];
    const kept: string[] = [];
    if (await files.stat("lib/etcha") === undefined) {
      const project = await initProject(".", means);
      if (!project.ok) return project;
      written.push("lib/etcha/");
    }
    for (const one of wanted) (await writeNew(one, files) ? written : kept).push(one.path);
    return ok({
      written,
      kept,
      target: { name, text: target, fingerprint: agent.value.fingerprint },
      config: resolve(files.cwd, CONFIG),
      place: isLoopback(request.host) ? "here" : "there",
      commands: [startCommand(agentFile, request.host), `etcha push ${FIRST_SOURCE}`],
    });
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return bad({ code: "quickstart-failed", attempted: ATTEMPTED, found: error.message });
  }
}

interface Wanted {
  readonly path: string;
  readonly text: string;
  readonly mode?: number;
}

/** Whether it was written: what is there stays. */
async function writeNew({ path, text, mode }: Wanted, files: QuickstartFiles): Promise<boolean> {
  if (await files.stat(path, { nofollow: true }) !== undefined) return false;
  await files.makeDir(dirname(path), mode === undefined ? {} : { mode: 0o700 });
  await files.writeAtomic(path, text, mode === undefined ? {} : { mode });
  return true;
}

/** A new pair, or the one that is there. */
async function keysOf(files: QuickstartFiles): Promise<Result<{ readonly text: string; readonly publicKey: string }>> {
  const found = await readIfThere(KEYS, files);
  if (found === undefined) {
    const made = await generateKeyPair("ed25519");
    if (!made.ok) return made;
    const { privateKey, publicKey } = made.value;
    return ok({ text: `${JSON.stringify({ privateKey, publicKey }, undefined, 2)}\n`, publicKey });
  }
  const parsed = parseLenientJson(found, "refused");
  const publicKey = parsed.ok && isObject(parsed.value) ? parsed.value["publicKey"] : undefined;
  if (typeof publicKey !== "string" || !(await importPublicKey(publicKey)).ok) {
    return bad(unusable(KEYS, "what etcha generate-keys prints"));
  }
  return ok({ text: found, publicKey });
}

/** The agent's configuration, and the fingerprint of the certificate in it. */
async function agentOf(
  path: string,
  request: QuickstartRequest,
  publicKey: string,
  files: QuickstartFiles,
): Promise<Result<{ readonly text: string; readonly fingerprint: string }>> {
  const found = await readIfThere(path, files);
  if (found === undefined) {
    const { cert, key, fingerprint } = await makeCertificate(request.host);
    return ok({ text: agentConfig(request, publicKey, { cert, key }, files.cwd), fingerprint });
  }
  const parsed = parseLenientJson(found, "allowed");
  const run = parsed.ok && isObject(parsed.value) ? parsed.value["run"] : undefined;
  const cert = isObject(run) ? decoded(run["tlsCertificateBase64"]) : undefined;
  const key = isObject(run) ? decoded(run["tlsKeyBase64"]) : undefined;
  const given = cert === undefined || key === undefined ? undefined : await givenCertificate(cert, key);
  if (given?.ok !== true) {
    return bad(unusable(path, "a configuration with run.tlsCertificateBase64 and run.tlsKeyBase64"));
  }
  return ok({ text: found, fingerprint: given.value.fingerprint });
}

function decoded(base64: unknown): string | undefined {
  if (typeof base64 !== "string") return undefined;
  try {
    return atob(base64);
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}

function unusable(path: string, expected: string): Problem {
  return {
    code: "quickstart-unusable",
    attempted: ATTEMPTED,
    found: `the file is there, and is not ${expected}`,
    where: path,
    hint: "it is left alone: move it away, or begin in another folder",
  };
}

/** Only this machine is to be pushed to: then nobody else can. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** A name that a target may have: an address of IPv6 has colons. */
function targetName(host: string): string {
  return host.includes(":") ? `ip${host.replaceAll(":", "-")}` : host;
}

/** JSON with comments: it is read at once, and mistakes in it have a line. */
function agentConfig(
  { host, port }: QuickstartRequest,
  publicKey: string,
  { cert, key }: { readonly cert: string; readonly key: string },
  folder: string,
): string {
  const address = `${isLoopback(host) ? host.includes(":") ? `[${host}]` : host : ""}:${port}`;
  const quote = JSON.stringify;
  return `// What the agent on ${host} does. It holds the private key of its certificate: keep it 0600.
{
  "run": {
    "listenAddress": ${quote(address)},
    "stateDir": ${quote(isLoopback(host) ? resolve(folder, "state") : STATE_DIR)},
    "tlsCertificateBase64": ${quote(btoa(cert))},
    "tlsKeyBase64": ${quote(btoa(key))},
  },
  "sources": {
    // Takes whatever pattern was signed with this key.
    ${quote(FIRST_SOURCE)}: {
      "allowPush": true,
      "verifyKeys": [${quote(publicKey)}],
    },
  },
}
`;
}

function targetText(name: string, { host, port }: QuickstartRequest, fingerprint: string): string {
  const quote = JSON.stringify;
  return `    ${quote(name)}: {
      "hostname": ${quote(host)},
      "port": ${port},
      "sourcePatterns": { ${quote(FIRST_SOURCE)}: ${quote(PATTERN)} },
      "tlsFingerprint": ${quote(fingerprint)},
    },`;
}

function laptopConfig(target: string): string {
  return `// What signs patterns, and which hosts they are pushed to. Paths begin in this folder: run etcha here.
{
  "build": { "signingKeyPath": ${JSON.stringify(KEYS)} },
  // Configurations are no patterns.
  "lint": { "exclude": ["(^|/)etcha\\\\.jsonnet$", "(^|/)agents/"] },
  "targets": {
${target}
  },
}
`;
}

/** On another host it is a service, unless a configuration is there already. */
function startCommand(agentFile: string, host: string): string {
  if (isLoopback(host)) return `etcha -c ${agentFile} run`;
  return `ssh root@${host} 'umask 077 && set -C && mkdir -p /etc/etcha && cat >/etc/etcha/etcha.jsonnet && ` +
    `etcha service install' <${agentFile}`;
}

async function readIfThere(path: string, files: QuickstartFiles): Promise<string | undefined> {
  try {
    return await files.readText(path, FILE_LIMIT);
  } catch (error) {
    if (error instanceof HostError && error.kind === "not-found") return undefined;
    throw error;
  }
}
