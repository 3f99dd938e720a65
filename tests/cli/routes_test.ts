/**
 * Every route of the real agent with every method, and with no, wrong, expired, replayed and foreign credentials: all are
 * refused alike. A new route is a new row.
 */
import { deepEqual, equal } from "node:assert/strict";
import { Agent, type Answer, inFolder, readText } from "./agent.ts";
import { folderDigest } from "./folder_digest.ts";
import { forge, patternClaims, seconds, testKey } from "./forge.ts";
import { shellClaims } from "./shell_call.ts";

const good = await testKey("good");
const wrong = await testKey("wrong");
const other = await testKey("other");

const SETTINGS = {
  run_listenAddress: "127.0.0.1:0",
  run_rateLimiterRate: "100000-H",
  run_systemMetricsSecret: "metrics-secret",
  run_systemPprofSecret: "pprof-secret",
  sources_target: { allowPush: true, shell: "true", verifyKeys: [good.publicKey], webhookPaths: ["/hook"] },
  sources_other: { allowPush: true, verifyKeys: [other.publicKey] },
  sources_closed: { verifyKeys: [good.publicKey] },
};
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"];
const EVIL = [{ id: "evil", always: true, change: "touch evil" }];
const NOTE = [{ id: "note", always: true, change: "echo note >>note" }];

