import type { Given } from "../domain/command_line.ts";
import { bad, ok, type Result } from "../domain/problem.ts";
import { count, usage } from "./arguments.ts";
import { row } from "./row.ts";
import type { Shell } from "./shell.ts";

export const SHELL = row<Shell>({
  name: "shell",
  summary: "Open a shell on a host",
  explanation:
    "Runs what the source of the host sets as shell, on a terminal there, and ends with its exit code. Every " +
    "key goes to the host, ctrl-C too; at the beginning of a line ~. leaves the shell, also one that hangs, and ~? says " +
    "more. Standard input that is no terminal is typed there, and then its end. The clocks of both machines may differ " +
    "by five seconds at most.",
  example: { line: "etcha shell core web1", effect: "until exit or ctrl-D" },
  args: [
    { name: "SOURCE", doc: "source of the host whose shell it is", need: "required", completes: "sources" },
    {
      name: "HOST",
      doc: "name of a target, or a host, perhaps with :PORT",
      need: "optional",
      completes: "targets",
    },
  ],
  flags: [
    { short: "h", long: "host", value: "HOST", completes: "targets", doc: "the same as HOST" },
    { short: "p", long: "port", value: "PORT", doc: "port of the host" },
    { short: "u", long: "path", value: "PATH", doc: "path of the shell endpoint (default: /etcha/v1/shell)" },
  ],
  parse: parseShell,
  load: async () => (await import("./shell.ts")).shell,
});

/** The host stands behind the source, or after `-h`. */
function parseShell({ words: [source = "", word], value }: Given): Result<Shell> {
  const port = count(value("port"), "-p", 65_535);
  if (!port.ok) return port;
  const [flag, path] = [value("host"), value("path")];
  const host = word ?? flag;
  if (host === undefined) return bad(usage("missing required argument 'HOST'"));
  if (word !== undefined && flag !== undefined) return bad(usage("HOST and -h can't both be given"));
  if (path !== undefined && !path.startsWith("/")) return bad(usage("-u: expected a path that begins with /"));
  return ok({
    command: "shell",
    source,
    host,
    ...(path !== undefined && { path }),
    ...(port.value !== undefined && { port: port.value }),
  });
}
