import { deepEqual, equal, match, ok } from "node:assert/strict";
import process from "node:process";
import type { Exec } from "../../src/domain/exec.ts";
import { files } from "../../src/host/deno/files.ts";
import { processes } from "../../src/host/deno/processes.ts";
import { runText } from "../../src/workflows/run_text.ts";
import { Folder } from "../cli/folder.ts";

const never = new AbortController().signal;
const SYSTEM_PATH = "/usr/bin:/bin";

/**
 * Plays a container engine: `run` notes its arguments and the variables that it is to pass on, and runs what the image's
 * name says in a session of its own, as a daemon would; `rm` ends that.
 */
const ENGINE = `#!/bin/sh
dir=$(dirname "$0")
printf '%s\\n' "$@" >> "$dir/argv"
echo -- >> "$dir/argv"
if [ "$1" = rm ]; then
  kill -KILL "$(cat "$dir/$3")" && rm "$dir/$3"
  exit
fi
echo "SECRET=$SECRET EMPTY=$EMPTY" > "$dir/env"
name=
while [ $# -gt 0 ]; do
  case "$1" in
    --name) name=$2 ;;
    hang) setsid sleep 600 > /dev/null 2>&1 & echo $! > "$dir/$name"; wait ;;
    broken) echo "docker: Error response from daemon: no such image."; exit 125 ;;
    silent) exit 125 ;;
    missing) echo "Error: runc: executable file not found: OCI runtime attempted to invoke a command"; exit 127 ;;
    three) cat; exit 3 ;;
    own) echo own; exit 127 ;;
  esac
  shift
done
`;

async function withEngine(
  engine: "docker" | "podman",
  run: (folder: Folder, means: Parameters<typeof runText>[2]) => Promise<void>,
): Promise<void> {
  await using folder = await Folder.make();
  await folder.write({ [`bin/${engine}`]: ENGINE });
  await Deno.chmod(`${folder.path}/bin/${engine}`, 0o755);
  await run(folder, {
    processes,
    files,
    environment: { PATH: `${folder.path}/bin:${SYSTEM_PATH}`, HOME: "/root", EMPTY: "of the host" },
    shell: ["sh", "-e", "-c"],
  });
}

const container = (image: string): Exec => ({ env: {}, envInherit: true, container: { image, volumes: [] } });
const request = (text: string, variables: Record<string, string> = {}) => ({ text, variables, outputLimit: 10_000 });

/** The arguments of a call, without the name, which is another one each time. */
function calls(text: string): readonly (readonly string[])[] {
  return text.split("--\n").filter(Boolean).map((call) =>
    call.trimEnd().split("\n").map((word) => word.replace(/^etcha-[0-9a-f-]{36}$/, "NAME"))
  );
}

for (const engine of ["docker", "podman"] as const) {
  Deno.test(`a container of ${engine}: everything by flags, the values of variables by none`, async () => {
    await withEngine(engine, async (folder, means) => {
      const exec: Exec = {
        command: "/bin/sh -c",
        env: { SECRET: "s3cret", A: "1" },
        envInherit: true,
        container: {
          image: "debian:13",
          entrypoint: "/usr/bin/env",
          network: "host",
          privileged: true,
          pull: "always",
          user: "1000:1000",
          volumes: ["/srv:/srv", "cache:/cache:ro"],
          workDir: "/srv",
        },
      };
      const result = await runText(exec, request("echo $A", { EMPTY: "" }), means, never);
      deepEqual(result, { kind: "exited", code: 0, output: "" });
      const flags = [
        "--env",
        "A",
        "--env",
        "EMPTY",
        "--env",
        "SECRET",
        "--entrypoint",
        "/usr/bin/env",
        "--network",
        "host",
      ];
      const more = ["--privileged", "--pull", "always", "--user", "1000:1000", "--volume", "/srv:/srv"];
      deepEqual(calls(await folder.read("bin/argv")), [[
        ...["run", "-i", "--rm", "--init", "--name", "NAME", ...flags, ...more],
        ...["--volume", "cache:/cache:ro", "--workdir", "/srv", "debian:13", "/bin/sh", "-c", "echo $A"],
      ]]);
      equal(await folder.read("bin/env"), "SECRET=s3cret EMPTY=\n");
    });
  });
}

Deno.test("a container without a command of its own takes bash where it has one; without a shell, the words", async () => {
  await withEngine("docker", async (folder, means) => {
    await runText(container("x"), request("echo 'a'"), means, never);
    await runText({ ...container("x"), command: "", env: { N: "1 2" } }, request("touch ${N} ${HOME}"), means, never);
    const [shell, words] = calls(await folder.read("bin/argv"));
    deepEqual(shell?.slice(6, 9), ["x", "sh", "-c"]);
    match(shell?.[9] ?? "", /exec bash -e -o pipefail -c "\$1"; exec sh -e -c "\$1"$/);
    deepEqual(shell?.slice(10), ["sh", "echo 'a'"]);
    deepEqual(
      words?.slice(6),
      ["--env", "N", "x", "touch", "1 2", "${HOME}"],
      "the host's HOME is none of its business",
    );
  });
});