/** What a request brings along to be let in. */
interface Credential {
  readonly name: string;
  readonly query?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Route {
  readonly path: string;
  readonly method: string;
  readonly refusal: number;
  /** Lets in; some do so for seconds only. */
  readonly good: () => Credential | Promise<Credential>;
  readonly bad: readonly Credential[];
}

/** Of a route that wants a secret. */
function secretRoute(path: string, secret: string, others: readonly Credential[]): Route {
  const bearer = (text: string) => ({ headers: { authorization: text } });
  return {
    path,
    method: "GET",
    refusal: 403,
    good: () => ({ name: "the secret", query: `?key=${secret}&seconds=1` }),
    bad: [
      { name: "nothing" },
      { name: "an empty secret", query: "?key=" },
      { name: "a wrong secret", query: "?key=wrong" },
      { name: "the beginning of the secret", query: `?key=${secret.slice(0, -1)}` },
      { name: "more than the secret", query: `?key=${secret}x` },
      { name: "the secret in capitals", query: `?key=${secret.toUpperCase()}` },
      { name: "the secret under another name", query: `?secret=${secret}` },
      { name: "a wrong key before the right one", query: `?key=x&key=${secret}` },
      { name: "a wrong bearer", ...bearer("Bearer wrong") },
      { name: "no bearer", ...bearer("Bearer ") },
      { name: "the secret as another scheme", ...bearer(`Basic ${secret}`) },
      ...others,
    ],
  };
}

async function routes(): Promise<readonly Route[]> {
  const now = seconds();
  const token = (claims: object, key = good, header = {}) => forge(patternClaims(EVIL, claims), key, header);
  const once = { etchaSource: "target", iat: now, exp: now + 200, jti: "a" };
  const command = (claims: object, key = good) => forge({ etchaOnce: "touch evil", ...once, ...claims }, key);
  const valid = await token({});
  const [header, payload] = valid.split(".");
  const push: Route = {
    path: "/etcha/v1/push/target",
    method: "POST",
    refusal: 404,
    good: async () => ({ name: "a token", body: await forge(patternClaims(NOTE), good) }),
    bad: [
      { name: "nothing" },
      { name: "no token", body: "x" },
      { name: "the secret of the metrics", body: "metrics-secret", query: "?key=metrics-secret" },
      { name: "a token as a bearer", headers: { authorization: `Bearer ${valid}` } },
      { name: "a token in the query", query: `?token=${valid}` },
      { name: "a token of an unknown key", body: await token({}, wrong) },
      { name: "a token of another source's key", body: await token({}, other) },
      { name: "a token for another source", body: await token({ etchaSource: "other" }) },
      { name: "a token without a signature", body: `${header}.${payload}.` },
      { name: "an expired token", body: await token({ exp: now - 40, iat: now - 100 }) },
      { name: "a token that is not valid yet", body: await token({ nbf: now + 100 }) },
      { name: "a token of the future", body: await token({ iat: now + 100 }) },
      { name: "a token that is older than the last one", body: await token({ iat: now - 1000 }) },
      { name: "a command for another source", body: await command({ etchaSource: "other" }) },
      { name: "an expired command", body: await command({ exp: now - 40, iat: now - 100 }) },
      { name: "what opens a shell", body: await forge(shellClaims({ etchaSource: "target" }), good) },
      { name: "a command that was run already", body: await command({ jti: "replayed", etchaOnce: "true" }) },
    ],
  };
  const opens = (claims: object = {}, key = good) => forge(shellClaims({ etchaSource: "target", ...claims }), key);
  const shell: Route = {
    path: "/etcha/v1/shell/target",
    method: "POST",
    refusal: 404,
    good: async () => ({ name: "what opens a shell", body: await opens() }),
    bad: [
      { name: "nothing" },
      { name: "no token", body: "x" },
      { name: "a token", body: valid },
      { name: "a command", body: await command({ jti: "b" }) },
      { name: "a token as a bearer", headers: { authorization: `Bearer ${await opens()}` } },
      { name: "what an unknown key says", body: await opens({}, wrong) },
      { name: "what another source's key says", body: await opens({}, other) },
      { name: "what opens a shell of another source", body: await opens({ etchaSource: "other" }) },
      { name: "what opened a shell long ago", body: await opens({ iat: now - 10, exp: now - 5 }) },
      { name: "what is typed into no shell", body: await opens({ i: crypto.randomUUID(), n: 1 }) },
    ],
  };
  const elsewhere = (path: string, body: string): Route => ({ ...push, path, bad: [{ name: "a token", body }] });
  const foreign = [{ name: "a token as a bearer", headers: { authorization: `Bearer ${valid}` } }];
  const secret = (name: string) => ({ name: `the secret of ${name}`, query: `?key=${name}-secret` });
  return [
    push,
    elsewhere("/etcha/v1/push/other", valid),
    elsewhere("/etcha/v1/push/closed", valid),
    elsewhere("/etcha/v1/push/nowhere", valid),
    shell,
    elsewhere("/etcha/v1/shell/other", await opens({ etchaSource: "other" }, other)),
    elsewhere("/etcha/v1/shell/nowhere", await opens({ etchaSource: "nowhere" })),
    secretRoute("/etcha/v1/system/metrics", "metrics-secret", [...foreign, secret("pprof")]),
    secretRoute("/etcha/v1/system/pprof/cpu", "pprof-secret", [...foreign, secret("metrics")]),
    secretRoute("/etcha/v1/system/pprof/heap", "pprof-secret", [...foreign, secret("metrics")]),
  ];
}

/** Paths of nothing: whoever asks, and however. */
const UNKNOWN = [
  ...["/", "/x", "/etcha", "/etcha/", "/etcha/v1", "/etcha/v1/", "/etcha/v2/push/target", "/ETCHA/v1/push/target"],
  ...[
    "/etcha/v1/push",
    "/etcha/v1/push/",
    "/etcha/v1/push//target",
    "/etcha/v1/push/target/",
    "/etcha/v1/push/target/x",
  ],
  ...["/etcha/v1/system", "/etcha/v1/system/metrics/", "/etcha/v1/system/metrics/x", "/etcha/v1/system/pprof"],
  ...["/etcha/v1/shell", "/etcha/v1/shell/", "/etcha/v1/shell/target/x"],
  ...["//etcha/v1/push/target", "/etcha/v1/push%2ftarget", "/hook/", "/hook/x", "/Hook"],
];

/** All that a caller can tell an answer by, but when it came and how often it may ask again. */
function seen({ status, headers, body }: Answer): unknown {
  const told = Object.entries(headers).filter(([name]) => name !== "date")
    .map(([name, value]) => [name, name.startsWith("x-rate-limit") ? "" : value]);
  return { status, headers: Object.fromEntries(told), body };
}

/** The same without what tells that it was counted as refused: what no webhook takes is, a path of nothing is not. */
function seenUncounted(answer: Answer): unknown {
  const headers = Object.entries(answer.headers).filter(([name]) => !name.startsWith("x-rate-limit"));
  return seen({ ...answer, headers: Object.fromEntries(headers) });
}

Deno.test("every route and method, without what lets in: all are refused alike, and nothing is touched", () =>
  inFolder(async (cwd) => {
    await using agent = await new Agent({ cwd, settings: SETTINGS }).listening();
    const table = await routes();
    const ask = (path: string, method: string, { query = "", body, headers = {} }: Credential) =>
      agent.call(`${path}${query}`, { method, headers, ...(body !== undefined && { body }) });
    const [push] = table;
    // What the first rows replay and go behind of.
    equal((await ask(push!.path, push!.method, await push!.good())).status, 200, agent.log);
    const replayed = push!.bad.find(({ name }) => /run already/.test(name))!;
    equal((await ask(push!.path, push!.method, replayed)).status, 200, agent.log);
    const state = await folderDigest(`${cwd}/etcha`);

    const refusals = new Map<number, unknown>();
    for (const { path, method, refusal, bad } of table) {
      for (const credential of bad) {
        const answer = await ask(path, method, credential);
        const what = `${method} ${path} with ${credential.name}`;
        equal(answer.status, refusal, what);
        if (!refusals.has(refusal)) refusals.set(refusal, seen(answer));
        deepEqual([what, seen(answer)], [what, refusals.get(refusal)]);
      }
    }

    const unknown = seenUncounted(await ask("/etcha/v1/nothing", "GET", { name: "nothing" }));
    const unknownHead = seenUncounted(await ask("/etcha/v1/nothing", "HEAD", { name: "nothing" }));
    const isUnknown = (answer: Answer, method: string, path: string) => {
      const what = `${method} ${path}`;
      deepEqual([what, seenUncounted(answer)], [what, method === "HEAD" ? unknownHead : unknown]);
    };
    for (const { path, method: right, good } of table) {
      const lets = await good();
      for (const method of METHODS) {
        if (method === right) continue;
        // A HEAD is a GET of which only the head is sent (RFC 9110, 9.3.2).
        const isHead = method === "HEAD" && right === "GET";
        const answer = await ask(path, method, isHead ? { name: "nothing" } : lets);
        if (isHead) deepEqual([path, answer.status, answer.body], [path, 403, ""]);
        else isUnknown(answer, method, path);
      }
    }
    const token = await push!.good();
    for (const path of UNKNOWN) {
      for (const method of ["GET", "HEAD", "POST", "PROPFIND"]) {
        isUnknown(
          await ask(path, method, method === "GET" || method === "HEAD" ? { name: "nothing" } : token),
          method,
          path,
        );
      }
    }
    deepEqual(await folderDigest(`${cwd}/etcha`), state);
    equal(readText(`${cwd}/evil`), "");
    equal(readText(`${cwd}/note`), "note\n");

    for (const { path, method, good, bad } of table) {
      if (bad.length > 1) equal((await ask(path, method, await good())).status, 200, path);
    }
  }));
