import { deepEqual, equal, ok as truthy } from "node:assert/strict";
import { problemsText } from "../../src/domain/problem.ts";
import { bareTarget } from "../../src/domain/target.ts";
import { ok } from "../../src/domain/problem.ts";
import type { UnsignedClaims } from "../../src/token/claims.ts";
import { prepareParcels } from "../../src/workflows/push_tokens.ts";
import { CONFIG, Workshop } from "./building.ts";

const SOURCE = { name: "core" } as Parameters<typeof prepareParcels>[1]["source"];

interface Aim {
  readonly name: string;
  readonly what?: string;
  readonly vars?: Readonly<Record<string, string>>;
}

/** What was built for hosts: the build commands that ran, and for each host the number of its token and its run vars. */
async function prepared(files: Readonly<Record<string, string>>, aims: readonly Aim[], output = () => "v1\n") {
  using workshop = new Workshop(files, output);
  const signed: UnsignedClaims[] = [];
  const result = await prepareParcels(
    aims.map(({ name, what = "p.jsonnet", vars = {} }) => ({ target: { ...bareTarget(name), vars }, what })),
    { config: CONFIG, source: SOURCE, version: "1" },
    (claims) => Promise.resolve(ok(`token ${signed.push(claims)}`)),
    workshop.means,
  );
  const { ran } = workshop;
  if (!result.ok) return { ran, tokens: {}, signed, problems: problemsText(result.problems) };
  const tokens: Record<string, string> = {};
  for (const { target, token } of result.value.parcels) {
    const made = await token();
    if (made.ok) tokens[target.name] = made.value;
  }
  return { ran, tokens, signed, problems: "" };
}

const HOSTS: readonly Aim[] = [{ name: "a" }, { name: "b" }, { name: "c" }];
const VARS = "local vars = std.native('getConfig')().vars;";
const BUILD = "build: [{ id: 'b', always: true, change: 'make', onChange: ['etcha:runVar_version'] }]";

Deno.test("a pattern is built once for all hosts that have the same vars", async () => {
  const { ran, tokens, signed } = await prepared(
    { "p.jsonnet": `${VARS} { ${BUILD}, run: [{ id: 'x', change: 'true %s' % vars.source }] }` },
    [{ name: "a" }, { name: "b", vars: { x: "1" } }, { name: "c" }, { name: "d", vars: { x: "1" } }],
  );
  deepEqual(ran, ["make", "make"]);
  deepEqual(tokens, { a: "token 1", b: "token 2", c: "token 1", d: "token 2" });
  deepEqual(signed.map(({ runVars }) => runVars), [{ version: "v1" }, { version: "v1", x: "1" }]);
});

Deno.test("a pattern that needs the run vars of its build commands is built once as well", async () => {
  const { ran, tokens } = await prepared(
    { "p.jsonnet": `${VARS} { ${BUILD}, run: [{ id: 'x ' + vars.version, change: 'true' }] }` },
    HOSTS,
  );
  deepEqual(ran, ["make"]);
  deepEqual(tokens, { a: "token 1", b: "token 1", c: "token 1" });
});

Deno.test("a pattern is built anew where the name of the target makes a difference, also after the build commands", async () => {
  const named = await prepared(
    { "p.jsonnet": `${VARS} { ${BUILD}, run: [], subject: if vars.target == 'b' then 'B' else 'others' }` },
    HOSTS,
  );
  deepEqual(named.tokens, { a: "token 1", b: "token 2", c: "token 1" });
  deepEqual(named.signed.map(({ subject }) => subject), ["others", "B"]);
  const later = await prepared({
    "p.jsonnet":
      `${VARS} { ${BUILD}, run: [{ id: vars.version, change: std.native('getFile')(vars.target, '-', true) }] }`,
    "b": "kept for b",
  }, HOSTS);
  equal(later.tokens["a"], "token 1");
  equal(later.tokens["b"], "token 2");
  deepEqual(later.signed.slice(0, 2).map(({ cached = {} }) => Object.values(cached)), [[], ["kept for b"]]);
});

Deno.test("mistakes of every pattern are told before a build command of any runs; commands need no build", async () => {
  const { ran, problems } = await prepared(
    {
      "p.jsonnet": `{ ${BUILD}, run: [] }`,
      "bad.jsonnet": `${VARS} { ${BUILD}, run: [{ id: 'x', chek: 'true' }] }`,
      "worse.jsonnet": "{ run: ",
    },
    [...HOSTS, { name: "d", what: "bad.jsonnet" }, { name: "e", what: "bad.jsonnet" }, {
      name: "f",
      what: "worse.jsonnet",
    }],
  );
  deepEqual(ran, []);
  equal(problems.match(/unknown property "chek"/g)?.length, 1, problems);
  truthy(problems.includes("worse.jsonnet"), problems);
  const { tokens } = await prepared({}, [{ name: "a", what: "uptime" }]);
  deepEqual(tokens, { a: "token 1" });
});
