import assert from "node:assert/strict";
import { Metrics } from "../../src/agent/metrics.ts";
import type { SourceFigures } from "../../src/agent/source_metrics.ts";
import { files } from "../../src/host/deno/files.ts";
import { HostError } from "../../src/host/host.ts";

const nothing = () => Promise.reject(new HostError("not-found", "no such file"));
const noProc = { list: nothing, readText: nothing };

const QUIET = { drifted: 0, duration: 20, endedAt: 1_700_000_000_000 };

async function series(metrics: Metrics, prefix: string): Promise<readonly string[]> {
  return (await metrics.text()).split("\n").filter((line) => line.startsWith(prefix));
}

Deno.test("metrics: after the tutorial's two pulls its lines are there, with the trigger filled", async () => {
  const metrics = new Metrics("1.2.3", noProc);
  const command = (id: string, mode: "check" | "change" | "remove") =>
    metrics.recordCommand({ source: "listen", id, parentId: "", mode, error: mode === "check" });
  const run = (changed: number, removed: number) =>
    metrics.recordRun({ source: "listen", trigger: "pull", error: false, changed, removed, ...QUIET });
  for (const id of ["write a file", "copy file"]) {
    command(id, "check");
    command(id, "change");
  }
  run(2, 0);
  command("copy file", "remove");
  command("write a file", "remove");
  command("write a new file", "check");
  command("write a new file", "change");
  run(1, 2);
  assert.deepEqual((await series(metrics, "etcha_commands_total")).toSorted(), [
    'etcha_commands_total{error="0",id="copy file",mode="change",source="listen"} 1',
    'etcha_commands_total{error="0",id="copy file",mode="remove",source="listen"} 1',
    'etcha_commands_total{error="0",id="write a file",mode="change",source="listen"} 1',
    'etcha_commands_total{error="0",id="write a file",mode="remove",source="listen"} 1',
    'etcha_commands_total{error="0",id="write a new file",mode="change",source="listen"} 1',
    'etcha_commands_total{error="1",id="copy file",mode="check",source="listen"} 1',
    'etcha_commands_total{error="1",id="write a file",mode="check",source="listen"} 1',
    'etcha_commands_total{error="1",id="write a new file",mode="check",source="listen"} 1',
  ]);
  assert.deepEqual(await series(metrics, "etcha_sources_commands"), [
    'etcha_sources_commands{mode="change",name="listen",trigger="pull"} 1',
    'etcha_sources_commands{mode="remove",name="listen",trigger="pull"} 2',
  ]);
  assert.deepEqual(await series(metrics, "etcha_sources_total"), [
    'etcha_sources_total{error="0",name="listen",trigger="pull"} 2',
  ]);
  assert.deepEqual(await series(metrics, "etcha_build_info"), ['etcha_build_info{version="1.2.3"} 1']);
  assert.deepEqual(await series(metrics, 'etcha_sources_duration_seconds_bucket{le="0.05"'), [
    'etcha_sources_duration_seconds_bucket{le="0.05",name="listen",trigger="pull"} 2',
  ]);
});

Deno.test("metrics: last success, drift and how long texts take", async () => {
  const metrics = new Metrics("1", noProc);
  const run = { source: "s", trigger: "pull", changed: 1, removed: 0, duration: 5 };
  metrics.recordRun({ ...run, error: false, drifted: 2, endedAt: 1_700_000_000_500 });
  metrics.recordRun({ ...run, error: true, drifted: 1, endedAt: 1_800_000_000_000 });
  metrics.recordDuration("s", "check", 70);
  assert.deepEqual(await series(metrics, "etcha_sources_last_success_timestamp_seconds"), [
    'etcha_sources_last_success_timestamp_seconds{name="s"} 1700000000.5',
  ]);
  assert.deepEqual(await series(metrics, "etcha_sources_drift_total"), ['etcha_sources_drift_total{name="s"} 3']);
  assert.deepEqual(await series(metrics, 'etcha_commands_duration_seconds_bucket{le="0.05"'), [
    'etcha_commands_duration_seconds_bucket{le="0.05",mode="check",source="s"} 0',
  ]);
  assert.deepEqual(await series(metrics, "etcha_commands_duration_seconds_sum"), [
    'etcha_commands_duration_seconds_sum{mode="check",source="s"} 0.07',
  ]);
});

