import type { Config } from "../domain/config.ts";
import { formatDuration, type Milliseconds } from "../domain/duration.ts";
import { bad, ok, type Problem, problemText, type Result } from "../domain/problem.ts";
import { parsePushAnswer, type PushAnswer, pushAnswer, REFUSED } from "../domain/push_answer.ts";
import type { Regexp } from "../domain/regexp.ts";
import type { Mode } from "../engine/run.ts";
import { CertificateError, type Files, HostError, type Http, type HttpRequest } from "../host/host.ts";
import type { Parcel } from "./push_tokens.ts";

export interface PushRequest {
  readonly source: string;
  readonly mode: Mode;
  /** Narrows the run on the host. */
  readonly filter?: Regexp;
  /** Hosts at once; at least 1. */
  readonly workers: number;
  /** So many failed hosts end the push: no further host is begun. */
  readonly maxFailures?: number;
}

export interface PushMeans {
  readonly files: Files;
  readonly http: Http;
  /** Told when a host is begun and when it is through. */
  readonly progress: (name: string, state: "running" | HostOutcome) => void;
  /** Aborted when the user wants to end: no further host is begun, no answer is waited for. */
  readonly cancel: AbortSignal;
}

/** How it went with one host. */
export type HostOutcome =
  | { readonly kind: "answered"; readonly answer: PushAnswer }
  | { readonly kind: "failed"; readonly problem: Problem }
  /** The token was sent, or about to be, when the user ended the push: the host may be running it. */
  | { readonly kind: "unanswered" }
  | { readonly kind: "not-sent"; readonly why: "cancelled" | "max-failures" };

export interface HostResult {
  readonly parcel: Parcel;
  readonly outcome: HostOutcome;
}

const CONNECT_TIMEOUT: Milliseconds = 10_000;
/** Beyond the time that a run may take: to wait in the queue of the host, and to send and answer. */
const ANSWER_GRACE: Milliseconds = 60_000;
/** Bytes. The outputs of a report are 8 Mi characters at most, and JSON makes at most six bytes of each. */
const ANSWER_LIMIT = 64 * 1024 * 1024;
const CA_LIMIT = 1024 * 1024;

/** Whether everything is as it was wished for on that host. */
export function isPushed({ outcome }: HostResult): boolean {
  return outcome.kind === "answered" && outcome.answer.err === "";
}

/**
 * Sends every parcel to its host, several at once, and waits for the answers. The results are in the order of the parcels.
 * Problem `ca-unreadable`, before anything is sent.
 */
export async function push(
  parcels: readonly Parcel[],
  request: PushRequest,
  config: Config,
  means: PushMeans,
): Promise<Result<readonly HostResult[]>> {
  const authorities = await readAuthorities(parcels, config, means.files);
  if (!authorities.ok) return authorities;
  const results: HostResult[] = [];
  let next = 0;
  let failures = 0;
  const worker = async () => {
    while (next < parcels.length) {
      const at = next++;
      const parcel = parcels[at]!;
      const outcome = await one(parcel);
      results[at] = { parcel, outcome };
      if (!isPushed(results[at])) failures++;
      means.progress(parcel.target.name, outcome);
    }
  };
  const one = async (parcel: Parcel): Promise<HostOutcome> => {
    if (means.cancel.aborted) return { kind: "not-sent", why: "cancelled" };
    if (failures >= (request.maxFailures ?? Infinity)) return { kind: "not-sent", why: "max-failures" };
    means.progress(parcel.target.name, "running");
    return await send(parcel, request, { config, ca: authorities.value.get(caPath(parcel, config)) }, means);
  };
  await Promise.all(Array.from({ length: Math.min(request.workers, parcels.length) }, worker));
  return ok(results);
}

async function send(
  parcel: Parcel,
  request: PushRequest,
  trust: { readonly config: Config; readonly ca: string | undefined },
  { http, cancel }: PushMeans,
): Promise<HostOutcome> {
  const { config, ca } = trust;
  const { target } = parcel;
  const token = await parcel.token();
  if (!token.ok) return { kind: "failed", problem: token.problems[0]! };
  const tls: HttpRequest["tls"] = {
    skipVerify: config.build.pushTLSSkipVerify,
    ...(ca !== undefined && { ca }),
    ...(target.tlsFingerprint !== undefined && { fingerprint: target.tlsFingerprint }),
  };
  try {
    const response = await http.request({
      method: "POST",
      url: urlOf(parcel, request),
      body: token.value,
      timeout: config.run.timeoutPush + ANSWER_GRACE,
      connectTimeout: CONNECT_TIMEOUT,
      bodyLimit: ANSWER_LIMIT,
      ...(!target.insecure && { tls }),
    }, cancel);
    return outcomeOf(response.status, new TextDecoder().decode(response.body), response.headers);
  } catch (error) {
    if (error instanceof HostError) return { kind: "failed", problem: unreached(error, parcel) };
    if (cancel.aborted) return { kind: "unanswered" };
    throw error;
  }
}

