import type { Config } from "../domain/config.ts";
import type { Log, LogSettings } from "../host/host.ts";
import type { Driver } from "../workflows/drive.ts";
import type { Context } from "./subcommand.ts";

/** The log on standard error, as flags and configuration want it; `form` is what it has where they say nothing. */
export function openLog({ host }: Context, config: Config, form: LogSettings["format"]): Log {
  const { logFormat, logLevel, noColor } = config.cli;
  return host.openLog({ format: logFormat ?? form, level: logLevel ?? "info", noColor });
}

/** Logs what an engine says of its progress. */
export function tellTo(log: Log): Driver["tell"] {
  return ({ step, entry: { command }, message }) =>
    log.write({
      level: "info",
      function: "commands",
      status: 200,
      commandId: command.id,
      commandMode: step,
      ...(command.groups.length > 0 && { commandParentId: command.groups.join(" > ") }),
      message,
    });
}
