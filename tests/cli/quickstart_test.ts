import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { Agent } from "./agent.ts";
import { Folder } from "./folder.ts";
import { etcha, programEnvironment, programWords } from "./program.ts";

const HELLO = "/tmp/hello-from-etcha";

Deno.test("quickstart makes all that a first push needs, and pushes when the agent is there", async () => {
  await using folder = await Folder.make();
  const cwd = folder.path;
  const port = String(freePort());
  // Whatever the umask is, nobody else may read a secret.
  const begun = await new Deno.Command("sh", {
    args: ["-c", 'umask 000; exec "$@"', "sh", ...programWords(), "quickstart", "-p", port],
    cwd,
    env: programEnvironment(),
    clearEnv: true,
  }).output();
  const text = new TextDecoder().decode(begun.stdout);
  equal(begun.code, 0, new TextDecoder().decode(begun.stderr));
  match(text, /^wrote keys\.json$/m);
  match(text, /etcha -c agents\/127\.0\.0\.1\.jsonnet run\n[^]*etcha push base\n$/);
  for (const secret of ["keys.json", "agents/127.0.0.1.jsonnet"]) equal(modeOf(`${cwd}/${secret}`), 0o600, secret);
  equal(modeOf(`${cwd}/agents`), 0o700);
  const open = folder.list("patterns").map((name) => `patterns/${name}`);
  for (const path of ["etcha.jsonnet", "README.md", ".gitignore", ...open]) {
    truthy(!/private/i.test(await folder.read(path)), path);
  }

  const before = await folder.read("patterns/hello.jsonnet");
  // The file of the first pattern belongs to whoever tries it here: another one stands for it.
  await folder.write({ "patterns/hello.jsonnet": before.replace(HELLO, `${cwd}/hello`) });
  await using agent = await new Agent({ cwd, config: "agents/127.0.0.1.jsonnet", settings: {} }).listening();
  equal(agent.port, Number(port));
  const pushed = await etcha(["quickstart"], { cwd });
  equal(pushed.code, 0, pushed.stderr);
  match(pushed.stdout, /^kept keys\.json\n[^]*\n127\.0\.0\.1:\n {4}Changed 1: say hello\n$/);
  match(await folder.read("hello"), /^Etcha keeps this file on /);
  const again = await etcha(["push", "base"], { cwd });
  equal(again.stdout, "127.0.0.1:\n    No changes\n");
});

Deno.test("quickstart overwrites nothing, and uses the keys and certificates that are there", async () => {
  await using folder = await Folder.make();
  const cwd = folder.path;
  const mine = { "etcha.jsonnet": "{ vars: { mine: true } }", "patterns/hello.jsonnet": "{}", "README.md": "mine" };
  await folder.write(mine);
  const first = await etcha(["quickstart", "--json", "web1.example.com"], { cwd });
  equal(first.code, 0, first.stderr);
  const result = JSON.parse(first.stdout);
  deepEqual(result.kept, ["etcha.jsonnet", "patterns/hello.jsonnet"]);
  equal(result.pushed, null);
  match(result.commands[0], /^ssh root@web1\.example\.com '.*set -C.*etcha service install' <agents\/web1/);
  match(
    first.stderr,
    /add this to targets in etcha\.jsonnet[^]*"web1\.example\.com": \{[^]*"tlsFingerprint": "[0-9A-F:]+"/,
  );
  for (const [path, text] of Object.entries(mine)) equal(await folder.read(path), text);

  const [keys, agent] = [await folder.read("keys.json"), await folder.read("agents/web1.example.com.jsonnet")];
  const second = await etcha(["quickstart", "web1.example.com"], { cwd });
  equal(fingerprint(second.stderr), fingerprint(first.stderr));
  equal((await etcha(["quickstart", "fd00::7"], { cwd })).code, 0);
  equal(await folder.read("keys.json"), keys);
  equal(await folder.read("agents/web1.example.com.jsonnet"), agent);
  const { publicKey } = JSON.parse(keys);
  for (const name of folder.list("agents")) truthy((await folder.read(`agents/${name}`)).includes(publicKey));
  deepEqual(folder.list("agents"), ["ipfd00--7.jsonnet", "web1.example.com.jsonnet"]);
});

Deno.test("quickstart leaves alone what it can't use, and writes nothing then", async () => {
  await using folder = await Folder.make();
  for (
    const [path, text, says] of [
      ["keys.json", "ed25519private:secret-text", /ERROR keys\.json: .*not what etcha generate-keys prints/],
      ["agents/a.jsonnet", "{ sources: {} }", /ERROR agents\/a\.jsonnet: .*tlsCertificateBase64/],
    ] as const
  ) {
    await folder.write({ [`${path[0]}/${path}`]: text });
    const cwd = `${folder.path}/${path[0]}`;
    const ran = await etcha(["quickstart", "a"], { cwd });
    equal(ran.code, 1);
    match(ran.stderr, says);
    truthy(!ran.stderr.includes("secret-text"));
    deepEqual(folder.list(path[0]), [path.split("/")[0]]);
  }
  const misused = await etcha(["quickstart", "root@web1:4000"], { cwd: folder.path });
  deepEqual([misused.code, folder.list()], [2, ["a", "k"]]);
});

Deno.test("quickstart does not push to somebody else who listens there", async () => {
  await using folder = await Folder.make();
  await using other = await Folder.make();
  await etcha(["quickstart"], { cwd: other.path });
  const settings = { run_listenAddress: "127.0.0.1:0" };
  const config = "agents/127.0.0.1.jsonnet";
  await using agent = await new Agent({ cwd: other.path, config, settings }).listening();
  const ran = await etcha(["quickstart", "-p", String(agent.port)], { cwd: folder.path });
  equal(ran.code, 1);
  match(ran.stdout, /127\.0\.0\.1:\n {4}ERROR: .*certificate/);
});

function fingerprint(text: string): string | undefined {
  return /"tlsFingerprint": "([^"]+)"/.exec(text)?.[1];
}

function modeOf(path: string): number {
  return (Deno.statSync(path).mode ?? 0) & 0o777;
}

/** One that is free now: the agent's configuration has to name it before the agent begins. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