function urlOf({ target }: Parcel, { source, mode, filter }: PushRequest): string {
  const scheme = target.insecure ? "http" : "https";
  const host = target.hostname.includes(":") ? `[${target.hostname}]` : target.hostname;
  const query = new URLSearchParams({
    ...(mode === "check" && { check: "true" }),
    ...(filter !== undefined && { filter: filter.source }),
  });
  const path = `${target.pathPush.replace(/\/+$/, "")}/${encodeURIComponent(source)}`;
  return `${scheme}://${host}:${target.port}${path}${query.size > 0 ? `?${query}` : ""}`;
}

/** What answered may be anything that listens there. */
function outcomeOf(status: number, body: string, headers: Headers): HostOutcome {
  const parsed = parsePushAnswer(body);
  if (parsed.ok && (status === 200 || parsed.value.err !== "")) return { kind: "answered", answer: parsed.value };
  if (parsed.ok && status === 500) {
    return { kind: "answered", answer: { ...parsed.value, err: "the host says no more than that it failed" } };
  }
  if (parsed.ok && status === 404) return { kind: "answered", answer: pushAnswer({ err: REFUSED }) };
  const problem = { attempted: "push", found: `the host answered with status ${status}` };
  if (status === 429) {
    const found = "the host has refused too many requests from here";
    return { kind: "failed", problem: { ...problem, code: "push-limited", found, hint: retryHint(headers) } };
  }
  if (status === 503) {
    const found = "the host can't take it now: the agent begins or ends";
    return { kind: "failed", problem: { ...problem, code: "push-unavailable", found, hint: retryHint(headers) } };
  }
  const hint = "is it an etcha agent that listens there?";
  return { kind: "failed", problem: { ...problem, code: "push-bad-answer", hint } };
}

/** When to come back, if the host says it in seconds (RFC 9110, 10.2.3). */
function retryHint(headers: Headers): string {
  const seconds = headers.get("retry-after") ?? "";
  return /^\d{1,6}$/.test(seconds) ? `try again in ${formatDuration(Number(seconds) * 1000)}` : "try again in a while";
}

function unreached(error: HostError, { target }: Parcel): Problem {
  const problem = { attempted: "push", found: error.message };
  if (error instanceof CertificateError) {
    return { ...problem, code: "push-certificate", hint: trustHint(error, target) };
  }
  if (error.kind === "tls") return { ...problem, code: "push-tls" };
  if (error.kind === "timeout" || error.kind === "unreachable") {
    const hint = `does the agent run there, and is port ${target.port} open from here?`;
    return { ...problem, code: "push-unreachable", hint };
  }
  return { ...problem, code: "push-failed" };
}

/** What to set. Only somebody who compares the fingerprint can tell whether it is the right one. */
function trustHint({ fingerprint }: CertificateError, { name }: Parcel["target"]): string {
  const pin = fingerprint === undefined ? [] : [`-x targets_${name}_tlsFingerprint=${fingerprint}`];
  return [
    "add one of these before push; the first one only if the agent's log shows that fingerprint:",
    ...pin,
    "-x build_pushTLSCA=FILE          (PEM of the authority that signed it)",
    "-x build_pushTLSSkipVerify=true  (whoever answers: for a test)",
  ].join("\n    ");
}

/** "" for none. */
function caPath({ target }: Parcel, config: Config): string {
  return target.tlsCA ?? config.build.pushTLSCA ?? "";
}

async function readAuthorities(
  parcels: readonly Parcel[],
  config: Config,
  files: Files,
): Promise<Result<ReadonlyMap<string, string>>> {
  const read = new Map<string, string>();
  const problems: Problem[] = [];
  for (const path of new Set(parcels.map((parcel) => caPath(parcel, config)))) {
    if (path === "") continue;
    try {
      read.set(path, await files.readText(path, CA_LIMIT));
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      const where = config.build.pushTLSCA === path ? "build.pushTLSCA" : "tlsCA of a target";
      problems.push({ code: "ca-unreadable", attempted: "push", found: error.message, where });
    }
  }
  return problems.length === 0 ? ok(read) : bad(...problems);
}

/** One text for what went wrong with a host; nothing when nothing did. */
export function outcomeError(outcome: HostOutcome): string {
  switch (outcome.kind) {
    case "answered":
      return outcome.answer.err;
    case "failed":
      return problemText({ ...outcome.problem, attempted: "" });
    case "unanswered":
      return "sent, and not waited for: the host may be running it";
    case "not-sent":
      return outcome.why === "cancelled" ? "not sent" : "not sent: too many hosts have failed";
  }
}
