import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { SUBCOMMANDS } from "../../src/cli/commands.ts";
import { GLOBAL_FLAGS } from "../../src/cli/flags.ts";
import { Folder } from "./folder.ts";
import { etcha } from "./program.ts";

/** They print no result, or print what they are asked for as it is. */
const WITHOUT = [
  "autocomplete",
  "complete",
  "jq",
  "run",
  "shell",
];

Deno.test("every subcommand with a result has --json, and docs/json.md says what that is", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/json.md", import.meta.url));
  // A row of its table may be about several.
  const cells = [...page.matchAll(/^\| ([^|]*)\|/gm)].map(([, cell]) => cell!);
  const described = new Set(cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!)));
  for (const { name, flags } of SUBCOMMANDS) {
    const hasJson = flags.some(({ long }) => long === "json");
    equal(hasJson, !WITHOUT.includes(name), name);
    if (hasJson) truthy(described.has(name), `docs/json.md does not describe ${name}`);
  }
  truthy(!GLOBAL_FLAGS.some(({ long }) => String(long) === "json"));
});

interface Case {
  readonly args: readonly string[];
  readonly keys: readonly string[];
  readonly code?: 1;
  readonly err?: RegExp;
}

const CASES: readonly Case[] = [
  { args: ["version", "--json"], keys: ["version", "commit", "date"] },
  { args: ["init", "--json", "new"], keys: ["written", "kept"] },
  { args: ["generate-keys", "--json"], keys: ["privateKey", "publicKey"] },
  { args: ["build", "--json", "p.jsonnet", "p.jwt"], keys: ["path", "buildManifest"], err: /said\n$/ },
  { args: ["compare", "--json", "p.jwt", "p.jwt"], keys: ["same", "diff"] },
  { args: ["build", "--json", "q.jsonnet", "q.jwt"], keys: ["path", "buildManifest"] },
  { args: ["compare", "--json", "p.jwt", "q.jwt"], keys: ["same", "diff"], code: 1 },
  { args: ["jwt", "--json", "p.jwt"], keys: ["header", "claims", "verified", "faults"] },
  {
    args: ["-x", "run_verifyKeys=[]", "jwt", "--json", "p.jwt"],
    keys: ["header", "claims", "verified", "faults"],
    code: 1,
  },
  { args: ["render", "--json", "q.jsonnet"], keys: ["run"] },
  {
    args: ["local", "--json", "q.jsonnet"],
    keys: ["check", "changed", "removed", "noneChosen", "errors"],
    err: /printed\n/,
  },
  { args: ["local", "--json", "-c", "q.jsonnet"], keys: ["check", "changed", "removed", "noneChosen", "errors"] },
  {
    args: ["local", "--json", "{id:'x',always:true,change:'exit 3'}"],
    keys: ["check", "changed", "removed", "noneChosen", "errors"],
    code: 1,
  },
  { args: ["show-config", "--json"], keys: ["build", "cli", "run"] },
  { args: ["status", "--json"], keys: [] },
  { args: ["history", "--json"], keys: [] },
];

Deno.test("--json prints one value and nothing else", async (t) => {
  await using folder = await Folder.make();
  const keys = JSON.parse((await etcha(["generate-keys", "k"], { cwd: folder.path })).stdout);
  await folder.write({
    "etcha.jsonnet": JSON.stringify({ build: { signingKey: keys.privateKey }, run: { verifyKeys: [keys.publicKey] } }),
    "p.jsonnet": "{ build: [{ id: 'a', always: true, change: 'echo said', onChange: ['etcha:stdout'] }], run: [] }",
    "q.jsonnet": "{ run: [{ id: 'b', always: true, change: 'echo printed', onChange: ['etcha:stdout'] }] }",
  });
  for (const { args, keys, code = 0, err } of CASES) {
    await t.step(args.join(" "), async () => {
      const ran = await etcha(args, { cwd: folder.path });
      equal(ran.code, code, ran.stderr);
      const value: unknown = JSON.parse(ran.stdout);
      truthy(typeof value === "object" && value !== null);
      deepEqual(keys.filter((key) => !(key in value)), []);
      if (err !== undefined) match(ran.stderr, err);
    });
  }
});
