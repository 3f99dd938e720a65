import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { Agent, until } from "./agent.ts";
import { Folder } from "./folder.ts";
import { etcha, type Ran } from "./program.ts";

interface Host extends AsyncDisposable {
  readonly folder: Folder;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Builds a pattern into the file that the source pulls. */
  build(code: string): Promise<void>;
  etcha(...args: string[]): Promise<Ran>;
}

/** A folder whose source `core` pulls `core.jwt`. */
async function host(): Promise<Host> {
  const folder = await Folder.make();
  const run = (...args: string[]) => etcha(args, { cwd: folder.path });
  const { privateKey, publicKey } = JSON.parse((await run("generate-keys", "k")).stdout);
  const settings = {
    run_listenAddress: "127.0.0.1:0",
    run_verifyKeys: [publicKey],
    sources_core: { pullPaths: ["core.jwt"] },
  };
  const assignments = Object.entries(settings).flatMap(([key, value]) => [
    "-x",
    `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  ]);
  return {
    folder,
    settings,
    etcha: (...args) => run(...assignments, ...args),
    async build(code) {
      await folder.write({ "p.jsonnet": code });
      const built = await run("-x", `build_signingKey=${privateKey}`, "build", "p.jsonnet", "core.jwt");
      equal(built.code, 0, built.stderr);
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

const GOOD = `{ run: [
  { id: 'make', check: 'test -e made', change: 'touch made', remove: 'rm made' },
  { id: 'group', commands: [{ id: 'say', always: true, change: 'echo hello', onChange: ['etcha:stdout'] }] },
] }`;

Deno.test("run -o does everything once; status and history tell of it", async () => {
  await using here = await host();
  const nothing = await here.etcha("status");
  deepEqual([nothing.code, nothing.stdout], [0, "core\n  pattern     none yet\n"]);
  equal((await here.etcha("history")).stdout, "nothing was run yet\n");

  await here.build(GOOD);
  const first = await here.etcha("run", "-o");
  deepEqual([first.code, first.stdout], [0, "hello\n"]);
  match(first.stderr, /^time="[^"]+" level="INFO" .*message="Starting source runner\.\.\."$/m);
  equal((await here.etcha("run", "--once")).code, 0);

  const status = await here.etcha("status", "core");
  const hash = /^ {2}pattern {5}([0-9a-f]{12}) by key k, since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/m.exec(status.stdout)
    ?.[1];
  truthy(hash !== undefined, status.stdout);
  match(status.stdout, /^ {2}last run {4}init at .*: 1 changed$/m);
  match(status.stdout, /^ {2}commands {4}changed {5}make\n {14}changed {5}group > say$/m);
  const [shown] = JSON.parse((await here.etcha("status", "--json")).stdout);
  deepEqual([shown.source, shown.configured, shown.pattern.keyId, shown.due], ["core", true, "k", []]);
  truthy(shown.pattern.tokenHash.startsWith(hash));

  const history = await here.etcha("history");
  const lines = history.stdout.trim().split("\n");
  match(lines[0] ?? "", /^WHEN +SOURCE +TRIGGER +KEY +ADDRESS +CHG +REM +RESULT +TIME$/);
  match(lines[1] ?? "", /Z core +init +k +- +1 +0 +ok /);
  equal(lines[2], "  changed: say");
  match(lines[3] ?? "", /Z core +pull +k +- +2 +0 +ok /);
  truthy(lines.every((line) => line.length <= 80));
  const runs = JSON.parse((await here.etcha("history", "--json", "core")).stdout);
  deepEqual(runs.map((run: { changed: unknown }) => run.changed), [["say"], ["make", "say"]]);
});

Deno.test("a run that fails is exit code 1 with -o, and stays in status and history", async () => {
  await using here = await host();
  await here.build("{ run: [{ id: 'bad', check: 'false', change: 'echo why; exit 3', remove: 'true' }] }");
  const ran = await here.etcha("run", "-o");
  equal(ran.code, 1);
  match(ran.stderr, /level="ERROR" .*commandID="bad".* error="change of \\"bad\\" exited with 3: why"/);
  const status = await here.etcha("status");
  match(status.stdout, /^ {2}last error {2}change of "bad" exited with 3: why$/m);
  match(status.stdout, /^ {2}commands {4}failed {6}bad$/m);
  match((await here.etcha("history")).stdout, / failed .*\n {2}change of "bad" exited with 3: why\n/);
});

Deno.test("status and history know no source that is nowhere, and need no agent", async () => {
  await using here = await host();
  const unknown = await here.etcha("status", "cor");
  equal(unknown.code, 2);
  match(unknown.stderr, /"cor".*\n {2}hint: did you mean "core"\?/);
  equal((await here.etcha("history", "nope")).code, 2);
  deepEqual(here.folder.list(), [], "looking left something behind");
});

Deno.test("status is readable beside a running agent, also for what is not configured any more", async () => {
  await using here = await host();
  await here.build(GOOD);
  await using agent = new Agent({ cwd: here.folder.path, settings: here.settings });
  await agent.logged(/Changing say/);
  await until(async () => /last run/.test((await here.etcha("status")).stdout), () => "no run was recorded");
  const elsewhere = await etcha(["status"], { cwd: here.folder.path });
  match(elsewhere.stdout, /^core \(not in the configuration\)\n {2}pattern {5}[0-9a-f]{12} by key k/);
  agent.signal("SIGTERM");
  equal(await agent.ended(), 0);
});

Deno.test("the first signal lets a running command end, the second one ends it", async () => {
  await using here = await host();
  await here.build(`{ run: [
    { id: 'slow', check: 'test -e ended', change: 'touch begun; until test -e go; do sleep 0.05; done; touch ended' },
    { id: 'later', check: 'test -e later', change: 'touch later' },
  ] }`);
  const names = () => here.folder.list();
  await using patient = new Agent({ cwd: here.folder.path, settings: here.settings });
  await until(() => names().includes("begun"), () => patient.log);
  patient.signal("SIGTERM");
  await patient.logged(/a second signal ends it at once/);
  await here.folder.write({ go: "" });
  equal(await patient.ended(), 0);
  truthy(names().includes("ended") && !names().includes("later"), names().join());

  for (const name of ["begun", "go", "ended"]) await Deno.remove(`${here.folder.path}/${name}`);
  await using hasty = new Agent({ cwd: here.folder.path, settings: here.settings });
  await until(() => names().includes("begun"), () => hasty.log);
  // Of two equal signals that come at once the kernel may deliver one.
  hasty.signal("SIGTERM");
  hasty.signal("SIGINT");
  equal(await hasty.ended(), 0);
  truthy(!names().includes("ended"), names().join());
  match((await here.etcha("status")).stdout, /^ {2}commands {4}begun {7}slow$/m);
});
