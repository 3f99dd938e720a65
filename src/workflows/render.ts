import { dirname, join } from "node:path/posix";
import type { Config } from "../domain/config.ts";
import { resolveExec } from "../domain/exec.ts";
import { parseCommands } from "../domain/command_list.ts";
import { isObject, type Json, type JsonObject } from "../domain/json.ts";
import { parsePattern, type Pattern } from "../domain/pattern.ts";
import { bad, ok, type Problem, type Result } from "../domain/problem.ts";
import type { Source } from "../domain/source.ts";
import type { RenderedCommand } from "../domain/state.ts";
import type { Host } from "../host/host.ts";
import type { EvaluateRequest, Evaluation, Evaluator } from "../jsonnet/evaluator.ts";
import { createNatives } from "../jsonnet/natives.ts";
import { commandEnvironment } from "./invocation.ts";
import { NativeCommands } from "./native_command.ts";
import type { PatternSource } from "./pattern_source.ts";
import { baseLinks, resolveCommands } from "./resolve_commands.ts";
import { readSysinfo } from "./sysinfo.ts";

/** What a pattern came to on this machine. */
export interface Rendered {
  readonly pattern: Pattern;
  readonly build: readonly RenderedCommand[];
  readonly run: readonly RenderedCommand[];
  /** What it evaluated to, as JSON. */
  readonly value: Json;
  /** What std.trace printed. */
  readonly trace: string;
  /** What native functions have found here and a token is to keep (`cache`). */
  readonly found: JsonObject;
  readonly warnings: readonly Problem[];
}

export interface RenderRequest {
  readonly from: PatternSource;
  readonly config: Config;
  readonly source?: Source;
  /** Where run vars come from: the token that carries the pattern, or the pattern itself. */
  readonly runVars: JsonObject | "pattern";
  /** Join the run vars, over what the pattern says of them: those of a push target. */
  readonly targetVars?: JsonObject;
  /**
   * Variables that nothing overrides besides those that are always there: `target`, `jwt`, `srcPath` … `test` is false
   * unless it is among them.
   */
  readonly fixed: JsonObject;
  /** What the token that carries the pattern has kept of its build: native functions need not look it up again. */
  readonly cached?: JsonObject;
  /** A value that is missing here and that only `run` needs: a warning while building, an error on the host. */
  readonly missingInRun: "warning" | "error";
  /**
   * Leaves a list out, unevaluated: what only building needs (`srcPath`, a file of the laptop) is not there on a host, and
   * what only running needs may not be there when a pattern is built.
   */
  readonly omit?: "build" | "run";
}

export type RenderHost = Pick<Host, "files" | "http" | "dns" | "processes" | "system" | "environment">;

/** What of an evaluation can be used again as long as it would read the same. */
export interface Reusable {
  readonly request: EvaluateRequest;
  readonly evaluation: Evaluation;
  readonly rendered: Rendered;
}

/** Renders patterns on this machine: evaluate, check, resolve every exec. */
export class Renderer {
  readonly #commands: NativeCommands;

  constructor(private readonly evaluator: Evaluator, private readonly host: RenderHost) {
    this.#commands = new NativeCommands(host);
  }

  async render(request: RenderRequest, signal: AbortSignal): Promise<Result<Rendered>> {
    const result = await this.renderReusable(request, undefined, signal);
    return result.ok ? ok(result.value.rendered) : result;
  }

  /**
   * The same, but gives `before` back when it was rendered from what would be read again. The caller answers for `before`
   * being of the same files and run vars.
   */
  async renderReusable(
    request: RenderRequest,
    before: Reusable | undefined,
    signal: AbortSignal,
  ): Promise<Result<Reusable>> {
    const runVars = request.runVars === "pattern" ? {} : request.runVars;
    const evaluate = this.evaluation(request, runVars);
    if (before !== undefined && await this.evaluator.isUnchanged(before.evaluation.reads, evaluate, signal)) {
      return ok(before);
    }
    const whole = await this.#evaluate(evaluate, signal);
    if (request.runVars === "pattern" && !(whole.ok && withoutRunVars(whole.value.value))) {
      return await this.#renderWithOwnRunVars(request, whole, signal);
    }
    if (whole.ok) return finish(request, evaluate, whole.value, []);
    return await this.#renderWithoutRun(request, evaluate, whole, signal);
  }

