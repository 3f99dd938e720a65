import { equal, match } from "node:assert/strict";
import { Folder } from "./folder.ts";
import { etcha } from "./program.ts";

interface Case {
  readonly args: readonly string[];
  readonly code: 1 | 2;
  readonly says: RegExp;
}

const FILES = {
  "good.jsonnet": "{ run: [{ id: 'x', change: 'true' }] }",
  "syntax.jsonnet": "{\n  run: [,],\n}\n",
  "deep.jsonnet": "import 'lib/one.libsonnet'",
  "lib/one.libsonnet": "{ run: import 'two.libsonnet' }",
  "lib/two.libsonnet": "[{ id: 'x', change: 1 + nothing }]",
  "gone.jsonnet": "{ run: importstr 'nowhere.txt' }",
  "mistakes.jsonnet": JSON.stringify({
    runn: [],
    expiresIn: "soon",
    run: [
      { change: "a" },
      { id: "b", chagne: "b" },
      { id: "c", always: "yes" },
      { id: "d", onChange: ["d"] },
      { id: "e", onChange: ["nobody"] },
      { id: "f", onChange: ["b"] },
      { id: "g", onFail: ["("] },
      { id: "etcha:h" },
      { id: "i", envPrefix: "1x" },
    ],
  }),
  "text.jwt": "no token",
};

const KEY = "ed25519private:MC4CAQAwBQYDK2VwBCIEIBq+BhDRYk8OJv1ksMwKtf0td5p3FGwypXq96gHKefGS:k";

const CASES: readonly Case[] = [
  { args: ["build"], code: 2, says: /missing required argument 'PATTERN'[^]*etcha build --help/ },
  { args: ["build", "good.jsonnet"], code: 1, says: /no key is configured[^]*etcha generate-keys/ },
  { args: ["-x", `build_signingKey=${KEY}`, "build", "good.jsonnet", "no/where.jwt"], code: 1, says: /no folder no\n/ },
  { args: ["-x", `build_signingKey=${KEY}`, "build", "good.jsonnet", "lib"], code: 1, says: /it is a folder/ },
  { args: ["-x", `build_signingKey=${KEY}`, "build", "good.jsonnet", "x", "a b"], code: 2, says: /"a b" can't be/ },
  { args: ["-x", "build_signingKey=rubbish", "build", "good.jsonnet"], code: 2, says: /build\.signingKey/ },
  { args: ["render", "nowhere.jsonnet"], code: 1, says: /nowhere\.jsonnet" was not found/ },
  { args: ["render", "syntax.jsonnet"], code: 1, says: /syntax\.jsonnet:2:9.*\n {4}run: \[,\],\n *\^/ },
  {
    args: ["render", "deep.jsonnet"],
    code: 1,
    says: /lib\/two\.libsonnet:1:25[^]*1 \+ nothing[^]*imported at .*one\.libsonnet[^]*imported at .*deep\.jsonnet/,
  },
  { args: ["render", "gone.jsonnet"], code: 1, says: /"nowhere\.txt" was not found/ },
  {
    args: ["render", "mistakes.jsonnet"],
    code: 1,
    says: /(ERROR mistakes\.jsonnet: [^]*){10}/,
  },
  { args: ["render", "mistakes.jsonnet"], code: 1, says: /run > b: .*"chagne"\n {2}hint: did you mean "change"/ },
  { args: ["render", "text.jwt"], code: 1, says: /text\.jwt: .*no token/ },
  { args: ["render", "http://127.0.0.1:PORT/x"], code: 1, says: /127\.0\.0\.1:\d+: connection refused/ },
  { args: ["jwt", "nowhere"], code: 1, says: /nowhere: read the token: .*No such file/ },
  { args: ["jwt"], code: 1, says: /read the token: nothing/ },
  { args: ["compare", "text.jwt"], code: 2, says: /missing required argument 'OLD'/ },
  { args: ["compare", "-", "-"], code: 2, says: /standard input/ },
  { args: ["compare", "text.jwt", "nowhere"], code: 1, says: /nowhere: read the token/ },
  { args: ["compare", "text.jwt", "text.jwt"], code: 1, says: /text\.jwt: read the token: no token/ },
  { args: ["local"], code: 2, says: /'PATTERN'/ },
  { args: ["local", "-f", "(", "[]"], code: 2, says: /^ERROR -f: no regular expression/ },
  { args: ["local", "-s", "a/b", "[]"], code: 2, says: /"a\/b" can't be a source/ },
  { args: ["local", "1 +"], code: 1, says: /\(argument\):1:4/ },
  {
    args: ["local", "{ id: 'x', chang: 'y' }"],
    code: 1,
    says: /\(argument\): run > x: .*did you mean "change"|"chang"/,
  },
  { args: ["local", "--chek", "[]"], code: 2, says: /'--chek'\n {2}hint: did you mean --check\?/ },
  { args: ["push"], code: 2, says: /'SOURCE'/ },
  { args: ["push", "core", "ls"], code: 2, says: /no target is configured[^]*-h/ },
  { args: ["push", "-h", "h", "core"], code: 2, says: /to be pushed to h\n/ },
  { args: ["push", "-h", "h", "core", "good"], code: 2, says: /pushed as a command\n.*did you mean good\.jsonnet\?/ },
  { args: ["push", "-h", "h", "core", "ls"], code: 2, says: /no key is configured/ },
  { args: ["push", "-h", "h:x", "core", "ls"], code: 2, says: /"h:x" is no host/ },
  { args: ["push", "core", "a.jsonnet", "b.jsonnet"], code: 2, says: /one pattern is pushed at a time/ },
  { args: ["push", "-h", "h", "-t", "x", "core", "ls"], code: 2, says: /-h and -t/ },
  { args: ["push", "-p", "0", "--serial", "x", "core", "ls"], code: 2, says: /-p: [^]*--serial: / },
  { args: ["push", "-u", "x", "core", "ls"], code: 2, says: /-u: .*begins with \// },
  { args: ["push", "-h", "h", "no source", "ls"], code: 2, says: /"no source" can't be a source/ },
  { args: ["-x", `build_signingKey=${KEY}`, "push", "-h", "h", "core", "no.jsonnet"], code: 1, says: /not found/ },
  { args: ["run"], code: 2, says: /no source is configured/ },
  { args: ["-x", "sources_core_allowPush=true", "run"], code: 2, says: /no source has a key/ },
  { args: ["-c", "nowhere.jsonnet", "run"], code: 2, says: /there is no file nowhere\.jsonnet/ },
  { args: ["-x", "run_stateDir=good.jsonnet", "status"], code: 1, says: /run\.stateDir: read the state/ },
];

Deno.test("wrong input is told in words, and by the exit code", async () => {
  await using folder = await Folder.make();
  await folder.write(FILES);
  const before = folder.list();
  const closed = closedPort();
  for (const { args: words, code, says } of CASES) {
    const args = words.map((word) => word.replace("PORT", closed));
    const ran = await etcha(args, { cwd: folder.path });
    const line = `etcha ${args.join(" ")}\n${ran.stderr}`;
    equal(ran.stdout, "", line);
    match(ran.stderr, says, line);
    equal(ran.code, code, line);
    equal(ran.stderr.includes("internal error"), false, line);
    equal(ran.stderr.includes("MC4CAQ"), false, line);
  }
  equal(folder.list().join(), before.join());
});

/** A port of this machine on which nothing listens. */
function closedPort(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return String(listener.addr.port);
}
