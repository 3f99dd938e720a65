/** Where the real agent listens, and how it is reached there. */
import { deepEqual, equal, match } from "node:assert/strict";
import { request } from "node:http";
import { Agent, callAt } from "./agent.ts";
import { Folder } from "./folder.ts";
import { forge, patternClaims, testKey } from "./forge.ts";
import { etcha } from "./program.ts";

const key = await testKey("k");
const NOTE = [{ id: "note", always: true, change: "echo note >>note" }];

function agentIn(folder: Folder, settings: object): Agent {
  const common = { run_verifyKeys: [key.publicKey], sources_core: { allowPush: true } };
  return new Agent({ cwd: folder.path, settings: { ...common, ...settings } });
}

/** A push without TLS. */
function pushPlain(where: { socketPath: string } | { host: string; port: number }, token: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { ...where, method: "POST", path: "/etcha/v1/push/core", agent: false };
    const sent = request(options, (response) => {
      response.resume().on("end", () => resolve(response.statusCode ?? 0));
    });
    sent.on("error", reject).end(token);
  });
}

Deno.test("an agent takes pushes on several addresses, by a socket in the file system and without TLS where it is told to", async () => {
  await using folder = await Folder.make();
  const address = "127.0.0.1:0, http://127.0.0.1:0,unix:agent.sock";
  await using agent = await agentIn(folder, { run_listenAddress: address }).listening();
  await agent.logged(/unix:agent\.sock, without TLS/);
  const places = [...agent.log.matchAll(/Starting listener\.\.\. on (\S+), (certificate SHA-256|without TLS)/g)];
  deepEqual(places.map(([, where, tls]) => [where?.replace(/\d+$/, "N"), tls]), [
    ["127.0.0.1:N", "certificate SHA-256"],
    ["http://127.0.0.1:N", "without TLS"],
    ["unix:agent.sock", "without TLS"],
  ]);
  const token = await forge(patternClaims(NOTE), key);
  equal((await callAt(agent.port!, "/etcha/v1/push/core", { method: "POST", body: token })).status, 200);
  const port = Number(/\d+$/.exec(places[1]![1]!)?.[0]);
  equal(await pushPlain({ host: "127.0.0.1", port }, token), 200);
  const socketPath = `${folder.path}/agent.sock`;
  equal((await Deno.lstat(socketPath)).mode! & 0o777, 0o600);
  equal(await pushPlain({ socketPath }, token), 200);
  equal(await pushPlain({ socketPath }, "x"), 404);
  match(agent.log, /refused a push from unix: /);
  equal(await folder.read("note"), "note\n".repeat(3));

  // A second one elsewhere is refused the socket; when this one was killed, the next takes it over.
  await using other = await Folder.make();
  const second = { run_listenAddress: `unix:${socketPath}` };
  await using refused = agentIn(other, second);
  equal(await refused.ended(), 1);
  match(refused.log, /open the listener: cannot listen on unix:\S+: another program does\n {2}hint: /);
  agent.signal("SIGKILL");
  await agent.ended();
  equal(folder.list().includes("agent.sock"), true);
  await using next = agentIn(other, second);
  await next.logged(/Starting listener/);
  equal(await pushPlain({ socketPath }, token), 200);
  next.signal("SIGTERM");
  equal(await next.ended(), 0);
  equal(folder.list().includes("agent.sock"), false);
});

Deno.test("SIGHUP: another address is taken, one that can't be taken leaves everything as it was", async () => {
  await using folder = await Folder.make();
  const configure = (listenAddress: unknown, source: string) => {
    const run = { listenAddress, verifyKeys: [key.publicKey] };
    return folder.write({ "etcha.json": JSON.stringify({ run, sources: { [source]: { allowPush: true } } }) });
  };
  await configure("127.0.0.1:0", "core");
  await using agent = await new Agent({ cwd: folder.path, settings: {}, config: "etcha.json" }).listening();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await configure(["unix:s", `127.0.0.1:${taken.addr.port}`], "other");
  agent.signal("SIGHUP");
  await agent.logged(/configuration stays as it was: open the listener: .*127\.0\.0\.1:\d+: Address already in use/);
  const token = await forge(patternClaims(NOTE), key);
  equal((await callAt(agent.port!, "/etcha/v1/push/core", { method: "POST", body: token })).status, 200);
  deepEqual(folder.list().includes("s"), false);
  await configure(["unix:s", "127.0.0.1:0"], "core");
  agent.signal("SIGHUP");
  await agent.logged(/Reloaded the configuration/);
  match(agent.log, /Starting listener\.\.\. on unix:s, without TLS/);
  equal(await pushPlain({ socketPath: `${folder.path}/s` }, token), 200);
  equal((await callAt(agent.port!, "/etcha/v1/push/core", { method: "POST", body: token })).status, 200);
});

Deno.test("an address that a request claims to come from counts only when a trusted proxy says so", async () => {
  await using folder = await Folder.make();
  const settings = { run_listenAddress: "127.0.0.1:0", run_rateLimiterRate: "2-H", run_trustedProxies: "127.0.0.2" };
  await using agent = await agentIn(folder, settings).listening();
  const push = async (body: string, from: string, claimed?: string) => {
    const headers = claimed === undefined ? {} : { "x-forwarded-for": claimed, forwarded: `for=${claimed}` };
    return (await agent.push("core", body, { from, headers })).status;
  };
  // A stranger gains nothing by another address in each request, and takes nothing from those it names.
  deepEqual([await push("x", "127.0.0.1", "192.0.2.1"), await push("x", "127.0.0.1", "192.0.2.2")], [404, 404]);
  deepEqual([await push("x", "127.0.0.1", "192.0.2.3"), await push("x", "127.0.0.1")], [429, 429]);
  match(agent.log, /refused a push from 127\.0\.0\.1: /);
  // Clients of the proxy count each for itself, whatever they claim themselves.
  for (const status of [404, 404, 429]) equal(await push("x", "127.0.0.2", "10.9.9.9, 192.0.2.1"), status);
  equal(await push("x", "127.0.0.2", "192.0.2.1, 192.0.2.4"), 404);
  const token = await forge(patternClaims(NOTE), key);
  equal(await push(token, "127.0.0.2", "192.0.2.2"), 200);
  match(agent.log, /refused a push from 192\.0\.2\.1: /);
  const history = await etcha(["history", "--json", "core"], { cwd: folder.path });
  deepEqual(JSON.parse(history.stdout).map((run: { address: string }) => run.address), ["192.0.2.2"]);
});
