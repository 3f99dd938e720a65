import { buildFile } from "../workflows/build_file.ts";
import { diskPattern } from "../workflows/pattern_source.ts";
import { createBuildMeans } from "./build_means.ts";
import { chooseSource } from "./chosen_source.ts";
import { printEvents } from "./printed_events.ts";
import { type Context, failed, misused, type Outcome } from "./subcommand.ts";
import { withoutControls } from "./text.ts";

export interface Build {
  readonly command: "build";
  readonly pattern: string;
  readonly destination?: string;
  readonly source?: string;
  readonly output: "text" | "json";
}

/** Builds a pattern into a token file and says where that is. */
export async function build({ pattern, destination, source: name, output }: Build, context: Context): Promise<Outcome> {
  const loaded = await context.config();
  if (!loaded.ok) return misused(loaded.problems);
  const { config } = loaded.value;
  const chosen = name === undefined ? undefined : chooseSource(config, name);
  if (chosen?.ok === false) return misused(chosen.problems);
  if (chosen !== undefined) context.warn(chosen.value.warnings);
  const { files, terminal } = context.host;
  const built = await buildFile(
    {
      from: diskPattern(files, pattern, config.jsonnet.libraryPaths),
      config,
      ...(chosen !== undefined && { source: chosen.value.source }),
      version: context.version,
    },
    destination,
    await createBuildMeans(context, config),
  );
  if (!built.ok) return failed(built.problems);
  const { warnings, rendered, report, path, claims } = built.value;
  context.warn(warnings);
  terminal.err(withoutControls(rendered.trace));
  printEvents(report.events, output, terminal);
  if (output === "text") return { status: "done", view: { kind: "text", text: `wrote ${path}` } };
  return { status: "done", view: { kind: "json", value: { path, buildManifest: claims.buildManifest } } };
}
