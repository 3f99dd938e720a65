import { deepEqual, match, ok } from "node:assert/strict";
import { execute } from "../../src/engine/execute.ts";
import { NOTHING_REMEMBERED, plan } from "../../src/engine/plan.ts";
import { clock } from "../../src/host/deno/clock.ts";
import { files } from "../../src/host/deno/files.ts";
import { processes } from "../../src/host/deno/processes.ts";
import { HostError } from "../../src/host/host.ts";
import { driveDirectly } from "../../src/workflows/drive.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { FakeFiles } from "../fakes/fake_files.ts";
import { FakeProcesses, type ProcessScript } from "../fakes/fake_processes.ts";
import { OF_NO_PROCESS } from "../fakes/no_process.ts";
import { rendered } from "../fakes/simulated_source.ts";

const LONG = `true\n${"# long\n".repeat(20_000)}`;

function means(files: FakeFiles, script: ProcessScript, told: string[] = []) {
  return {
    processes: new FakeProcesses(script),
    files,
    ...OF_NO_PROCESS,
    clock: new FakeClock(),
    environment: { PATH: "/bin" },
    tell: ({ message }: { readonly message: string }) => void told.push(message),
    cancel: new AbortController().signal,
  };
}

Deno.test("a text whose file can't be made could not be started, and the run comes to its end", async () => {
  const files = new FakeFiles();
  files.temporary = () =>
    Promise.reject(new HostError("full", "cannot write a temporary file: No space left on device"));
  const list = rendered([{ id: "a", always: true, change: LONG, onFail: ["b"] }, { id: "b", change: "change b" }]);
  const report = await driveDirectly(
    execute(plan(NOTHING_REMEMBERED, list, true), { mode: "change" }),
    means(files, () => ({ kind: "exited", code: 0, output: "" })),
  );
  deepEqual(report.failures.map(({ message }) => message), [
    'change of "a" could not be started: cannot write a temporary file: No space left on device',
  ]);
  deepEqual(report.changed.map(({ id }) => id), ["b"]);
});

Deno.test("why a sensitive command could not be started is told nowhere, as it may quote the command", async () => {
  const told: string[] = [];
  const canary = "s3cr3t-password";
  const one = { change: canary, always: true, retries: { count: 1, pause: "1s" } };
  for (const sensitive of [true, false]) {
    const list = rendered([{ ...one, id: "a", sensitive }]);
    const here = means(new FakeFiles(), () => ({ kind: "not-started", reason: `program "${canary}" not found` }), told);
    here.clock.sleep = () => Promise.resolve();
    const report = await driveDirectly(execute(plan(NOTHING_REMEMBERED, list, true), { mode: "change" }), here);
    const texts = JSON.stringify([report, told]);
    match(texts, /could not be started/);
    // That the second one shows it tells that the first one has looked where it stands.
    ok(texts.includes(canary) !== sensitive, texts);
  }
});

Deno.test("a long list of resources lets others have their turn, such as who cancels it", async () => {
  const list = rendered(
    Array.from({ length: 500 }, (_, i) => ({ id: `c${i}`, check: ["etcha", "file", "check", `/f${i}`], change: "x" })),
  );
  const here = means(new FakeFiles(), () => ({ kind: "exited", code: 0, output: "" }));
  const cancel = new AbortController();
  setTimeout(() => cancel.abort(), 0);
  const report = await driveDirectly(
    execute(plan(NOTHING_REMEMBERED, list, true), { mode: "check" }),
    { ...here, clock, cancel: cancel.signal },
  );
  match(report.failures.map(({ message }) => message).join(), /^check of "c\d+" was interrupted: etcha is stopping$/);
});

Deno.test("many large outputs are no reason why a later command could not be started", async () => {
  const large = Array.from({ length: 16 }, (_, i) => ({
    id: `c${i}`,
    envPrefix: `P${i}`,
    always: true,
    check: "head -c 98304 /dev/zero | tr '\\0' x",
    change: "head -c 98304 /dev/zero | tr '\\0' y",
  }));
  const last = { id: "last", always: true, change: 'echo "${#P15} ${#P15_CHANGE_OUT} $P0 $P15_CHANGE"' };
  const report = await driveDirectly(
    execute(plan(NOTHING_REMEMBERED, rendered([...large, last]), true), { mode: "change" }),
    { ...means(new FakeFiles(), () => ({ kind: "exited", code: 0, output: "" })), processes, files, environment: {} },
  );
  deepEqual(report.failures, []);
  deepEqual(report.changed.at(-1)?.output, "98304 98304 \n[cut] 0");
});
