import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { parseConfig } from "../../src/domain/config_layers.ts";
import { problemsText } from "../../src/domain/problem.ts";
import { parseRegexp, type Regexp } from "../../src/domain/regexp.ts";
import { chooseTargets, type TargetChoice } from "../../src/workflows/push_targets.ts";

function configured(targets: unknown) {
  const parsed = parseConfig([{ origin: "test", place: "file", value: { targets } }]);
  if (!parsed.ok) throw new Error(problemsText(parsed.problems));
  return parsed.value.config;
}

const CONFIG = configured({
  web2: { hostname: "10.0.0.2", sourcePatterns: { core: "", site: "./patterns/site.jsonnet" } },
  web1: { sourcePatterns: { core: "", site: "patterns/site.jsonnet" }, port: 4444, pathPush: "/x" },
  db: { sourcePatterns: { core: "patterns/db.jsonnet", data: "patterns/db.jsonnet" } },
  spare: {},
});

function chosen(choice: TargetChoice, config = CONFIG) {
  const found = chooseTargets(config, choice);
  if (!found.ok) throw new Error(problemsText(found.problems));
  return found.value;
}

function shown(choice: TargetChoice) {
  return chosen(choice).targets.map(({ target, what }) =>
    `${target.name} ${target.hostname}:${target.port}${target.pathPush} ${what}`
  );
}

function regexp(text: string): Regexp {
  const parsed = parseRegexp(text);
  truthy(parsed.ok);
  return parsed.regexp;
}

Deno.test("every target that lists the source is chosen, sorted by name", () => {
  deepEqual(shown({ source: "core", what: "patterns/all.jsonnet" }), [
    "web1 web1:4444/x patterns/all.jsonnet",
    "web2 10.0.0.2:4000/etcha/v1/push patterns/all.jsonnet",
  ]);
  const { warnings } = chosen({ source: "core", what: "patterns/all.jsonnet" });
  deepEqual(warnings.map(({ code, found }) => [code, /^db .*patterns\/db\.jsonnet/.test(found)]), [
    ["push-other-pattern", true],
  ]);
});

Deno.test("without a pattern each target gets its own; spellings of a path are the same", () => {
  deepEqual(shown({ source: "site" }), [
    "web1 web1:4444/x patterns/site.jsonnet",
    "web2 10.0.0.2:4000/etcha/v1/push ./patterns/site.jsonnet",
  ]);
  equal(chosen({ source: "site", what: "./patterns//site.jsonnet" }).targets.length, 2);
  deepEqual(shown({ source: "data" }), ["db db:4000/etcha/v1/push patterns/db.jsonnet"]);
});

Deno.test("a regular expression narrows by name; port and path are replaced", () => {
  deepEqual(shown({ source: "core", what: "ls", names: regexp("2$"), port: 1, path: "/p" }), ["web2 10.0.0.2:1/p ls"]);
});

Deno.test("one host may be a target or any name, with a port", () => {
  const host = (host: string, more: Partial<TargetChoice> = {}) => shown({ source: "core", what: "ls", host, ...more });
  deepEqual(host("web1"), ["web1 web1:4444/x ls"]);
  deepEqual(host("web1:5"), ["web1 web1:5/x ls"]);
  deepEqual(host("web1:5", { port: 6 }), ["web1 web1:6/x ls"]);
  deepEqual(host("localhost"), ["localhost localhost:4000/etcha/v1/push ls"]);
  deepEqual(host("[fd00::7]:41"), ["fd00::7 fd00::7:41/etcha/v1/push ls"]);
  deepEqual(host("fd00::7"), ["fd00::7 fd00::7:4000/etcha/v1/push ls"]);
  deepEqual(shown({ source: "data", host: "db" }), ["db db:4000/etcha/v1/push patterns/db.jsonnet"]);
  // Who names the host has the last word.
  deepEqual(shown({ source: "data", host: "db", what: "ls" }), ["db db:4000/etcha/v1/push ls"]);
});

const REFUSED: readonly (readonly [string, TargetChoice, string, RegExp])[] = [
  ["no target lists it", { source: "cores", what: "x" }, "push-no-targets", /cores[^]*did you mean "core"/],
  [
    "no name matches",
    { source: "core", what: "x", names: regexp("^zz") },
    "push-no-targets",
    /"\^zz"[^]*db, web1, web2/,
  ],
  [
    "all take another",
    { source: "data", what: "x" },
    "push-no-targets",
    /this command: for data .* patterns\/db\.jsonnet\n.*data: ''.*-h/,
  ],
  ["no pattern", { source: "core" }, "push-no-pattern", /web1, web2[^]*sourcePatterns\.core/],
  ["no pattern for a host", { source: "core", host: "h" }, "push-no-pattern", /pushed to h\n/],
  ["no host", { source: "core", what: "x", host: "https://h" }, "push-bad-host", /web1/],
  ["no host", { source: "core", what: "x", host: "" }, "push-bad-host", /web1/],
  ["bad port", { source: "core", what: "x", host: "h:70000" }, "push-bad-host", /4000/],
];

for (const [what, choice, code, text] of REFUSED) {
  Deno.test(`refused: ${what} (${JSON.stringify(choice.host ?? choice.source)})`, () => {
    const found = chooseTargets(CONFIG, choice);
    truthy(!found.ok);
    equal(found.problems[0]?.code, code);
    match(problemsText(found.problems), text);
  });
}

Deno.test("without any target the hint names both ways out", () => {
  const found = chooseTargets(configured({}), { source: "core", what: "x" });
  truthy(!found.ok);
  match(problemsText(found.problems), /-h, or configure targets/);
});
