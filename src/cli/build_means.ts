import type { Config } from "../domain/config.ts";
import type { AskMeans } from "../workflows/ask_commands.ts";
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
  return {
    ...runMeans(context, config),
    renderer: await createRenderer(context),
    evaluator: await context.evaluator(),
    terminal: context.host.terminal,
  };
}

/** What runs commands on this machine; their progress goes to the log. */
export function runMeans(context: Context, config: Config): AskMeans {
  const { files, processes, self, accounts, http, clock, environment } = context.host;
  const tell = tellTo(openLog(context, config, "human"));
  return { files, processes, self, accounts, http, clock, environment, tell, cancel: context.signal };
}
