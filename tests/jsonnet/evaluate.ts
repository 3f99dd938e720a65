import type { Json } from "../../src/domain/json.ts";
import { bad, ok, type Problem, type Result } from "../../src/domain/problem.ts";
import { clock } from "../../src/host/deno/clock.ts";
import { DenoWorkers, jsonnetParts } from "../../src/host/deno/workers.ts";
import type { Workers } from "../../src/host/host.ts";
import { type EvaluateRequest, type Evaluation, Evaluator } from "../../src/jsonnet/evaluator.ts";
import type { Natives } from "../../src/jsonnet/natives.ts";

/** Real workers that share one compiled module, and count how many were started. */
export class CountingWorkers implements Workers {
  static readonly #real = new DenoWorkers(jsonnetParts(new URL("../../src/main.ts", import.meta.url).href));
  started = 0;

  startJsonnet(): Promise<Worker> {
    this.started++;
    return CountingWorkers.#real.startJsonnet();
  }
}

/** A request for inline code in a folder of files that exist in memory alone. */
export function request(
  code: string,
  more: Partial<EvaluateRequest> & { readonly files?: Readonly<Record<string, string | Uint8Array>> } = {},
): EvaluateRequest {
  const { files = {}, ...rest } = more;
  return {
    entrypoint: "/srv/main.jsonnet",
    code,
    load: (path) => {
      const found = files[path];
      return Promise.resolve(typeof found === "string" ? new TextEncoder().encode(found) : found);
    },
    libraryPaths: [],
    natives: scriptedNatives({}),
    ...rest,
  };
}

/** Natives of one parameter each, answered by functions. */
export function scriptedNatives(
  table: Readonly<Record<string, (argument: Json, signal: AbortSignal) => Promise<Result<Json>> | Result<Json>>>,
  unrepeatable: readonly string[] = [],
): Natives {
  return {
    specs: Object.keys(table).map((name) => ({ name, params: ["argument"] })),
    isRepeatable: (name) => !unrepeatable.includes(name),
    areCheckable: () => true,
    found: () => ({}),
    answer: async (name, args, signal) => await table[name]!(args[0]!, signal),
  };
}

export function missingValue(found: string): Result<Json> {
  return bad({ code: "missing-value", attempted: "look it up", found });
}

export function echo(value: Json): Result<Json> {
  return ok(value);
}

export function newEvaluator(workers: Workers = new CountingWorkers()): Evaluator {
  return new Evaluator(workers, clock);
}

export async function evaluate(evaluator: Evaluator, asked: EvaluateRequest): Promise<Result<Evaluation>> {
  return await evaluator.evaluate(asked, new AbortController().signal);
}

/** The value of code that must evaluate. */
export async function valueOf(evaluator: Evaluator, code: string): Promise<Json> {
  const result = await evaluate(evaluator, request(code));
  if (!result.ok) throw new Error(result.problems.map(({ found, where }) => `${where}: ${found}`).join("\n"));
  return result.value.value;
}

/** The one problem of code that must fail. */
export function problemOf(result: Result<unknown>): Problem {
  if (result.ok || result.problems.length !== 1) throw new Error(`expected one problem, not ${JSON.stringify(result)}`);
  return result.problems[0]!;
}
