/** What an agent makes of the places that it pulls from, against the real program. */
import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { Agent, inFolder, readText, until } from "./agent.ts";
import { EVIL } from "./attacks.ts";
import { folderDigest } from "./folder_digest.ts";
import { forge, patternClaims, seconds, testKey } from "./forge.ts";

const good = await testKey("good");
const wrong = await testKey("wrong");

/** A command whose check holds once it has run, so that turns without news change nothing. */
const noting = (id: string) => [{
  id,
  check: `grep -qsx ${id} note`,
  change: `echo ${id} >>note`,
  remove: `echo rm ${id} >>note`,
}];

type Respond = (request: Request) => Response | Promise<Response>;

/** A server on a free port that answers as it is told to at the moment. */
class PullServer implements AsyncDisposable {
  readonly requests: { readonly path: string; readonly headers: Headers }[] = [];
  readonly #server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    this.requests.push({ path: new URL(request.url).pathname, headers: new Headers(request.headers) });
    return await this.respond(request);
  });
  readonly #closing = Promise.withResolvers<Response>();
  respond: Respond = () => new Response(null, { status: 404 });
  /** Does not answer before the server ends. */
  readonly hang: Respond = () => this.#closing.promise;

  url(path: string): string {
    return `http://127.0.0.1:${this.#server.addr.port}${path}`;
  }

  /** How often it was asked for a path. */
  count(path: string): number {
    return this.requests.filter((request) => request.path === path).length;
  }

  /** Waits until it was asked that often for the path, from now on. */
  async asked(times: number, path = "/token"): Promise<void> {
    const wanted = this.count(path) + times;
    await until(() => this.count(path) >= wanted, () => "the agent does not ask");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.resolve(new Response());
    await this.#server.shutdown();
  }
}

async function withAgent(
  cwd: string,
  pullPaths: readonly string[],
  body: (agent: Agent) => Promise<void>,
  more: object = {},
): Promise<void> {
  const source = { pullPaths, runFrequency: "100ms", verifyKeys: [good.publicKey] };
  await using agent = new Agent({
    cwd,
    settings: { run_listenAddress: "127.0.0.1:0", sources_pulled: source, ...more },
  });
  await body(agent);
  agent.signal("SIGTERM");
  equal(await agent.ended(), 0, agent.log);
}

/** In one step, so that the agent never reads a half. */
async function replace(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(`${path}.new`, text);
  await Deno.rename(`${path}.new`, path);
}

function errors(log: string): readonly string[] {
  return log.split("\n").filter((line) => line.includes('level="ERROR"'));
}

const token = (run: readonly object[], more: object = {}) => forge(patternClaims(run, more), good);
const endless = () =>
  new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1 << 20).fill(65)) });

Deno.test("what a pull server sends instead of a token is logged once, and the agent goes on", () =>
  inFolder(async (cwd) => {
    await using server = new PullServer();
    const evil = await forge(patternClaims(EVIL), wrong);
    const once = {
      etchaOnce: "echo evil >>evil",
      etchaSource: "pulled",
      iat: seconds(),
      exp: seconds() + 60,
      jti: "1",
    };
    const command = await forge(once, good);
    const answers: readonly (readonly [name: string, Respond, reason: RegExp])[] = [
      ["an error", () => new Response("broken", { status: 500 }), /answered with status 500/],
      ["a page", () => new Response("<!DOCTYPE html><h1>Hello</h1>"), /no token: it is not three/],
      ["nothing", () => new Response(""), /read the token: nothing/],
      ["garbage", () => new Response(new Uint8Array([0, 1, 2, 255])), /no token: it is not three/],
      ["a token of a stranger", () => new Response(evil), /key \\"wrong\\": .* signature is not by/],
      ["an ad-hoc command", () => new Response(command), /ad-hoc command, which only a push may bring/],
      ["an endless body", () => new Response(endless()), /larger than 33554432 bytes/],
      ["redirects in a circle", () => Response.redirect(server.url("/token")), /more than 10 redirects/],
      ["not modified, unasked", () => new Response(null, { status: 304 }), /answered with status 304/],
    ];
    let respond: Respond = () => new Response(null, { status: 404 });
    server.respond = (request) => request.url.endsWith("/hang") ? server.hang(request) : respond(request);
    const path = server.url("/token?key=hush#clientTimeout:20\r\nX-Key:hush");
    const hanging = { pullPaths: [server.url("/hang#clientTimeout:0.3")], runFrequency: "100ms" };
    await withAgent(cwd, [path], async (agent) => {
      await agent.listening();
      const before = await folderDigest(`${cwd}/etcha`);
      for (const [name, answer, reason] of answers) {
        const logged = agent.log.length;
        respond = answer;
        await until(() => reason.test(agent.log.slice(logged)), () => `${name}: ${agent.log.slice(logged)}`);
        await server.asked(name === "redirects in a circle" ? 24 : 3);
        const matching = errors(agent.log.slice(logged)).filter((line) => reason.test(line));
        equal(matching.length, 1, `${name}: ${matching.join("\n")}`);
        deepEqual([name, await folderDigest(`${cwd}/etcha`)], [name, before]);
      }
      const asked = server.requests.findLast((request) => request.path === "/token");
      equal(asked?.headers.get("x-key"), "hush");
      truthy(!agent.log.includes("hush"), agent.log);
      const valid = await token(noting("one"));
      respond = () => new Response(valid);
      await until(() => readText(`${cwd}/note`) === "one\n", () => agent.log);
      await until(() => server.count("/hang") >= 4, () => agent.log);
      equal(errors(agent.log).filter((line) => /no answer within 300ms/.test(line)).length, 1, agent.log);
    }, { sources_hung: { ...hanging, verifyKeys: [good.publicKey] } });
    equal(readText(`${cwd}/evil`), "");
  }));