  /** The run vars first, then everything with them. */
  async #renderWithOwnRunVars(
    request: RenderRequest,
    whole: Result<Evaluation>,
    signal: AbortSignal,
  ): Promise<Result<Reusable>> {
    const evaluated = await this.#evaluate(this.#runVarsRequest(request), signal);
    const runVars = evaluated.ok && isObject(evaluated.value.value) ? evaluated.value.value as JsonObject : undefined;
    // What is wrong with the pattern itself is told of the pattern itself.
    if (runVars === undefined || Object.keys(runVars).length === 0) {
      const evaluate = this.evaluation(request, {});
      return whole.ok
        ? finish(request, evaluate, whole.value, [])
        : await this.#renderWithoutRun(request, evaluate, whole, signal);
    }
    return await this.renderReusable({ ...request, runVars }, undefined, signal);
  }

  /** A value that is missing for `run` alone need not be there where the pattern is built. */
  async #renderWithoutRun(
    request: RenderRequest,
    evaluate: EvaluateRequest,
    failed: Result<Evaluation> & { readonly ok: false },
    signal: AbortSignal,
  ): Promise<Result<Reusable>> {
    const missing = failed.problems.every((problem) => problem.code === "missing-value");
    if (!missing || request.missingInRun === "error") return failed;
    const rest = await this.#evaluate({ ...evaluate, without: ["run"] }, signal);
    if (!rest.ok) return failed;
    const warnings = failed.problems.map((problem) => ({ ...problem, attempted: `check run (${problem.attempted})` }));
    return finish(request, evaluate, rest.value, warnings);
  }

  #runVarsRequest(request: RenderRequest): EvaluateRequest {
    const entrypoint = request.from.entrypoint;
    const code = `local pattern = import ${JSON.stringify(entrypoint)};
if std.isObject(pattern) && std.objectHas(pattern, 'runVars') then pattern.runVars else {}`;
    const evaluate = this.evaluation(request, {});
    const inline = request.from.code;
    return {
      ...evaluate,
      // A name of its own beside the pattern, so that the import of the pattern is not an import of itself.
      entrypoint: join(dirname(entrypoint), "<runVars>"),
      code,
      load: (path) =>
        path === entrypoint && inline !== undefined
          ? Promise.resolve(new TextEncoder().encode(inline))
          : evaluate.load(path),
    };
  }

  /** No command that a native function has started is left when it ends, however it ends. */
  async #evaluate(request: EvaluateRequest, signal: AbortSignal): Promise<Result<Evaluation>> {
    try {
      return await this.evaluator.evaluate(request, signal);
    } finally {
      await this.#commands.settled();
    }
  }

  /** The request of an evaluation, for whoever asks the evaluator for something else than the value. */
  evaluation(request: RenderRequest, runVars: JsonObject): EvaluateRequest {
    const { from, config, source, fixed, targetVars, omit } = request;
    const { files, http, dns, system, environment } = this.host;
    const { exec } = resolveExec(baseLinks(config, source));
    return {
      ...from,
      ...(omit !== undefined && { without: [omit] }),
      natives: createNatives({
        config: once(async () =>
          patternConfig(config, source, { ...runVars, ...targetVars, ...config.vars, ...source?.vars }, {
            ...fixed,
            sysinfo: await readSysinfo(this.host),
          })
        ),
        runCommand: this.#commands.under(exec),
        readFile: this.#commands.reading(exec),
        environment: commandEnvironment(exec, environment, {}),
        cached: request.cached ?? {},
        entrypoint: from.entrypoint,
        files,
        http,
        dns,
        system,
      }),
    };
  }
}

function once<T>(find: () => Promise<T>): () => Promise<T> {
  let found: Promise<T> | undefined;
  return () => found ??= find();
}

/** What getConfig gives: as it was configured, without built-in defaults and without what is empty in the exec. */
function patternConfig(config: Config, source: Source | undefined, vars: object, fixed: JsonObject): JsonObject {
  const env = { ...config.exec?.env, ...source?.exec?.env };
  const exec = { ...config.exec, ...source?.exec, env };
  return plain({
    exec: Object.fromEntries(Object.entries(exec).filter(([, value]) => !isEmpty(value))),
    targets: Object.fromEntries(config.targets),
    vars: { ...vars, test: false, ...fixed, source: source?.name ?? "" },
  });
}

function isEmpty(value: unknown): boolean {
  return value === "" || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
}

/** Leaves out what is not there, as JSON does. */
function plain(value: unknown): JsonObject {
  return JSON.parse(JSON.stringify(value));
}

function withoutRunVars(value: Json): boolean {
  return !isObject(value) || !isObject(value["runVars"]) || Object.keys(value["runVars"]).length === 0;
}

function finish(
  request: RenderRequest,
  evaluate: EvaluateRequest,
  evaluation: Evaluation,
  warnings: readonly Problem[],
): Result<Reusable> {
  const parsed = parsePattern(evaluation.value);
  if (!parsed.ok) {
    const { shown } = request.from;
    return bad(...parsed.problems.map((problem) => ({
      ...problem,
      where: problem.where === undefined ? shown : `${shown}: ${problem.where}`,
    })));
  }
  const pattern = parsed.value;
  const base = baseLinks(request.config, request.source);
  const run = resolveCommands(pattern.run, [...base, { name: "the pattern (runExec)", settings: pattern.runExec }]);
  const build = resolveCommands(pattern.build, [...base, {
    name: "the pattern (buildExec)",
    settings: pattern.buildExec,
  }]);
  const rendered: Rendered = {
    pattern,
    build: build.commands,
    run: run.commands,
    value: evaluation.value,
    trace: evaluation.trace,
    found: evaluate.natives.found(),
    warnings: [...warnings, ...run.warnings, ...build.warnings],
  };
  return ok({ request: evaluate, evaluation, rendered });
}

/** An ad-hoc command under a source's rules, as the one command of a list. */
export function renderOnce(command: string, config: Config, source: Source): readonly RenderedCommand[] {
  const parsed = parseCommands([{ id: "command", always: true, change: command }], "push");
  return resolveCommands(parsed.commands, baseLinks(config, source)).commands;
}
