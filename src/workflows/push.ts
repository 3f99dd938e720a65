import type { Config } from "../domain/config.ts";
import type { Milliseconds } from "../domain/duration.ts";
import { ok, type Result } from "../domain/problem.ts";
import type { Regexp } from "../domain/regexp.ts";
import type { Mode } from "../engine/run.ts";
import { type Clock, type Files, HostError, type Http } from "../host/host.ts";
import { type HostOutcome, type HostResult, isPushed, outcomeOf, unreached } from "./push_outcome.ts";
import type { Parcel } from "./push_tokens.ts";
import { sideBySide } from "./side_by_side.ts";
import { type Authorities, readAuthorities, targetTls, targetUrl } from "./target_link.ts";

export interface PushRequest {
  readonly source: string;
  readonly mode: Mode;
  /** Narrows the run on the host. */
  readonly filter?: Regexp;
  /** Hosts at once; at least 1. */
  readonly workers: number;
  /** So many failed hosts end the push: no further host is begun. */
  readonly maxFailures?: number;
  /** How long a host may take from the first attempt to connect to its answer; else as long as a run may, and a little. */
  readonly timeout?: Milliseconds;
}

export interface PushMeans {
  readonly files: Files;
  readonly http: Http;
  readonly clock: Pick<Clock, "monotonic">;
  /** Told when a host is begun, when it is sent to, and when it is through. */
  readonly progress: (name: string, state: "connecting" | "running" | HostResult) => void;
  /** Aborted when the user wants to end: no further host is begun, no answer is waited for. */
  readonly cancel: AbortSignal;
}

const CONNECT_TIMEOUT: Milliseconds = 10_000;
/** An agent sends its answer in one go: more than what a bad line needs means that nothing more comes. */
const STALL_TIMEOUT: Milliseconds = 30_000;
/** Beyond the time that a run may take: to wait in the queue of the host, and to send and answer. */
const ANSWER_GRACE: Milliseconds = 60_000;
/** Bytes. The outputs of a report are 8 Mi characters at most, and JSON makes at most six bytes of each. */
const ANSWER_LIMIT = 64 * 1024 * 1024;

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
  const authorities = await readAuthorities(
    parcels.map(({ target }) => target),
    config,
    means.files,
    "push",
  );
  if (!authorities.ok) return authorities;
  let failures = 0;
  const one = async (parcel: Parcel): Promise<HostResult> => {
    if (means.cancel.aborted) return { parcel, outcome: { kind: "not-sent", why: "cancelled" }, duration: 0 };
    if (failures >= (request.maxFailures ?? Infinity)) {
      return { parcel, outcome: { kind: "not-sent", why: "max-failures" }, duration: 0 };
    }
    const begin = means.clock.monotonic();
    means.progress(parcel.target.name, "connecting");
    const outcome = await send(parcel, request, { config, authorities: authorities.value }, means);
    return { parcel, outcome, duration: means.clock.monotonic() - begin };
  };
  const results = await sideBySide(parcels, request.workers, async (parcel) => {
    const result = await one(parcel);
    if (!isPushed(result)) failures++;
    means.progress(parcel.target.name, result);
    return result;
  });
  return ok(results);
}

async function send(
  parcel: Parcel,
  request: PushRequest,
  { config, authorities }: { readonly config: Config; readonly authorities: Authorities },
  { http, cancel, progress }: PushMeans,
): Promise<HostOutcome> {
  const { target } = parcel;
  const token = await parcel.token();
  if (!token.ok) return { kind: "failed", problem: token.problems[0]! };
  let isBegun = false;
  try {
    const response = await http.request({
      method: "POST",
      url: urlOf(parcel, request),
      body: token.value,
      timeout: request.timeout ?? config.run.timeoutPush + ANSWER_GRACE,
      connectTimeout: CONNECT_TIMEOUT,
      stallTimeout: STALL_TIMEOUT,
      bodyLimit: ANSWER_LIMIT,
      begun: () => {
        isBegun = true;
        progress(target.name, "running");
      },
      ...targetTls(target, config, authorities),
    }, cancel);
    return outcomeOf(response.status, new TextDecoder().decode(response.body), response.headers);
  } catch (error) {
    if (error instanceof HostError) return unreached(error, parcel, isBegun);
    if (!cancel.aborted) throw error;
    return isBegun ? { kind: "unanswered" } : { kind: "not-sent", why: "cancelled" };
  }
}

function urlOf({ target }: Parcel, { source, mode, filter }: PushRequest): string {
  const query = new URLSearchParams({
    ...(mode === "check" && { check: "true" }),
    ...(filter !== undefined && { filter: filter.source }),
  });
  return `${targetUrl(target, target.pathPush, source)}${query.size > 0 ? `?${query}` : ""}`;
}