Deno.test("a server is asked with the validators it gave, and the second place is used when the first fails", () =>
  inFolder(async (cwd) => {
    await using server = new PullServer();
    let current = { text: await token(noting("one")), etag: '"1"' };
    server.respond = (request) => {
      if (new URL(request.url).pathname === "/broken") return new Response("", { status: 503 });
      const headers = { etag: current.etag, "last-modified": "Sat, 21 Nov 2026 10:00:00 GMT" };
      if (request.headers.get("if-none-match") === current.etag) return new Response(null, { status: 304, headers });
      return new Response(current.text, { headers });
    };
    await withAgent(cwd, [server.url("/broken"), server.url("/token")], async (agent) => {
      await until(() => readText(`${cwd}/note`) === "one\n", () => agent.log);
      await server.asked(4);
      const asked = server.requests.filter(({ path }) => path === "/token");
      deepEqual([asked[0]?.headers.get("if-none-match"), asked[0]?.headers.get("if-modified-since")], [null, null]);
      deepEqual(
        [asked.at(-1)?.headers.get("if-none-match"), asked.at(-1)?.headers.get("if-modified-since")],
        ['"1"', "Sat, 21 Nov 2026 10:00:00 GMT"],
      );
      current = { text: await token(noting("two"), { iat: seconds() + 1 }), etag: '"2"' };
      await until(() => readText(`${cwd}/note`) === "one\nrm one\ntwo\n", () => agent.log);
      // The first place answers again: it is the one that counts.
      const third = await token(noting("three"), { iat: seconds() + 2 });
      server.respond = () => new Response(third);
      await until(() => readText(`${cwd}/note`).endsWith("rm two\nthree\n"), () => agent.log);
    });
  }));

Deno.test("the same again but newer is kept silently, and older is skipped and said once", () =>
  inFolder(async (cwd) => {
    const path = `${cwd}/pulled.jwt`;
    const [then, now] = [seconds() - 1000, seconds()];
    await replace(path, await token(noting("one"), { iat: then }));
    await withAgent(cwd, [path], async (agent) => {
      const stored = () => readText(`${cwd}/etcha/pulled.jwt`);
      await until(() => readText(`${cwd}/note`) === "one\n", () => agent.log);
      const updates = () => agent.log.split("Updating config for pulled...").length - 1;
      equal(updates(), 1);
      const renewed = await token(noting("one"), { iat: now });
      await replace(path, `${renewed}\n`);
      await until(() => stored() === renewed, () => agent.log);
      const logged = agent.log.length;
      await replace(path, await token(noting("old"), { iat: now - 500 }));
      await agent.logged(/issued 8m\d+s ago .* but one that was issued /);
      // Time for some more turns, until something else is to be said.
      await replace(path, await token(noting("older"), { iat: now - 650 }));
      await agent.logged(/issued 10m\d+s ago .* but one that was issued /);
      await replace(path, "no token");
      await agent.logged(/no token: it is not three/);
      equal(errors(agent.log.slice(logged)).length, 3, agent.log.slice(logged));
      equal(stored(), renewed);
      deepEqual([updates(), readText(`${cwd}/note`)], [1, "one\n"]);
    });
    equal(await Deno.readTextFile(`${cwd}/note`), "one\n");
  }));

Deno.test("a source whose server hangs keeps nobody waiting", () =>
  inFolder(async (cwd) => {
    await using server = new PullServer();
    server.respond = server.hang;
    const more = { sources_pushed: { allowPush: true, verifyKeys: [good.publicKey] } };
    await withAgent(cwd, [server.url("/token#clientTimeout:60")], async (agent) => {
      await agent.listening();
      await until(() => server.requests.length > 0, () => agent.log);
      const begin = performance.now();
      const { status } = await agent.push("pushed", await token(noting("one")));
      equal(status, 200);
      truthy(performance.now() - begin < 10_000);
    }, more);
    match(readText(`${cwd}/agent.log`), /Stopping\.\.\./);
  }));
