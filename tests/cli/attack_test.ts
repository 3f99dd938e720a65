/** Hostile pushes and probes against the real program over real HTTPS: what they get, what they touch, what is logged. */
import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { Agent, type Answer, inFolder, readText } from "./agent.ts";
import { attacks, EVIL } from "./attacks.ts";
import { forge, patternClaims, seconds, testKey } from "./forge.ts";
import { folderDigest } from "./folder_digest.ts";

const good = await testKey("good");
const wrong = await testKey("wrong");
const namesake = await testKey("good");
const elliptic = await testKey("elliptic", "ecp256");
const rsa = await testKey("rsa", "rsa2048");

const HARMLESS = [{ id: "note", always: true, change: "echo note >>note" }];
const REFUSED = JSON.stringify({
  changedIDs: [],
  changedOutputs: [],
  err: "push didn't match any sources",
  exit: false,
  removedIDs: [],
  removedOutputs: [],
});

/** An agent in a folder of its own, with the sources that are attacked. */
async function withAgent(settings: object, body: (agent: Agent, cwd: string) => Promise<void>): Promise<void> {
  await inFolder(async (cwd) => {
    await using agent = new Agent({
      cwd,
      settings: {
        run_listenAddress: "127.0.0.1:0",
        run_verifyKeys: [good.publicKey],
        sources_target: { allowPush: true },
        sources_other: { allowPush: true },
        sources_back: { allowPush: true, allowRollback: true },
        sources_closed: {},
        sources_elliptic: { allowPush: true, verifyKeys: [elliptic.publicKey, rsa.publicKey] },
        ...settings,
      },
    });
    await body(await agent.listening(), cwd);
    truthy(!agent.hasEnded, agent.log);
  });
}

const MANY = { run_rateLimiterRate: "100000-H" };

function errorLines(log: string): readonly string[] {
  return log.split("\n").filter((line) => line.includes('level="ERROR"'));
}

/** All that a caller can tell a refusal by. */
function seen({ status, headers, body }: Answer): unknown {
  return [status, body, headers["content-type"], headers["content-length"], Object.keys(headers).sort()];
}

Deno.test("every hostile token gets the same 404, one line in the log, and touches nothing", () =>
  withAgent(MANY, async (agent, cwd) => {
    const first = await agent.push("target", await forge(patternClaims(HARMLESS), good));
    equal(first.status, 200, first.body);
    const same = seen(await agent.push("nowhere", "x"));
    for (const attack of await attacks({ good, wrong, namesake, elliptic, rsa })) {
      const before = { state: await folderDigest(`${cwd}/etcha`), log: agent.log.length };
      const answer = await agent.push(attack.source ?? "target", attack.token);
      deepEqual([attack.name, answer.body], [attack.name, REFUSED]);
      deepEqual([attack.name, seen(answer)], [attack.name, same]);
      deepEqual([attack.name, await folderDigest(`${cwd}/etcha`)], [attack.name, before.state]);
      const lines = errorLines(agent.log.slice(before.log));
      equal(lines.length, 1, `${attack.name}: ${lines.join("\n")}`);
      match(lines[0]!, attack.reason, attack.name);
      match(lines[0]!, /function="push" status=404 success=false .*refused a push from 127\.0\.0\.1/);
      if (attack.keyId !== undefined) truthy(lines[0]!.includes(`key \\"${attack.keyId}\\"`), lines[0]);
    }
    equal(readText(`${cwd}/evil`), "");
    equal(readText(`${cwd}/note`), "note\n");
    // What was remembered is still what counts: the good ones go on being taken.
    equal((await agent.push("target", await forge(patternClaims(HARMLESS), good))).status, 200);
  }));

