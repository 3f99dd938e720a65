/** A real agent answers as docs/reference/openapi.json says. */
import { deepEqual, ok as truthy } from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import openapi from "../../docs/reference/openapi.json" with { type: "json" };
import { Agent, type Answer, inFolder } from "../cli/agent.ts";
import { forge, patternClaims, testKey } from "../cli/forge.ts";

interface Response {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
  readonly headers?: Readonly<Record<string, object>>;
}

type Path = keyof typeof openapi.paths;

/** In an order in which each finds what it needs; the limit of refusals, of each route, is reached at the end. */
const REQUESTS: readonly {
  readonly path: Path;
  readonly method: "get" | "post";
  /** What stands for the variables of the path, and the query. */
  readonly url: string;
  readonly body?: "token" | "rubbish";
  readonly status: number;
}[] = [
  { path: "/etcha/v1/push/{source}", method: "post", url: "/etcha/v1/push/base", body: "token", status: 200 },
  { path: "/etcha/v1/push/{source}", method: "post", url: "/etcha/v1/push/base?check", body: "token", status: 200 },
  { path: "/etcha/v1/push/{source}", method: "post", url: "/etcha/v1/push/base?filter=(", body: "token", status: 400 },
  { path: "/etcha/v1/push/{source}", method: "post", url: "/etcha/v1/push/nobody", body: "token", status: 404 },
  { path: "/etcha/v1/push/{source}", method: "post", url: "/etcha/v1/push/base", body: "rubbish", status: 404 },
  { path: "/etcha/v1/push/{source}", method: "post", url: "/etcha/v1/push/base", body: "token", status: 429 },
  { path: "/etcha/v1/shell/{source}", method: "post", url: "/etcha/v1/shell/base", body: "rubbish", status: 404 },
  { path: "/etcha/v1/system/metrics", method: "get", url: "/etcha/v1/system/metrics?key=open", status: 200 },
  { path: "/etcha/v1/system/metrics", method: "get", url: "/etcha/v1/system/metrics", status: 403 },
  { path: "/etcha/v1/system/pprof/{kind}", method: "get", url: "/etcha/v1/system/pprof/heap", status: 403 },
  { path: "/{webhook}", method: "post", url: "/hook", body: "rubbish", status: 200 },
  { path: "/{webhook}", method: "get", url: "/nothing", status: 404 },
];

Deno.test("a real agent answers as the OpenAPI document says", async () => {
  await inFolder(async (cwd) => {
    const key = await testKey("laptop");
    const answering = [{ id: "answer", always: true, change: "echo hello", onChange: ["etcha:webhookBody"] }];
    const settings = {
      run_listenAddress: "127.0.0.1:0",
      run_rateLimiterRate: "3-H",
      run_systemMetricsSecret: "open",
      sources_base: { allowPush: true, verifyKeys: [key.publicKey] },
      sources_hook: { commands: answering, triggerOnly: true, webhookPaths: ["/hook"] },
    };
    await using agent = await new Agent({ cwd, settings }).listening();
    const run = [{ id: "a", check: "test -e a", change: "touch a", remove: "rm a" }];
    const token = await forge(patternClaims(run), key);
    for (const { path, method, url, body, status } of REQUESTS) {
      const sent = body === "token" ? token : body;
      const found = await agent.call(url, { method: method.toUpperCase(), ...(sent !== undefined && { body: sent }) });
      deepEqual({ url, status: found.status }, { url, status });
      checkAnswer(found, described(path, method, status));
    }
  });
});

function described(path: Path, method: string, status: number): Response {
  const operations = openapi.paths[path] as unknown as Record<string, { responses: Record<string, Response> }>;
  const response = operations[method]?.responses[status];
  truthy(response !== undefined, `${method} ${path} does not tell of ${status}`);
  const name = response.$ref?.split("/").at(-1);
  return name === undefined ? response : (openapi.components.responses as Record<string, Response>)[name]!;
}

function checkAnswer(answer: Answer, { content = {}, headers = {} }: Response): void {
  const type = String(answer.headers["content-type"]).split(";")[0]!;
  const expected = content[type] ?? content["*/*"];
  truthy(expected !== undefined, `${type} is none of ${Object.keys(content)}`);
  for (const name of Object.keys(headers)) truthy(name in answer.headers, `there is no header ${name}`);
  if (type !== "application/json") return;
  const validate = new Ajv2020({ strict: false }).compile({ ...expected.schema, components: openapi.components });
  truthy(validate(JSON.parse(answer.body)), JSON.stringify(validate.errors));
}
