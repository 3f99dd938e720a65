import type { Config } from "../domain/config.ts";
import type { BuildMeans } from "../workflows/build.ts";
import { Renderer } from "../workflows/render.ts";
import { openLog, tellTo } from "./logging.ts";
import type { Context } from "./subcommand.ts";

/** Renders on this machine, reaching no more than flag -d allows. */
export async function createRenderer(context: Context): Promise<Renderer> {
  return new Renderer(await context.evaluator(), { ...context.host, ...context.outside });
}

/** What builds on this machine; its progress goes to the log. */
export async function createBuildMeans(context: Context, config: Config): Promise<BuildMeans> {
  const { files, processes, clock, environment, terminal } = context.host;
  return {
    renderer: await createRenderer(context),
    evaluator: await context.evaluator(),
    files,
    processes,
    clock,
    environment,
    terminal,
    tell: tellTo(openLog(context, config, "human")),
    cancel: context.signal,
  };
}
