import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { Agent, inFolder, readText, until } from "./agent.ts";
import { Folder } from "./folder.ts";
import { forge, patternClaims, testKey } from "./forge.ts";
import { killMarked } from "./marked_processes.ts";
import { etcha, type Ran } from "./program.ts";
import { runs } from "./typed.ts";

const HAS_OPENSSL = await runs("openssl", "version");

/** Signs with the Ed25519 key of `key.pem`. */
const SIGN = `
  head=$(printf '{"alg":"EdDSA","kid":"outside","typ":"JWT"}' | basenc --base64url -w 0 | tr -d =)
  printf %s "$head.$ETCHA_PAYLOAD" > input
  openssl pkeyutl -sign -inkey key.pem -rawin -in input -out signature
  printf '%s\\n' "$head.$ETCHA_PAYLOAD.$(basenc --base64url -w 0 signature | tr -d =)"`;
const VERIFY = `
  printf %s "\${ETCHA_JWT%.*}" > verify-input
  printf '%s==' "\${ETCHA_JWT##*.}" | basenc -d --base64url > verify-signature
  openssl pkeyutl -verify -pubin -inkey pub.pem -rawin -in verify-input -sigfile verify-signature >/dev/null
  printf %s "$ETCHA_JWT"`;

function command(change: string, more: Record<string, unknown> = {}) {
  return [{ id: "openssl", always: true, change, onChange: ["etcha:jwt"], ...more }];
}

const PATTERN = "{ run: [{ id: 'make', check: 'test -e made', change: 'touch made', remove: 'rm made' }] }";

/** A folder with a key pair that only openssl knows, and a configuration that signs and verifies by it. */
async function project(): Promise<Folder & { etcha: (...args: string[]) => Promise<Ran> }> {
  const folder = await Folder.make();
  const openssl = async (...args: string[]) => {
    const made = await new Deno.Command("openssl", { args, cwd: folder.path }).output();
    truthy(made.success, new TextDecoder().decode(made.stderr));
  };
  await openssl("genpkey", "-algorithm", "ed25519", "-out", "key.pem");
  await openssl("pkey", "-in", "key.pem", "-pubout", "-out", "pub.pem");
  await folder.write({
    "etcha.jsonnet": JSON.stringify({
      build: { signCommands: command(SIGN), signingExec: { command: "sh -e -c" } },
      run: { listenAddress: "127.0.0.1:0", verifyCommands: command(VERIFY) },
      sources: { core: { allowPush: true } },
    }),
    "p.jsonnet": PATTERN,
  });
  return Object.assign(folder, { etcha: (...args: string[]) => etcha(args, { cwd: folder.path }) });
}

Deno.test({
  name: "an outside program signs and another one verifies: build, jwt, render, push and the agent",
  ignore: !HAS_OPENSSL,
  fn: async () => {
    await using folder = await project();
    const built = await folder.etcha("build", "p.jsonnet", "p.jwt");
    deepEqual([built.code, built.stdout], [0, "wrote p.jwt\n"], built.stderr);
    const shown = await folder.etcha("jwt", "p.jwt");
    equal(shown.code, 0, shown.stderr);
    deepEqual(JSON.parse(shown.stdout).header, { alg: "EdDSA", kid: "outside", typ: "JWT" });
    equal((await folder.etcha("render", "p.jwt")).code, 0);

    // The same signature is good for the program's own verification.
    const pem = await folder.read("pub.pem");
    const publicKey = `ed25519public:${pem.replace(/-----[^-]+-----|\s/g, "")}`;
    const byKey = ["-x", "run_verifyCommands=[]", "-x", `run_verifyKeys=["${publicKey}"]`];
    equal((await folder.etcha(...byKey, "jwt", "p.jwt")).code, 0);

    const token = await folder.read("p.jwt");
    const forged = token.replace(/\.[^.]*$/, `.${"A".repeat(86)}`);
    await folder.write({ "forged.jwt": forged });
    const refused = await folder.etcha("jwt", "forged.jwt");
    equal(refused.code, 1);
    match(refused.stderr, /ERROR run run\.verifyCommands: change of "openssl" exited with 1/);

    await using agent = await new Agent({ cwd: folder.path, settings: {} }).listening();
    const target = `127.0.0.1:${agent.port}`;
    const pushed = await folder.etcha("-x", "build_pushTLSSkipVerify=true", "push", "-h", target, "core", "p.jsonnet");
    deepEqual([pushed.code, pushed.stdout.trim().split("\n").at(-1)], [0, "    Changed 1: make"], pushed.stderr);
    truthy(folder.list().includes("made"));
    const once = await folder.etcha("-x", "build_pushTLSSkipVerify=true", "push", "-h", target, "core", "echo", "hi");
    match(once.stdout, /\n {4}hi\n/);

    equal((await agent.push("core", forged)).status, 404);
    await agent.logged(/refused a push from 127\.0\.0\.1: run run\.verifyCommands: change of \\?"openssl\\?" exited/);
    agent.signal("SIGTERM");
    equal(await agent.ended(), 0);

    // What was stored is verified again.
    await using again = await new Agent({ cwd: folder.path, settings: {}, once: true });
    equal(await again.ended(), 0, again.log);
  },
});