Deno.test("metrics: a source is as it is when it is asked for, and one that is gone has no series", async () => {
  const metrics = new Metrics("1", noProc);
  let sources: readonly SourceFigures[] = [
    { name: "a", failing: true, paused: false, token: { issuedAt: 5, expires: 9 } },
    { name: "b", failing: false, paused: true, token: { issuedAt: 6 } },
    { name: "c", failing: false, paused: false },
  ];
  metrics.watchSources(() => sources);
  const figures = () => series(metrics, "etcha_sources_");
  assert.deepEqual(await figures(), [
    'etcha_sources_failing{name="a"} 1',
    'etcha_sources_failing{name="b"} 0',
    'etcha_sources_failing{name="c"} 0',
    'etcha_sources_paused{name="a"} 0',
    'etcha_sources_paused{name="b"} 1',
    'etcha_sources_paused{name="c"} 0',
    'etcha_sources_token_issued_timestamp_seconds{name="a"} 5',
    'etcha_sources_token_issued_timestamp_seconds{name="b"} 6',
    'etcha_sources_token_expires_timestamp_seconds{name="a"} 9',
  ]);
  sources = [];
  assert.deepEqual(await figures(), []);
});

Deno.test("metrics: the listener and events", async () => {
  const metrics = new Metrics("1", noProc);
  for (const event of ["accepted", "accepted", "displaced", "ended", "refused"] as const) {
    metrics.recordConnection(event);
  }
  metrics.recordRequest("push", 200);
  metrics.recordEvent("s", "delivered");
  assert.deepEqual(await series(metrics, "etcha_listener_"), [
    'etcha_listener_requests_total{code="200",route="push"} 1',
    'etcha_listener_connections_total{result="accepted"} 2',
    'etcha_listener_connections_total{result="refused"} 1',
    'etcha_listener_connections_total{result="displaced"} 1',
    "etcha_listener_connections 1",
  ]);
  assert.deepEqual(await series(metrics, "etcha_events_total"), [
    'etcha_events_total{result="delivered",source="s"} 1',
  ]);
});

Deno.test("metrics: groups show as parent_id, hostile ids can't forge lines", async () => {
  const metrics = new Metrics("1", noProc);
  const base = { source: "s", mode: "change", error: true } as const;
  metrics.recordCommand({ ...base, id: 'a"\n# HELP forged\nb\\', parentId: "group > inner" });
  metrics.recordCommand({ ...base, id: "__proto__", parentId: "" });
  metrics.recordCommand({ ...base, id: "x".repeat(500), parentId: "" });
  assert.deepEqual(await series(metrics, "etcha_commands_total"), [
    String
      .raw`etcha_commands_total{error="1",id="a\"\n# HELP forged\nb\\",mode="change",parent_id="group > inner",source="s"} 1`,
    'etcha_commands_total{error="1",id="__proto__",mode="change",source="s"} 1',
    `etcha_commands_total{error="1",id="${"x".repeat(200)}…",mode="change",source="s"} 1`,
  ]);
});

Deno.test("metrics: of more than 20,000 series of commands the one counted longest ago goes", async () => {
  const metrics = new Metrics("1", noProc);
  const count = (id: string) => metrics.recordCommand({ source: "s", id, parentId: "", mode: "check", error: false });
  for (let i = 0; i < 20_000; i++) count(`id ${i}`);
  count("id 0");
  count("one more");
  const lines = await series(metrics, "etcha_commands_total");
  assert.equal(lines.length, 20_000);
  assert.ok(lines.includes('etcha_commands_total{error="0",id="id 0",mode="check",source="s"} 2'));
  assert.ok(!lines.some((line) => line.includes('id="id 1"')));
});

Deno.test({
  name: "metrics: the process is measured where there is /proc",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const metrics = new Metrics("1", files);
    const value = async (name: string) => Number((await series(metrics, `${name} `))[0]?.split(" ")[1]);
    const memory = Deno.memoryUsage().rss;
    const measured = await value("process_resident_memory_bytes");
    assert.ok(measured > memory / 2 && measured < memory * 2, `${measured} against ${memory}`);
    assert.ok(await value("process_virtual_memory_bytes") > measured);
    assert.ok(await value("process_cpu_seconds_total") > 0);
    assert.ok(await value("process_open_fds") > 3);
    assert.ok(await value("process_max_fds") >= await value("process_open_fds"));
    const age = Date.now() / 1000 - await value("process_start_time_seconds");
    assert.ok(age > -2 && age < 3600, `${age} seconds old`);
    const before = await value("process_cpu_seconds_total");
    assert.ok(await value("process_cpu_seconds_total") - before < 5, "is set, not added up");
  },
});

Deno.test("metrics: without /proc nothing is claimed about the process", async () => {
  const lines = await series(new Metrics("1", noProc), "process_");
  assert.deepEqual(lines.filter((line) => !line.startsWith("process_cpu_seconds_total 0")), []);
});
