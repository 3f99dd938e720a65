/** docs/reference/metrics.md: what the agent tells Prometheus, from a registry in which everything has happened once. */
import { Metrics } from "../../src/agent/metrics.ts";
import { code, head, page, plain, table } from "./markdown.ts";

const ABOUT =
  `The agent tells these at \`/etcha/v1/system/metrics\` when \`run.systemMetricsSecret\` is set. What they are good
for, with a dashboard and alerts, is in [monitoring](../monitoring/README.md).`;

export async function metricsPage(): Promise<string> {
  const text = await everything().text();
  const rows = text.trim().split("\n\n").map((one) => {
    const [, name = "", help = "", type = "", series = ""] = /^# HELP (\S+) (.*)\n# TYPE \S+ (\S+)([^]*)$/.exec(one) ??
      [];
    return [code(name), type, labelsOf(series), plain(help)];
  });
  return page([head("Metrics", ABOUT), table(["metric", "type", "labels", "meaning"], rows)]);
}

function labelsOf(series: string): string {
  const names = [...series.matchAll(/[{,](\w+)="/g)].map(([, name]) => name!).filter((name) => name !== "le");
  return [...new Set(names)].sort().map(code).join(", ");
}

function everything(): Metrics {
  const metrics = new Metrics("", { list: () => Promise.resolve([]), readText: () => Promise.resolve("") });
  metrics.recordCommand({ source: "s", id: "i", parentId: "p", mode: "check", error: false });
  metrics.recordRun({
    source: "s",
    trigger: "push",
    error: false,
    changed: 0,
    removed: 0,
    drifted: 0,
    duration: 0,
    endedAt: 0,
  });
  metrics.recordDuration("s", "check", 0);
  metrics.recordEvent("s", "delivered");
  metrics.recordRequest("push", 200);
  metrics.recordConnection("accepted");
  metrics.watchSources(() => [{ name: "s", failing: false, paused: false, token: { issuedAt: 0, expires: 0 } }]);
  return metrics;
}