const WRONG: readonly (readonly [what: string, build: Record<string, unknown>, code: number, message: RegExp])[] = [
  [
    "print nothing",
    { signingCommands: command("true") },
    1,
    /ERROR run build\.signingCommands: none of them has given a token\n.*etcha:jwt/,
  ],
  [
    "fire nothing",
    { signingCommands: [{ id: "x", always: true, change: "echo a.b.c" }] },
    1,
    /none of them has given a token/,
  ],
  [
    "print no token",
    { signingCommands: command("echo hello") },
    1,
    /ERROR read the token that the commands printed: no token/,
  ],
  [
    "print another payload",
    { signingCommands: command("echo eyJhbGciOiJFZERTQSJ9.e30.AAAA") },
    1,
    /ERROR read the token that the commands printed: it says something else than was asked for/,
  ],
  [
    "fail",
    { signingCommands: command("echo $ETCHA_PAYLOAD no card; exit 3") },
    1,
    /ERROR run build\.signingCommands: change of "openssl" exited with 3\n {2}\(ETCHA_PAYLOAD\) no card\n/,
  ],
  [
    "are no commands",
    { signingCommands: [{ change: "true" }] },
    2,
    /build\.signingCommands: .*signingCommands\[0\].*id.*it is missing/,
  ],
  ["are no list", { signingCommands: "true" }, 2, /build\.signingCommands: .*expected list/],
  ["stand there by both names", { signingCommands: [], signCommands: [] }, 2, /are the same setting/],
  ["have an exec that is none", { signingExec: { comand: "sh" } }, 2, /build\.signingExec.*comand|comand/],
];

for (const [what, build, code, message] of WRONG) {
  Deno.test(`a build whose signing commands ${what} says so and writes nothing`, async () => {
    await using folder = await Folder.make();
    await folder.write({ "etcha.jsonnet": JSON.stringify({ build }), "p.jsonnet": PATTERN });
    const built = await etcha(["build", "p.jsonnet", "p.jwt"], { cwd: folder.path });
    equal(built.code, code, built.stderr);
    match(built.stderr, message);
    truthy(!folder.list().includes("p.jwt"));
  });
}

Deno.test("an agent that ends does not wait for commands that verify beyond its time, and that is no mistake", () =>
  inFolder(async (cwd) => {
    const mark = crypto.randomUUID();
    try {
      await Deno.writeTextFile(`${cwd}/t.jwt`, await forge(patternClaims([]), await testKey("any")));
      await using agent = new Agent({
        cwd,
        env: { VERIFY_TEST: mark },
        settings: {
          run_listenAddress: "127.0.0.1:0",
          run_timeoutStop: "100ms",
          run_verifyCommands: command("echo x >begun; sleep 600"),
          sources_a: { pullPaths: ["t.jwt"] },
        },
      });
      await until(() => readText(`${cwd}/begun`) !== "", () => agent.log);
      agent.signal("SIGTERM");
      equal(await agent.ended(), 0);
      match(agent.log, /the agent is stopping/);
    } finally {
      await killMarked("VERIFY_TEST", mark);
    }
  }));
