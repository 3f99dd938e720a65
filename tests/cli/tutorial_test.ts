import { deepEqual, equal, match } from "node:assert/strict";
import { Agent, until } from "./agent.ts";
import { Folder } from "./folder.ts";
import { etcha } from "./program.ts";

// A walk through the tutorial of pushing and pulling, step by step: the same commands, flags and results. Its containers
// are local processes here, /work is a temporary folder, and its /bin/sh, which needs [[, is a bash of that name there.

const RIGHT = "ed25519private:MC4CAQAwBQYDK2VwBCIEIBq+BhDRYk8OJv1ksMwKtf0td5p3FGwypXq96gHKefGS:reqYEklgP4";
const WRONG = "ed25519private:MC4CAQAwBQYDK2VwBCIEIE6dSkW4jnn3tx119BKw8+zOmhJyzTOsBlWcjqaHxMcX:ZcxoeWfSRt";
const PUBLIC = "ed25519public:MCowBQYDK2VwAyEAw7eTEuEH0+TfgtX3zB+JZVnYD0eskY6qn3n7ZCA7wWM=:reqYEklgP4";
const HOSTNAME = "871cf521e491";

const runPattern = (work: string) => `
local n = import '../lib/etcha/native.libsonnet';

{
  run: [
    {
      always: true,
      change: 'echo %s > ${work}/hostname' % n.getEnv('HOSTNAME', 'fallback'),
      id: 'write a file',
      onChange: [
        'copy file',
      ],
      remove: 'rm ${work}/hostname',
    },
    {
      change: 'cp ${work}/hostname ${work}/hostname2',
      id: 'copy file',
      remove: 'rm ${work}/hostname2',
    },
  ],
  runExec: {
    command: '${work}/bin/sh -c'
  },
}
`;

const newfilePattern = (work: string) => `
local n = import '../lib/etcha/native.libsonnet';

{
  run: [
    {
      change: 'echo %s > ${work}/newfile' % n.getEnv('HOSTNAME'),
      check: '[[ -e ${work}/newfile ]]',
      id: 'write a new file',
      remove: 'rm ${work}/newfile',
    },
  ],
  runExec: {
    command: '${work}/bin/sh -c'
  },
}
`;

/** The tutorial's folder, prepared as its first part says. */
async function prepare(folder: Folder): Promise<void> {
  await Deno.mkdir(`${folder.path}/etcha`);
  equal((await etcha(["init", "."], { cwd: folder.path })).code, 0);
  await Deno.mkdir(`${folder.path}/bin`);
  await Deno.symlink(await which("bash"), `${folder.path}/bin/sh`);
  await folder.write({
    "patterns/run.jsonnet": runPattern(folder.path),
    "patterns/newfile.jsonnet": newfilePattern(folder.path),
  });
}

