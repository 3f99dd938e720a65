/** The dashboard and the alert rules of docs/monitoring name what a real agent tells. */
import { deepEqual, equal, match, ok as truthy, throws } from "node:assert/strict";
import { clock } from "../../src/host/deno/clock.ts";
import { Evaluator } from "../../src/jsonnet/evaluator.ts";
import { CountingWorkers, request } from "../jsonnet/evaluate.ts";
import { ok } from "../token/tokens.ts";
import { Agent, inFolder, until } from "./agent.ts";
import { forge, patternClaims, seconds, testKey } from "./forge.ts";
import { namedIn } from "./promql.ts";

const FOLDER = new URL("../../docs/monitoring/", import.meta.url);
/** What Prometheus itself adds to whatever it has scraped. */
const SCRAPED = ["instance", "job"];

/** Labels of each metric. */
type Metrics = ReadonlyMap<string, ReadonlySet<string>>;

/** Reads the text format: https://prometheus.io/docs/instrumenting/exposition_formats/ */
function parseMetrics(text: string): Metrics {
  const metrics = new Map<string, Set<string>>([["up", new Set()]]);
  for (const line of text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))) {
    const [, name, labels = ""] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    truthy(name !== undefined, line);
    const known = metrics.get(name) ?? new Set();
    for (const [, label] of labels.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)) known.add(label!);
    metrics.set(name, known);
  }
  return metrics;
}

/** What of an expression no agent tells: names of metrics, and labels that none of its metrics has. */
function unknownIn(expression: string, metrics: Metrics): readonly string[] {
  const named = namedIn(expression);
  const labels = new Set([...SCRAPED, ...named.metrics.flatMap((name) => [...metrics.get(name) ?? []])]);
  return [...named.metrics.filter((name) => !metrics.has(name)), ...named.labels.filter((label) => !labels.has(label))];
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** By the evaluator of the program, which knows YAML. */
async function readRules(): Promise<readonly Rule[]> {
  await using evaluator = new Evaluator(new CountingWorkers(), clock);
  const code = `std.parseYaml(${JSON.stringify(await Deno.readTextFile(new URL("alerts.yml", FOLDER)))})`;
  const { value } = ok(await evaluator.evaluate(request(code), new AbortController().signal));
  const { groups } = value as unknown as { groups: readonly { rules: readonly Rule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

/** `{{ $labels.name }}` of alerts, `{{name}}` of legends. */
function shownLabels(text: string): readonly string[] {
  return [...text.matchAll(/\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}/g)].map(([, label]) => label!);
}

/** An agent that has done, and been asked for, a little of everything. */
async function scrape(cwd: string): Promise<string> {
  const good = await testKey("good");
  const settings = {
    run_listenAddress: "127.0.0.1:0",
    run_verifyKeys: [good.publicKey],
    run_systemMetricsSecret: "secret",
    sources_one: { allowPush: true, eventsSend: ".*" },
    sources_two: { eventsReceive: ["now"], commands: [{ id: "heard", always: true, change: "true" }] },
  };
  await using agent = await new Agent({ cwd, settings }).listening();
  const run = [
    { id: "group", commands: [{ id: "a", check: "false", change: "true", onChange: ["etcha:now"] }] },
    { id: "left", always: true, change: "true", remove: "true" },
  ];
  const exp = seconds() + 3600;
  equal((await agent.push("one", await forge(patternClaims(run, { exp, iat: seconds() - 2 }), good))).status, 200);
  equal((await agent.push("one", await forge(patternClaims(run.slice(0, 1), { exp }), good))).status, 200);
  equal((await agent.push("one", "no token")).status, 404);
  let text = "";
  await until(async () => {
    text = (await agent.call("/etcha/v1/system/metrics?key=secret")).body;
    return text.includes('etcha_events_total{result="delivered",source="one"} 2');
  }, () => text);
  return text;
}

Deno.test("the dashboard and the alert rules name only what an agent tells", () =>
  inFolder(async (cwd) => {
    const text = await scrape(cwd);
    const metrics = parseMetrics(text);
    match(text, /^etcha_listener_connections_total\{result="accepted"\} [1-9]/m);
    match(text, /^etcha_listener_requests_total\{code="404",route="push"\} 1$/m);
    for (const name of metrics.keys()) {
      const family = name.replace(/_(bucket|sum|count)$/, "");
      const isTold = name === "up" ||
        [name, family].some((one) => text.includes(`# HELP ${one} `) && text.includes(`# TYPE ${one} `));
      truthy(isTold, `${name} has no HELP and TYPE`);
    }
    const rules = await readRules();
    truthy(rules.length > 10);
    for (const { alert, expr, labels, annotations } of rules) {
      deepEqual(unknownIn(expr, metrics), [], alert);
      truthy(["info", "warning", "critical"].includes(labels["severity"]!), alert);
      const known = [...SCRAPED, ...namedIn(expr).metrics.flatMap((name) => [...metrics.get(name)!])];
      const shown = shownLabels(Object.values(annotations).join(" "));
      deepEqual(shown.filter((label) => !known.includes(label)), [], alert);
    }
    equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);

    const dashboard: Dashboard = JSON.parse(await Deno.readTextFile(new URL("dashboard.json", FOLDER)));
    const variables = dashboard.templating.list.map(({ name }) => name);
    const used = new Set<string>();
    for (const { title, targets = [] } of dashboard.panels) {
      for (const { expr, legendFormat } of targets) {
        deepEqual(unknownIn(expr, metrics), [], title);
        const { metrics: names } = namedIn(expr);
        names.forEach((name) => used.add(name));
        const known = [...SCRAPED, ...names.flatMap((name) => [...metrics.get(name)!])];
        deepEqual(shownLabels(legendFormat).filter((label) => !known.includes(label)), [], title);
        const asked = [...expr.matchAll(/\$(\w+)/g)].map(([, name]) => name!);
        deepEqual(asked.filter((name) => !["__rate_interval", ...variables].includes(name)), [], title);
      }
    }
    for (const { definition } of dashboard.templating.list) {
      const [, selector, label] = /^label_values\((.*), (\w+)\)$/.exec(definition ?? "") ?? [];
      if (definition === undefined) continue;
      deepEqual(unknownIn(`count by (${label}) (${selector})`, metrics), [], definition);
    }
    // What the agent tells of itself is shown somewhere.
    const own = [...metrics.keys()].filter((name) => name.startsWith("etcha_") && !/_(sum|count)$/.test(name));
    deepEqual(own.filter((name) => !used.has(name)), []);
  }));

Deno.test("a name that nobody tells is found", () => {
  const metrics = parseMetrics('a_total{name="x",le="1"} 5\nb 1\n');
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['sum by (name) (rate(a_total{name=~"$source"}[$__rate_interval])) > 2 * b', []],
    ["histogram_quantile(0.9, sum by (instance, le) (rate(a_total[5m])))", []],
    ["time() - b offset 5m > 1e3 and on (instance) up == 0", []],
    ["rate(a_totl[5m])", ["a_totl"]],
    ['a_total{nme="x"} unless on (nmae) b', ["nme", "nmae"]],
    ["sum without (source) (b)", ["source"]],
  ];
  for (const [expression, unknown] of cases) deepEqual(unknownIn(expression, metrics), unknown, expression);
  for (const wrong of ["rat(b[5m])", "b{name}", "sum(b", "b # 1"]) throws(() => namedIn(wrong), Error, wrong);
});
