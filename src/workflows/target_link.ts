import type { Config } from "../domain/config.ts";
import { NAME } from "../domain/config_tree.ts";
import { bad, ok, type Problem, type Result } from "../domain/problem.ts";
import type { Target } from "../domain/target.ts";
import { CertificateError, type Files, HostError, type HttpRequest } from "../host/host.ts";

const CA_LIMIT = 1024 * 1024;

/** Where a source of a target is reached; `path` is that of the endpoint. */
export function targetUrl(target: Target, path: string, source: string): string {
  const scheme = target.insecure ? "http" : "https";
  const host = target.hostname.includes(":") ? `[${target.hostname}]` : target.hostname;
  return `${scheme}://${host}:${target.port}${path.replace(/\/+$/, "")}/${encodeURIComponent(source)}`;
}

/** PEM of private authorities, by the path of its file; "" for none. */
export type Authorities = ReadonlyMap<string, string>;

/** Reads each file once. Problems `ca-unreadable`; `command` is what the user has called. */
export async function readAuthorities(
  targets: readonly Target[],
  config: Config,
  files: Pick<Files, "readText">,
  command: string,
): Promise<Result<Authorities>> {
  const read = new Map<string, string>();
  const problems: Problem[] = [];
  for (const path of new Set(targets.map((target) => authorityPath(target, config)))) {
    if (path === "") continue;
    try {
      read.set(path, await files.readText(path, CA_LIMIT));
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      const where = config.build.pushTLSCA === path ? "build.pushTLSCA" : "tlsCA of a target";
      problems.push({ code: "ca-unreadable", attempted: command, found: error.message, where });
    }
  }
  return problems.length === 0 ? ok(read) : bad(...problems);
}

/** By what the certificate of a target is known. */
export function targetTls(target: Target, config: Config, authorities: Authorities): Pick<HttpRequest, "tls"> {
  if (target.insecure) return {};
  const ca = authorities.get(authorityPath(target, config));
  return {
    tls: {
      skipVerify: config.build.pushTLSSkipVerify,
      ...(ca !== undefined && { ca }),
      ...(target.tlsFingerprint !== undefined && { fingerprint: target.tlsFingerprint }),
    },
  };
}

function authorityPath(target: Target, config: Config): string {
  return target.tlsCA ?? config.build.pushTLSCA ?? "";
}

/** Why a host could not be spoken to; `command` is what the user has called. */
export function unreachedProblem(error: HostError, target: Target, command: string): Problem {
  const problem = { attempted: command, found: error.message };
  if (error instanceof CertificateError) {
    return { ...problem, code: `${command}-certificate`, hint: trustHint(error, target, command) };
  }
  if (error.kind === "tls") return { ...problem, code: `${command}-tls` };
  if (error.kind === "timeout" || error.kind === "unreachable") {
    const hint = `does the agent run there, and is port ${target.port} open from here?`;
    return { ...problem, code: `${command}-unreachable`, hint };
  }
  return { ...problem, code: `${command}-failed` };
}

/** What to set. Only somebody who compares the fingerprint can tell whether it is the right one. */
function trustHint({ fingerprint }: CertificateError, target: Target, command: string): string {
  const others = [
    "    -x build_pushTLSCA=FILE          (PEM of the authority that signed it)",
    "    -x build_pushTLSSkipVerify=true  (whoever answers: for a test)",
  ];
  if (fingerprint === undefined) return [`add one of these before ${command}:`, ...others].join("\n");
  const pinned = `if the agent's log shows that fingerprint, pin it before ${command} by`;
  return [pinned, ...pins(fingerprint, target), "  else add one of", ...others].join("\n");
}

/** As a flag, where its host can be the name of a target, and in a file. */
function pins(fingerprint: string, { name, hostname }: Target): readonly string[] {
  const pin = `tlsFingerprint: '${fingerprint}'`;
  return NAME.test(name)
    ? [
      `    -x targets_${name}_tlsFingerprint=${fingerprint}`,
      "  or in etcha.jsonnet by",
      `    targets: { '${name}': { ${pin} } }`,
    ]
    : [
      `    targets: { NAME: { hostname: '${hostname}', ${pin} } }`,
      "  in etcha.jsonnet, and name that target instead;",
    ];
}
