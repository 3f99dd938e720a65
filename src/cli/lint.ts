import { lint as lintPath } from "../workflows/lint.ts";
import type { LintRequest } from "../workflows/lint.ts";
import { createRenderer } from "./build_means.ts";
import type { FindingsFormat } from "./lint_view.ts";
import { type Context, failed, misused, type Outcome } from "./subcommand.ts";

export interface Lint extends Pick<LintRequest, "path" | "formatting"> {
  readonly command: "lint";
  readonly format: FindingsFormat;
  /** The least severe finding that makes it fail. */
  readonly failsFrom: "error" | "warning";
}

/** Looks for mistakes in Jsonnet files and patterns. */
export async function lint({ path, formatting, format, failsFrom }: Lint, context: Context): Promise<Outcome> {
  const loaded = await context.config();
  if (!loaded.ok) return misused(loaded.problems);
  const { files, processes, environment, system } = context.host;
  const linted = await lintPath({ path, formatting, config: loaded.value.config }, {
    files,
    processes,
    environment,
    evaluator: await context.evaluator(),
    renderer: await createRenderer(context),
    workers: system.cpus,
    cancel: context.signal,
  });
  if (!linted.ok) return failed(linted.problems);
  const isBad = linted.value.findings.some(({ severity }) => severity === "error" || failsFrom === "warning");
  return { status: isBad ? "failed" : "done", view: { kind: "findings", format, report: linted.value } };
}