Deno.test("a text too long for an argument is a file that the container sees", async () => {
  await withEngine("docker", async (folder, means) => {
    await runText(container("x"), request(`: ${"x".repeat(100 * 1024)}`), means, never);
    const [call] = calls(await folder.read("bin/argv"));
    const volume = call?.[call.indexOf("--volume") + 1] ?? "";
    match(volume, /^(\/.+):\1:ro$/);
    equal(call?.at(-1), `. '${volume.split(":")[0]}'`);
  });
});

Deno.test("the exit code of a container is the text's, unless the engine says that it failed itself", async () => {
  await withEngine("docker", async (_folder, means) => {
    const run = (image: string) => runText(container(image), { ...request("x"), stdin: "in" }, means, never);
    deepEqual(await run("three"), { kind: "exited", code: 3, output: "in" });
    deepEqual(await run("own"), { kind: "exited", code: 127, output: "own\n" });
    deepEqual(await run("silent"), { kind: "not-started", reason: "the container engine failed" });
    const broken = await run("broken");
    match(broken.kind === "not-started" ? broken.reason : "", /^docker: Error response from daemon: no such image/);
    const missing = await run("missing");
    match(missing.kind === "not-started" ? missing.reason : "", /^Error: runc: executable file not found/);
  });
});

for (const how of ["timed-out", "cancelled"] as const) {
  Deno.test(`a container that is ${how} is removed`, async () => {
    await withEngine("docker", async (folder, means) => {
      const cancel = new AbortController();
      const more = how === "timed-out" ? { timeout: 400 } : {};
      const running = runText(container("hang"), { ...request("x"), ...more }, means, cancel.signal);
      const pid = Number(
        await until(async () => {
          const name = folder.list("bin").find((one) => one.startsWith("etcha-"));
          return name === undefined ? undefined : await folder.read(`bin/${name}`) || undefined;
        }),
      );
      if (how === "cancelled") cancel.abort();
      equal((await running).kind, how);
      deepEqual(calls(await folder.read("bin/argv")).at(-1), ["rm", "--force", "NAME"]);
      await until(() => Promise.resolve(isGone(pid) || undefined));
    });
  });
}

const LONG = `exit 7\n${"# long\n".repeat(20_000)}`;

Deno.test("a text too long for an argument goes only to what is a plain shell for sure", async () => {
  await using folder = await Folder.make();
  const means = {
    processes,
    files,
    environment: { PATH: SYSTEM_PATH },
    shell: ["sh", "-e", "-c"] as const,
    textFolder: folder.path,
  };
  const run = (command: string | undefined) =>
    runText({ env: {}, envInherit: true, ...(command !== undefined && { command }) }, request(LONG), means, never);
  for (const command of [undefined, "sh -c", "/bin/sh -e -c", "sh -ec", "env A=1 sh -c", "timeout 60 /bin/sh -c"]) {
    deepEqual(await run(command), { kind: "exited", code: 7, output: "" }, command);
  }
  const reason = "the text is longer than 96 KiB, which only a shell can take";
  for (const command of ["python3 -c", "chroot / sh -c", "sh", "echo sh -c x", "cat", "perl -e"]) {
    deepEqual(await run(command), { kind: "not-started", reason }, command);
  }
  deepEqual(folder.list("."), []);
});

Deno.test("a file for a text that can't be made, or is gone at the end, is no exception", async () => {
  await using folder = await Folder.make();
  const means = { processes, files, environment: { PATH: SYSTEM_PATH }, shell: ["sh", "-e", "-c"] as const };
  const exec = { env: {}, envInherit: true };
  const refused = await runText(exec, request(LONG), { ...means, textFolder: `${folder.path}/nothing` }, never);
  match(refused.kind === "not-started" ? refused.reason : refused.kind, /^cannot write a temporary file: No such file/);
  const removing = request(`rm "$FOLDER"/.etcha-*; echo gone${LONG.slice(6)}`, { FOLDER: folder.path });
  deepEqual(await runText(exec, removing, { ...means, textFolder: folder.path }, never), {
    kind: "exited",
    code: 0,
    output: "gone\n",
  });
});

Deno.test("without an engine nothing is run outside instead", async () => {
  await using folder = await Folder.make();
  const means = { processes, files, environment: { PATH: folder.path }, shell: ["/bin/sh", "-c"] as const };
  const result = await runText(container("x"), request("true"), means, never);
  deepEqual(result, { kind: "not-started", reason: "neither docker nor podman is on the PATH" });
});

async function until<T>(find: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + 10_000;
  while (true) {
    const found = await find();
    if (found !== undefined) return found;
    ok(performance.now() < end, "it did not come about within 10 s");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return Deno.readTextFileSync(`/proc/${pid}/stat`).includes(") Z ");
  } catch (error) {
    match(String(error), /ESRCH|NotFound/);
    return true;
  }
}