Deno.test("an unknown source and one without allowPush are answered like a bad token, whatever comes", () =>
  withAgent(MANY, async (agent, cwd) => {
    const before = await folderDigest(`${cwd}/etcha`);
    const valid = await forge(patternClaims(EVIL), good);
    const bad = await forge(patternClaims(EVIL), wrong);
    const asked: [string, string][] = [["target", bad]];
    for (const source of ["closed", "nowhere", "__proto__", "constructor", "TARGET", "..%2ftarget", "%00"]) {
      asked.push([source, valid], [source, bad]);
    }
    const answers = await Promise.all(asked.map(([source, token]) => agent.push(source, token)));
    for (const answer of answers) deepEqual(seen(answer), seen(answers[0]!));
    equal(answers[0]?.body, REFUSED);
    match(agent.log, /sourceName="closed" error="refused a push from 127\.0\.0\.1: the source takes no pushes/);
    match(agent.log, /refused a push from 127\.0\.0\.1: there is no source \\"nowhere\\"/);
    equal(errorLines(agent.log).length, asked.length);
    deepEqual(await folderDigest(`${cwd}/etcha`), before);
    equal(readText(`${cwd}/evil`), "");
  }));

Deno.test("a token of more than 32 MiB is refused, announced or not, and the answer arrives", () =>
  withAgent(MANY, async (agent, cwd) => {
    const before = await folderDigest(`${cwd}/etcha`);
    const body = new Uint8Array(32 * 1024 * 1024 + 1).fill(65);
    const announced = await agent.push("target", body);
    equal(announced.status, 413);
    const chunked = await agent.push("target", body, { headers: { "transfer-encoding": "chunked" } });
    equal(chunked.status, 413);
    equal(errorLines(agent.log).length, 2);
    match(agent.log, /refused a push from 127\.0\.0\.1: the token is larger than 33554432 bytes/);
    deepEqual(await folderDigest(`${cwd}/etcha`), before);
    const claim = await agent.push("target", "x", { headers: { "content-length": "999999999999" } })
      .catch((error: Error) => error);
    truthy(claim instanceof Error || claim.status === 413);
    equal((await agent.push("target", await forge(patternClaims(HARMLESS), good))).status, 200);
  }));

Deno.test("a filter that is none, and check mode, change nothing", () =>
  withAgent(MANY, async (agent, cwd) => {
    const token = await forge(patternClaims(EVIL), good);
    const before = await folderDigest(`${cwd}/etcha`);
    const filtered = await agent.push("target", token, { query: "?filter=(" });
    equal(filtered.status, 400);
    match(JSON.parse(filtered.body).err, /filter/);
    deepEqual(await folderDigest(`${cwd}/etcha`), before);
    const checked = await agent.push("target", token, { query: "?check" });
    deepEqual([checked.status, JSON.parse(checked.body).changedIDs], [200, ["evil"]]);
    deepEqual(await folderDigest(`${cwd}/etcha`), before);
    equal(readText(`${cwd}/evil`), "");
  }));

Deno.test("allowRollback takes an older token, and the newest one stays the mark elsewhere", () =>
  withAgent(MANY, async (agent) => {
    const [now, then] = [seconds(), seconds() - 500];
    for (const [source, status] of [["target", 404], ["back", 200]] as const) {
      equal((await agent.push(source, await forge(patternClaims(HARMLESS, { iat: now }), good))).status, 200);
      equal((await agent.push(source, await forge(patternClaims(HARMLESS, { iat: then }), good))).status, status);
    }
    // The marks of two keys have nothing to do with each other.
    const old = patternClaims(HARMLESS, { iat: now - 100 });
    equal((await agent.push("elliptic", await forge(patternClaims(HARMLESS, { iat: now }), good))).status, 200);
    equal((await agent.push("elliptic", await forge(old, elliptic))).status, 200);
    equal((await agent.push("elliptic", await forge(patternClaims(HARMLESS, { iat: now }), rsa))).status, 200);
    equal((await agent.push("elliptic", await forge(old, good))).status, 404);
  }));

Deno.test("an ad-hoc command is run once, answers with its output, and is no pattern", () =>
  withAgent(MANY, async (agent, cwd) => {
    equal((await agent.push("target", await forge(patternClaims(HARMLESS), good))).status, 200);
    const token = await Deno.readTextFile(`${cwd}/etcha/target.jwt`);
    const once = { etchaOnce: "echo did it", etchaSource: "target", iat: seconds(), exp: seconds() + 200, jti: "1" };
    const command = await forge(once, good);
    const ran = await agent.push("target", command);
    equal(ran.status, 200, ran.body);
    deepEqual(JSON.parse(ran.body).changedOutputs, ["did it"]);
    const before = await folderDigest(`${cwd}/etcha`);
    const logged = agent.log.length;
    const again = await agent.push("target", command);
    deepEqual([again.status, again.body], [404, REFUSED]);
    // The same id under another signature is the same command to whoever sends it again.
    equal((await agent.push("target", await forge({ ...once, exp: once.exp + 1 }, good))).status, 404);
    equal(errorLines(agent.log.slice(logged)).length, 2);
    match(agent.log.slice(logged), /key \\"good\\": accept the command: it has been run already/);
    deepEqual(await folderDigest(`${cwd}/etcha`), before);
    equal(await Deno.readTextFile(`${cwd}/etcha/target.jwt`), token);
    equal(readText(`${cwd}/note`), "note\n");
  }));

Deno.test("after ten refusals an address is limited, for good pushes too; others are not", () =>
  withAgent({ run_systemMetricsSecret: "secret" }, async (agent, cwd) => {
    const valid = await forge(patternClaims(HARMLESS), good);
    for (let left = 9; left >= 0; left--) {
      const { status, headers } = await agent.push("target", "x");
      deepEqual([status, headers["x-rate-limit-limit"], headers["x-rate-limit-remaining"]], [404, "10", String(left)]);
      truthy(Number(headers["x-rate-limit-reset"]) <= 60);
    }
    for (const token of ["x", valid]) {
      const limited = await agent.push("target", token);
      equal(limited.status, 429);
      equal(limited.headers["x-rate-limit-remaining"], "0");
      truthy(Number(limited.headers["retry-after"]) >= 1 && Number(limited.headers["retry-after"]) <= 60);
    }
    equal(readText(`${cwd}/note`), "");
    // Another route, and another address.
    equal((await agent.call("/etcha/v1/system/metrics?key=secret")).status, 200);
    equal((await agent.push("target", valid, { from: "127.0.0.2" })).status, 200);
    equal(readText(`${cwd}/note`), "note\n");
    equal((await agent.push("target", valid)).status, 429);
  }));

Deno.test("the metrics are for who knows the secret; without one they are for nobody", async () => {
  const path = "/etcha/v1/system/metrics";
  await withAgent({ ...MANY, run_systemMetricsSecret: "secret" }, async (agent) => {
    for (const call of [{ query: "?key=secret" }, { headers: { authorization: "Bearer secret" } }]) {
      const { status, body } = await agent.call(`${path}${call.query ?? ""}`, call);
      equal(status, 200);
      match(body, /^etcha_build_info\{version="/m);
    }
    truthy(!agent.log.includes("secret"));
  });
  await withAgent(MANY, async (agent) => {
    equal((await agent.call(`${path}?key=`)).status, 403);
    equal((await agent.call(path)).status, 403);
  });
});
