import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { parseConfig } from "../../src/domain/config_layers.ts";
import { ok, problemsText } from "../../src/domain/problem.ts";
import { pushAnswer } from "../../src/domain/push_answer.ts";
import { bareTarget, type Target } from "../../src/domain/target.ts";
import { CertificateError, HostError, type Http, type HttpRequest, type HttpResponse } from "../../src/host/host.ts";
import { push, type PushRequest } from "../../src/workflows/push.ts";
import { type HostResult, isPushed, outcomeError, verdictOf } from "../../src/workflows/push_outcome.ts";
import type { Parcel } from "../../src/workflows/push_tokens.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { FakeFiles } from "../fakes/fake_files.ts";

type Reply =
  | { readonly status?: number; readonly body?: unknown; readonly after?: string }
  | Error
  /** What happens when the request has been sent. */
  | { readonly then: Error }
  | "never"
  /** Nobody answers at that address. */
  | "silent";

/** Hosts by name that answer as they are told; remembers what they were asked, and how many were busy at once. */
class Hosts implements Http {
  readonly asked: HttpRequest[] = [];
  most = 0;
  #busy = 0;
  constructor(private readonly replies: Readonly<Record<string, Reply>>) {}

  async request(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    signal.throwIfAborted();
    this.asked.push(request);
    this.most = Math.max(this.most, ++this.#busy);
    try {
      const reply = this.replies[new URL(request.url).hostname] ?? {};
      if (reply instanceof Error) throw reply;
      if (reply !== "silent") request.begun?.();
      if (typeof reply === "object" && "then" in reply) throw reply.then;
      await new Promise<void>((resolve, reject) => {
        if (reply === "never" || reply === "silent") {
          signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        } else queueMicrotask(resolve);
      });
      const { status = 200, body = pushAnswer({}), after } = reply as Extract<Reply, { status?: number }>;
      const text = typeof body === "string" ? body : JSON.stringify(body);
      return {
        status,
        headers: new Headers(after === undefined ? {} : { "retry-after": after }),
        body: new TextEncoder().encode(text),
      };
    } finally {
      this.#busy--;
    }
  }
}

function config(build: unknown = {}) {
  const parsed = parseConfig([{ origin: "test", place: "file", value: { build } }]);
  if (!parsed.ok) throw new Error(problemsText(parsed.problems));
  return parsed.value.config;
}

function parcel(name: string, more: Partial<Target> = {}): Parcel {
  const target = { ...bareTarget(name), ...more };
  return { target, what: "x", kind: "pattern", token: () => Promise.resolve(ok(`token for ${name}`)) };
}

interface Trial {
  readonly replies?: Readonly<Record<string, Reply>>;
  readonly request?: Partial<PushRequest>;
  readonly build?: unknown;
  readonly files?: Readonly<Record<string, string>>;
  readonly cancel?: AbortSignal;
  readonly progress?: (name: string, state: string) => void;
}

async function tryPush(parcels: readonly Parcel[], trial: Trial = {}) {
  const http = new Hosts(trial.replies ?? {});
  const pushed = await push(
    parcels,
    { source: "core", mode: "change", workers: 8, ...trial.request },
    config(trial.build),
    {
      files: new FakeFiles(trial.files ?? {}),
      http,
      clock: new FakeClock(),
      progress: (name, state) => trial.progress?.(name, typeof state === "string" ? state : state.outcome.kind),
      cancel: trial.cancel ?? new AbortController().signal,
    },
  );
  if (!pushed.ok) throw new Error(problemsText(pushed.problems));
  return { http, results: pushed.value };
}

function said({ outcome }: HostResult): string {
  return outcomeError(outcome);
}

Deno.test("a push is one POST of the token to the host's address", async () => {
  const { http, results } = await tryPush([
    parcel("web1", { port: 4001, pathPush: "/p/" }),
    parcel("six", { hostname: "fd00::7", insecure: true }),
  ], { request: { mode: "check", filter: { source: "a b", test: () => true } } });
  deepEqual(results.map(isPushed), [true, true]);
  const [first, second] = http.asked;
  equal(first?.method, "POST");
  equal(first?.url, "https://web1:4001/p/core?check=true&filter=a+b");
  equal(first?.body, "token for web1");
  truthy((first?.timeout ?? 0) >= 600_000 && (first?.connectTimeout ?? Infinity) <= 10_000);
  equal(second?.url, "http://[fd00::7]:4000/etcha/v1/push/core?check=true&filter=a+b");
  equal(second?.tls, undefined);
});

Deno.test("what a certificate may be is said per target", async () => {
  const { http } = await tryPush(
    [parcel("a"), parcel("b", { tlsCA: "b.pem" }), parcel("c", { tlsFingerprint: "ab" })],
    { build: { pushTLSCA: "all.pem", pushTLSSkipVerify: true }, files: { "all.pem": "ALL", "b.pem": "B" } },
  );
  deepEqual(http.asked.map(({ tls }) => tls), [
    { skipVerify: true, ca: "ALL" },
    { skipVerify: true, ca: "B" },
    { skipVerify: true, ca: "ALL", fingerprint: "ab" },
  ]);
});

Deno.test("an authority that can't be read ends the push before anything is sent", async () => {
  const http = new Hosts({});
  const pushed = await push(
    [parcel("a")],
    { source: "core", mode: "change", workers: 1 },
    config({ pushTLSCA: "no" }),
    {
      files: new FakeFiles(),
      http,
      clock: new FakeClock(),
      progress: () => {},
      cancel: new AbortController().signal,
    },
  );
  truthy(!pushed.ok);
  deepEqual([pushed.problems[0]?.code, pushed.problems[0]?.where], ["ca-unreadable", "build.pushTLSCA"]);
  equal(http.asked.length, 0);
});

const ANSWERS: readonly (readonly [string, Reply, RegExp])[] = [
  ["a run that failed", { status: 500, body: pushAnswer({ err: "it broke" }) }, /^it broke$/],
  ["a failure without words", { status: 500, body: pushAnswer({}) }, /no more than that it failed/],
  ["a refusal", { status: 404, body: pushAnswer({ err: "push didn't match any sources" }) }, /^push didn't match/],
  ["another server", { status: 404, body: "<html>" }, /status 404[^]*etcha agent/],
  ["another server that is content", { status: 200, body: "hello" }, /status 200[^]*etcha agent/],
  ["an object of another kind", { status: 200, body: { status: "up" } }, /status 200/],
  ["a list", { status: 200, body: [1] }, /status 200/],
  ["too many refusals", { status: 429, body: "no" }, /refused too many[^]*in a while/],
  ["a limit with a time", { status: 429, body: "no", after: "75" }, /refused too many[^]*try again in 1m15s/],
  ["a limit with a date", { status: 429, body: "no", after: "Mon, 23 Nov 2026" }, /try again in a while/],
  ["an agent that begins", { status: 503, body: "starting\n", after: "5" }, /can't take it now[^]*try again in 5s/],
  ["a full queue", { status: 503, body: pushAnswer({ err: "too much is waiting" }) }, /^too much is waiting$/],
  ["a closed port", new HostError("unreachable", "h:4000: connection refused"), /refused[^]*port 4000 open/],
  ["silence", new HostError("timeout", "h: no answer"), /no answer[^]*does the agent run/],
  ["no TLS", new HostError("tls", "it answers without TLS"), /^it answers without TLS$/],
  ["a strange certificate", new CertificateError("not trusted", "AB:CD"), /-x targets_h_tlsFingerprint=AB:CD\n/],
  [
    "one for a file",
    new CertificateError("not trusted", "AB:CD"),
    /targets: \{ 'h': \{ tlsFingerprint: 'AB:CD' \} \}\n/,
  ],
  ["a certificate unseen", new CertificateError("not trusted", undefined), /not trusted[^]*pushTLSCA/],
];

for (const [what, reply, text] of ANSWERS) {
  Deno.test(`${what} is told as an error of that host alone`, async () => {
    const { results } = await tryPush([parcel("h"), parcel("other")], { replies: { h: reply } });
    deepEqual(results.map(isPushed), [false, true]);
    match(said(results[0]!), text);
  });
}

Deno.test("a host whose address is no name of a target gets one to pin its certificate", async () => {
  const reply = new CertificateError("not trusted", "AB:CD");
  const { results } = await tryPush([parcel("fd00::7")], { replies: { "[fd00::7]": reply } });
  match(
    said(results[0]!),
    /targets: \{ NAME: \{ hostname: 'fd00::7', tlsFingerprint: 'AB:CD' \} \}\n.*name that target/,
  );
});

Deno.test("an exception that is none of the host's is a bug and surfaces", async () => {
  let thrown: unknown;
  await tryPush([parcel("h")], { replies: { h: new TypeError("bug") } }).catch((error) => thrown = error);
  truthy(thrown instanceof TypeError);
});

Deno.test("so many at once and no more; results keep the order of the hosts", async () => {
  const names = Array.from({ length: 40 }, (_, i) => `h${i}`);
  const { http, results } = await tryPush(names.map((name) => parcel(name)), { request: { workers: 3 } });
  equal(http.most, 3);
  deepEqual(results.map(({ parcel }) => parcel.target.name), names);
});

Deno.test("enough failures end the push", async () => {
  const bad = { status: 500, body: pushAnswer({ err: "no" }) };
  const { http, results } = await tryPush(["a", "b", "c", "d"].map((name) => parcel(name)), {
    replies: { a: bad, c: bad },
    request: { workers: 1, maxFailures: 2 },
  });
  equal(http.asked.length, 3);
  deepEqual(results.map(said), ["no", "", "no", "not sent: too many hosts have failed"]);
});

Deno.test("a push that is ended says of every host what it knows", async () => {
  const ending = new AbortController();
  const progress: string[] = [];
  const pushed = tryPush(["a", "b", "c", "d"].map((name) => parcel(name)), {
    replies: { b: "never", c: "silent" },
    request: { workers: 2 },
    cancel: ending.signal,
    progress: (name, state) => {
      progress.push(`${name} ${state}`);
      if (name === "c" && state === "connecting") {
        queueMicrotask(() => ending.abort(new DOMException("x", "AbortError")));
      }
    },
  });
  const { results } = await pushed;
  deepEqual(results.map(verdictOf), ["unchanged", "unanswered", "not-sent", "not-sent"]);
  match(said(results[1]!), /may be running it/);
  deepEqual(progress.filter((line) => /^b/.test(line)), ["b connecting", "b running", "b unanswered"]);
  deepEqual(progress.filter((line) => /^c/.test(line)), ["c connecting", "c not-sent"]);
});

Deno.test("what was sent and not answered may be running; what nobody took was never sent", async () => {
  const replies: Record<string, Reply> = {
    late: { then: new HostError("timeout", "late: no answer within 30s") },
    broken: { then: new HostError("unreachable", "broken: it closed the connection") },
    closed: new HostError("unreachable", "closed: connection refused"),
    strange: { then: new CertificateError("not trusted", undefined) },
  };
  const { results, http } = await tryPush(Object.keys(replies).map((name) => parcel(name)), {
    replies,
    request: { timeout: 30_000 },
  });
  deepEqual(results.map(verdictOf), ["unanswered", "unanswered", "unreachable", "failed"]);
  match(said(results[0]!), /no answer within 30s\n[^]*it was sent, and the host may be running it/);
  deepEqual(http.asked.map(({ timeout }) => timeout), [30_000, 30_000, 30_000, 30_000]);
});

Deno.test("one word for each result", async () => {
  const replies = {
    a: { body: pushAnswer({ changedIDs: ["x"] }) },
    b: { body: pushAnswer({ removedIDs: ["x"], check: true }) },
    c: { body: pushAnswer({ check: true }) },
    d: { status: 500, body: pushAnswer({ changedIDs: ["x"], err: "no" }) },
  };
  const { results } = await tryPush(Object.keys(replies).map((name) => parcel(name)), { replies });
  deepEqual(results.map(verdictOf), ["changed", "would-change", "unchanged", "failed"]);
  const command = await tryPush([{ ...parcel("a"), kind: "command" }], { replies });
  deepEqual(command.results.map(verdictOf), ["done"]);
});
