import { deepEqual, equal, match, ok as truthy, rejects } from "node:assert/strict";
import { parseConfig } from "../../src/domain/config_layers.ts";
import { isTrusting, openTrust } from "../../src/workflows/trust.ts";
import { until } from "../cli/agent.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { FakeFiles } from "../fakes/fake_files.ts";
import { FakeProcesses, type ProcessScript } from "../fakes/fake_processes.ts";
import { OF_NO_PROCESS } from "../fakes/no_process.ts";
import { ok, refusals } from "../token/tokens.ts";

const KEYS = [
  "ed25519public:MCowBQYDK2VwAyEAw7eTEuEH0+TfgtX3zB+JZVnYD0eskY6qn3n7ZCA7wWM=:one",
  "ed25519public:MCowBQYDK2VwAyEA8W+DhT6MH/aC0Pxp/iG6K5bqOSAujSaINjpMbs3cz5g=:two",
];

function verifier(change: string, exec?: Record<string, unknown>) {
  return [{ id: "ask", always: true, change, onChange: ["etcha:jwt"], ...exec && { exec } }];
}

/** Programs print the token that they are asked about, unless a test says otherwise. */
function played(script: ProcessScript = ({ env }) => ({ kind: "exited", code: 0, output: env["ETCHA_JWT"] ?? "" })) {
  const clock = new FakeClock();
  const processes = new FakeProcesses(script);
  const stop = new AbortController();
  const means = {
    files: new FakeFiles({ "/keep": "" }),
    processes,
    ...OF_NO_PROCESS,
    clock,
    environment: { PATH: "/nowhere", ETCHA_SIGNING_PASSPHRASE: "secret" },
    tell: () => {},
    cancel: stop.signal,
  };
  const open = async (value: unknown) => {
    const { config } = ok(parseConfig([{ origin: "test", place: "file", value }]));
    return ok(await openTrust(config, config.sources.get("core"), means));
  };
  return { clock, processes, stop, open };
}

Deno.test("a source has the global keys and its own, and nothing is trusted without keys and commands", async () => {
  const { open } = played();
  const trust = await open({ run: { verifyKeys: KEYS }, sources: { core: { verifyKeys: KEYS.slice(1) } } });
  deepEqual(trust.keys.map(({ id }) => id), ["one", "two"]);
  truthy(isTrusting(trust) && trust.verify === undefined);
  truthy(!isTrusting(await open({ sources: { core: {} } })));
});

Deno.test("commands of the source stand in for the global ones; they get the token and not the passphrase", async () => {
  const { open, processes } = played();
  const run = { verifyCommands: verifier("global"), verifyExec: { command: "g -c", env: { A: "1" } } };
  const global = await open({ run, sources: { core: {} } });
  equal(ok(await global.verify!("a.b.c")), "a.b.c");
  const own = await open({ run, sources: { core: { verifyCommands: verifier("own"), verifyExec: { command: "o" } } } });
  equal(ok(await own.verify!("d.e.f")), "d.e.f");
  deepEqual(processes.requests.map(({ argv }) => argv), [["g", "-c", "global"], ["o", "own"]]);
  deepEqual(processes.requests[0]?.env, { PATH: "/nowhere", A: "1", ETCHA_JWT: "a.b.c", _CHECK: "1" });
});

Deno.test("a token that fails is told without showing it", async () => {
  const { open } = played(({ env }) => ({ kind: "exited", code: 1, output: `bad: ${env["ETCHA_JWT"]}` }));
  const { verify } = await open({ run: { verifyCommands: verifier("x") }, sources: { core: {} } });
  const result = await verify!("secret.token.x");
  deepEqual(refusals(result), ["commands-failed"]);
  truthy(!JSON.stringify(result).includes("secret"));
});

Deno.test("a token that no variable can hold is refused before anything runs", async () => {
  const { open, processes } = played();
  const { verify } = await open({ run: { verifyCommands: verifier("x") }, sources: { core: {} } });
  deepEqual(refusals(await verify!("x".repeat(96 * 1024 + 1))), ["commands-too-large"]);
  equal(processes.requests.length, 0);
});

/** Goes on until it is ended. */
const hanging: ProcessScript = (_, signal) =>
  new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve({ kind: "cancelled", output: "" }), { once: true })
  );

Deno.test("commands that hang are ended after 30 s, and one token waits for the other", async () => {
  const { open, clock, processes } = played(hanging);
  const { verify } = await open({ run: { verifyCommands: verifier("x") }, sources: { core: {} } });
  const first = verify!("a.b.c");
  const second = verify!("d.e.f");
  for (const [asked, result] of [[1, first], [2, second]] as const) {
    await until(() => processes.requests.length === asked && clock.sleeping === 1, () => "it does not run");
    await clock.advance(30_000);
    const late = await result;
    deepEqual(refusals(late), ["commands-late"]);
    match(JSON.stringify(late), /longer than 30s/);
  }
});

Deno.test("only so many tokens wait, and all of them end with the program", async () => {
  const { open, stop } = played(hanging);
  const { verify } = await open({ run: { verifyCommands: verifier("x") }, sources: { core: {} } });
  const waiting = Array.from({ length: 16 }, () => verify!("a.b.c"));
  const ended = waiting.map((one) => rejects(one, { name: "AbortError" }));
  deepEqual(refusals(await verify!("a.b.c")), ["commands-busy"]);
  stop.abort();
  await Promise.all(ended);
});