async function which(name: string): Promise<string> {
  for (const dir of (Deno.env.get("PATH") ?? "").split(":")) {
    try {
      if ((await Deno.stat(`${dir}/${name}`)).isFile) return `${dir}/${name}`;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new Error(`${name} is needed`);
}

/** What a listing of the folder shows, without the agent's output and what stands for the container's own files. */
function ls(folder: Folder): readonly string[] {
  return folder.list().filter((name) => !["agent.log", "agent.out", "bin"].includes(name));
}

async function metrics(agent: Agent): Promise<readonly string[]> {
  const { status, body } = await agent.call("/etcha/v1/system/metrics?key=secret");
  equal(status, 200);
  return body.split("\n");
}

function ofPatterns(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => /^etcha_(commands_total|sources_commands|sources_total)\{/.test(line)).sort();
}

Deno.test("the tutorial: pushing a pattern", async () => {
  await using folder = await Folder.make();
  await prepare(folder);
  const cwd = folder.path;
  const env = { HOSTNAME };
  await using agent = new Agent({
    cwd,
    env,
    settings: {
      run_listenAddress: "127.0.0.1:0",
      run_systemMetricsSecret: "secret",
      sources_listen: `{
      "allowPush":true,
      "runExec": {
        "allowOverride":true
      },
      "verifyKeys": [
        "${PUBLIC}"
      ]
    }`,
    },
  });
  const { port } = await agent.listening();
  match(agent.log, /message="Starting source runner\.\.\."/);
  match(agent.log, /etcha\/listen\.jwt/);
  match(agent.log, /message="Generating self-signed certificate for listener\.\.\."/);
  deepEqual(ofPatterns(await metrics(agent)), []);
  const push = (key: string, pattern: string, ...more: string[]) =>
    etcha(
      ["-x", `build_signingKey=${key}`, ...more, "push", "-h", "localhost", "-p", String(port), "listen", pattern],
      { cwd, env },
    );
  const skip = ["-x", "build_pushTLSSkipVerify=true"];

  const fingerprint = /SHA-256 ([0-9A-F:]{95})/.exec(agent.log)?.[1];
  const unverified = await push(RIGHT, "patterns/run.jsonnet");
  equal(unverified.code, 1);
  match(unverified.stdout, /^localhost:\n {4}ERROR: the certificate of localhost:\d+ /);
  match(unverified.stdout, new RegExp(`-x targets_localhost_tlsFingerprint=${fingerprint}\n`));

  const refused = await push(WRONG, "patterns/run.jsonnet", ...skip);
  deepEqual([refused.code, refused.stdout], [1, "localhost:\n    ERROR: push didn't match any sources\n"]);
  match(refused.stderr, /^hint: .*agent's log on the host has the reason\n$/);
  match(agent.log, /status=404 .*ZcxoeWfSRt/);

  const first = await push(RIGHT, "patterns/run.jsonnet", ...skip);
  deepEqual([first.code, first.stdout], [0, "localhost:\n    Changed 2: write a file, copy file\n"]);
  equal(await folder.read("hostname"), `${HOSTNAME}\n`);
  equal(await folder.read("hostname2"), `${HOSTNAME}\n`);

  const second = await push(RIGHT, "patterns/newfile.jsonnet", ...skip);
  equal(
    second.stdout,
    "localhost:\n    Changed 1: write a new file\n    Removed 2: copy file, write a file\n",
  );
  equal(second.code, 0);
  deepEqual(ls(folder), ["README.md", "etcha", "lib", "newfile", "patterns"]);

  const third = await push(RIGHT, "patterns/newfile.jsonnet", ...skip);
  deepEqual([third.code, third.stdout, third.stderr], [0, "localhost:\n    No changes\n", ""]);

  await Deno.remove(`${cwd}/newfile`);
  for (const name of folder.list("etcha")) await Deno.remove(`${cwd}/etcha/${name}`);
  agent.signal("SIGTERM");
  equal(await agent.ended(), 0);
});

Deno.test("the tutorial: pulling a pattern", async () => {
  await using folder = await Folder.make();
  await prepare(folder);
  const cwd = folder.path;
  const env = { HOSTNAME };
  await using agent = new Agent({
    cwd,
    env,
    settings: {
      run_listenAddress: "127.0.0.1:0",
      run_systemMetricsSecret: "secret",
      sources_listen: `{
      "runExec": {
        "allowOverride":true
      },
      "pullPaths": [
        "${cwd}/listen.jwt"
      ],
      "verifyKeys": [
        "${PUBLIC}"
      ]
    }`,
    },
  });
  await agent.listening();
  match(agent.log, /message="Starting source runner\.\.\."/);
  const build = async (key: string, pattern: string) => {
    const built = await etcha(["-x", `build_signingKey=${key}`, "build", pattern, "listen.jwt"], { cwd, env });
    deepEqual([built.code, built.stderr], [0, ""]);
  };

  await build(WRONG, "patterns/run.jsonnet");
  await agent.logged(/level="ERROR" .*sourceTrigger="pull" sourceName="listen" error=".*ZcxoeWfSRt/);
  deepEqual(ls(folder), ["README.md", "etcha", "lib", "listen.jwt", "patterns"]);
  deepEqual(ofPatterns(await metrics(agent)), []);

  await build(RIGHT, "patterns/run.jsonnet");
  await agent.logged(
    inOrder("Updating config for listen", "Always changing write a file", "Changing write a file"),
  );
  await agent.logged(inOrder("Triggering copy file via write a file", "Changing copy file"));
  await settled(agent, 1);
  deepEqual(ls(folder), ["README.md", "etcha", "hostname", "hostname2", "lib", "listen.jwt", "patterns"]);
  equal(await folder.read("hostname2"), `${HOSTNAME}\n`);

  await build(RIGHT, "patterns/newfile.jsonnet");
  await agent.logged(
    inOrder("Updating config for listen", "Removing copy file", "Removing write a file", "Changing write a new file"),
  );
  await settled(agent, 2);
  deepEqual(ls(folder), ["README.md", "etcha", "lib", "listen.jwt", "newfile", "patterns"]);
  deepEqual(ofPatterns(await metrics(agent)), [
    'etcha_commands_total{error="0",id="copy file",mode="change",source="listen"} 1',
    'etcha_commands_total{error="0",id="copy file",mode="remove",source="listen"} 1',
    'etcha_commands_total{error="0",id="write a file",mode="change",source="listen"} 1',
    'etcha_commands_total{error="0",id="write a file",mode="remove",source="listen"} 1',
    'etcha_commands_total{error="0",id="write a new file",mode="change",source="listen"} 1',
    'etcha_commands_total{error="1",id="copy file",mode="check",source="listen"} 1',
    'etcha_commands_total{error="1",id="write a file",mode="check",source="listen"} 1',
    'etcha_commands_total{error="1",id="write a new file",mode="check",source="listen"} 1',
    'etcha_sources_commands{mode="change",name="listen",trigger="pull"} 1',
    'etcha_sources_commands{mode="remove",name="listen",trigger="pull"} 2',
    'etcha_sources_total{error="0",name="listen",trigger="pull"} 2',
  ]);
  agent.signal("SIGTERM");
  equal(await agent.ended(), 0);
});

/** Lines of the log, of pulls of the source, whose messages follow each other directly. */
function inOrder(...messages: readonly string[]): RegExp {
  return new RegExp(
    messages.map((text) => `[^\n]*sourceTrigger="pull" sourceName="listen"[^\n]* message="${text}\\.\\.\\."\n`).join(
      "",
    ),
  );
}

/** Waits until so many runs are through: their effects come before their figures. */
async function settled(agent: Agent, runs: number): Promise<void> {
  const isCounted = (line: string) => line.startsWith("etcha_sources_total") && line.endsWith(` ${runs}`);
  await until(async () => (await metrics(agent)).some(isCounted), () => `${runs} runs were not counted`);
}
