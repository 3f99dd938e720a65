import { commandPath, type ParsedCommand } from "../domain/command.ts";
import type { Config } from "../domain/config.ts";
import { type ExecLink, type ExecSettings, resolveExec } from "../domain/exec.ts";
import type { Problem } from "../domain/problem.ts";
import type { Source } from "../domain/source.ts";
import type { RenderedCommand } from "../domain/state.ts";

/** The first links of every chain: the configuration, and the source if there is one. */
export function baseLinks(config: Config, source: Source | undefined): readonly ExecLink[] {
  const root: ExecSettings | undefined = config.exec === undefined
    ? undefined
    : { allowOverride: true, ...config.exec };
  return [
    { name: "the configuration", settings: root },
    { name: `the source ${source?.name ?? ""}`, settings: source?.exec },
  ];
}

/** Gives every command the exec that the links and its own settings come to. Commands that set nothing share one. */
export function resolveCommands(
  commands: readonly ParsedCommand[],
  links: readonly ExecLink[],
): { readonly commands: readonly RenderedCommand[]; readonly warnings: readonly Problem[] } {
  const shared = resolveExec(links);
  const warnings = [...shared.warnings];
  const rendered = commands.map(({ execSettings, ...command }): RenderedCommand => {
    if (execSettings === undefined) return { ...command, exec: shared.exec };
    const link = { name: `the command ${JSON.stringify(commandPath(command))}`, settings: execSettings };
    const own = resolveExec([...links, link]);
    warnings.push(...own.warnings.slice(shared.warnings.length));
    return { ...command, exec: own.exec };
  });
  return { commands: rendered, warnings };
}
