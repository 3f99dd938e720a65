/**
 * docs/reference/openapi.json: what the agent's listener answers, in OpenAPI 3.1. Written by hand, and held to the table of
 * routes: each is described, and nothing else is.
 */
import { ROUTES } from "../../src/agent/serve.ts";
import type { JsonObject } from "../../src/domain/json.ts";
import { SHELL_LIMITS, TOKEN_LIMITS } from "../../src/domain/token_limits.ts";
import config from "../../deno.json" with { type: "json" };

/** Routes that are no part of an interface: what is answered to paths that nobody knows. */
const WITHOUT = ["unknown"];

export function openapi(): JsonObject {
  const paths = Object.fromEntries(
    ROUTES.filter(({ name }) => !WITHOUT.includes(name)).map(({ name, method, path }) => {
      const described = DESCRIBED[name];
      if (described === undefined) throw new Error(`.tasks/reference/openapi.ts does not describe the route ${name}`);
      // A webhook may have any path, and is described by two of its methods.
      const template = path === "*" ? "/{webhook}" : path.replace(/:(\w+)/g, "{$1}");
      const methods = method === undefined ? ["get", "post"] : [method.toLowerCase()];
      const operation = (one: string) => ({
        operationId: methods.length === 1 ? name : `${name}-${one}`,
        ...described,
        ...(one === "get" && { requestBody: undefined }),
      });
      return [template, Object.fromEntries(methods.map((one) => [one, operation(one)]))];
    }),
  );
  const stale = Object.keys(DESCRIBED).filter((name) => !ROUTES.some((route) => route.name === name));
  if (stale.length > 0) {
    throw new Error(`.tasks/reference/openapi.ts describes ${stale.join(", ")}, which are no routes`);
  }
  const document = {
    openapi: "3.1.0",
    info: {
      title: "Listener of the Etcha agent",
      version: config.version,
      description: "Requests that are refused before anybody has proved who they are count against the address " +
        "(run.rateLimiterRate): 429. Before the agent is ready every request is answered with 503.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "https://{host}:4000", variables: { host: { default: "localhost" } } }],
    paths,
    components: { schemas: SCHEMAS, responses: RESPONSES, securitySchemes: SECURITY },
  };
  // Without what is undefined.
  return JSON.parse(JSON.stringify(document)) as JsonObject;
}

const texts = { type: "array", items: { type: "string" } };

const SCHEMAS = {
  PushAnswer: {
    type: "object",
    required: ["changedIDs", "changedOutputs", "err", "exit", "removedIDs", "removedOutputs"],
    properties: {
      changedIDs: { ...texts, description: "Ids of the commands that were changed, or would be." },
      changedOutputs: { ...texts, description: "What they have printed, in the order of the ids; of a check: why." },
      check: { type: "boolean", description: "Nothing was done: these would be changed and removed." },
      err: { type: "string", description: "What failed; empty when nothing did." },
      exit: { type: "boolean", description: "The agent ends because of this run." },
      noneChosen: { type: "boolean", description: "The filter has chosen no command at all." },
      removedIDs: { ...texts, description: "Ids of the commands that were removed, or would be." },
      removedOutputs: { ...texts, description: "As changedOutputs." },
    },
  },
};

const answer = (description: string) => ({
  description,
  content: { "application/json": { schema: { $ref: "#/components/schemas/PushAnswer" } } },
});
const plain = (description: string) => ({ description, content: { "text/plain": { schema: { type: "string" } } } });
const response = (name: keyof typeof RESPONSES) => ({ $ref: `#/components/responses/${name}` });
const header = (description: string) => ({ description, schema: { type: "integer" } });

const RESPONSES = {
  Forbidden: plain("The secret is wrong, or none is configured."),
  Limited: {
    ...plain("Too many refused requests from this address."),
    headers: {
      "x-rate-limit-limit": header("Refusals that an address may have."),
      "x-rate-limit-remaining": header("How many are left."),
      "x-rate-limit-reset": header("When that begins anew, in seconds since the epoch."),
    },
  },
  Refused: answer(
    "The source is unknown, takes none of these, or the token does not verify: one answer for all of it.",
  ),
  TooLarge: answer("The token is too large."),
  Unavailable: {
    ...answer("The agent is starting or ending, or has too much to do."),
    headers: { "retry-after": header("Seconds.") },
  },
};

const SECURITY = {
  bearer: { type: "http", scheme: "bearer", description: "The secret of the configuration." },
  key: { type: "apiKey", in: "query", name: "key", description: "The same." },
};

const source = { name: "source", in: "path", required: true, schema: { type: "string" } };
const token = (limit: number, description: string) => ({
  required: true,
  description,
  content: { "application/jwt": { schema: { type: "string", maxLength: limit } } },
});
const secured = { security: [{ bearer: [] }, { key: [] }] };

/** By the names of the routes. */
const DESCRIBED: Readonly<Record<string, object>> = {
  push: {
    summary: "Run a signed pattern or command",
    description: "The run goes on when the caller goes away.",
    parameters: [
      source,
      { name: "check", in: "query", schema: { type: "string" }, description: "Only say what would be done." },
      {
        name: "filter",
        in: "query",
        schema: { type: "string" },
        description: "Regular expression (RE2): only commands whose path (source > group > id) matches.",
      },
    ],
    requestBody: token(TOKEN_LIMITS.bytes, "The token, signed for this source."),
    responses: {
      200: answer("It was run, and nothing failed."),
      400: answer("The filter is no regular expression, or the token broke off."),
      404: response("Refused"),
      413: response("TooLarge"),
      429: response("Limited"),
      500: answer("It was run, and something failed; or a newer token has taken its place."),
      503: response("Unavailable"),
    },
  },
  shell: {
    summary: "Open a shell, or drive one that is open",
    description: "See docs/shell.md for the claims of the token and the lines of the answer.",
    parameters: [source],
    requestBody: token(SHELL_LIMITS.bytes, "The token, good for 5 seconds. Without a session it opens a shell."),
    responses: {
      200: plain("A shell was opened. Lines follow until it ends."),
      204: { description: "What was typed was taken." },
      400: answer("The token broke off."),
      404: response("Refused"),
      413: response("TooLarge"),
      429: response("Limited"),
      503: response("Unavailable"),
    },
  },
  metrics: {
    summary: "Metrics for Prometheus",
    ...secured,
    responses: {
      200: plain("The text exposition format, version 0.0.4."),
      403: response("Forbidden"),
      429: response("Limited"),
    },
  },
  pprof: {
    summary: "A CPU or heap profile of the agent",
    ...secured,
    parameters: [
      { name: "kind", in: "path", required: true, schema: { enum: ["cpu", "heap"] } },
      { name: "seconds", in: "query", schema: { type: "integer", minimum: 1, maximum: 60, default: 10 } },
    ],
    responses: {
      200: {
        description: "A profile for the developer tools of Chromium.",
        content: { "application/json": { schema: { type: "object" } } },
      },
      400: plain("The seconds are none."),
      403: response("Forbidden"),
      404: plain("There is no such kind of profile."),
      429: response("Limited"),
      503: plain("Another profile is being made."),
    },
  },
  webhook: {
    summary: "Run sources by a request (webhookPaths)",
    description: "Any method, and any path of webhookPaths; none lies below /etcha.",
    parameters: [{ name: "webhook", in: "path", required: true, schema: { type: "string" } }],
    requestBody: { description: "At most 64 KiB.", content: { "*/*": { schema: {} } } },
    responses: {
      200: { description: "What the event webhookBody has printed.", content: { "*/*": { schema: {} } } },
      400: plain("The body broke off."),
      404: plain("No source has the path, or none has answered."),
      413: plain("The body is too large."),
      429: response("Limited"),
      503: plain("The source has too much to do."),
    },
  },
};
