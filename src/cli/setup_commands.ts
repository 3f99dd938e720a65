import { CONFIG_PATH, INIT_SYSTEMS } from "../domain/service_files.ts";
import { bad, ok, type Result } from "../domain/problem.ts";
import type { Given } from "../domain/command_line.ts";
import { count, outputOf, usage } from "./arguments.ts";
import { JSON_FLAG } from "./flags.ts";
import { row } from "./row.ts";
import type { Health } from "./health.ts";
import type { Quickstart } from "./quickstart.ts";
import type { Service } from "./service.ts";

const ACTIONS = ["install", "uninstall", "status"] as const;
/** useradd(8), and numbers. */
const USER = /^([a-z_][a-z0-9_-]{0,31}\$?|\d{1,10})$/;

/** For those who look after containers. */
export const HEALTH = row<Health>({
  name: "health",
  summary: "Say whether the agent of this host answers",
  explanation:
    "Asks every run.listenAddress of the configuration; where the agent does not listen, whether one has the " +
    "state directory. Any answer will do, also while the agent starts. Exit 0 when it is well, else 1. It sees " +
    "configuration files and ETCHA_… variables, and not the flags that the agent was started with.",
  example: { line: "etcha -c /etc/etcha/etcha.jsonnet health", effect: "for a supervisor" },
  args: [],
  flags: [JSON_FLAG],
  parse: ({ has }) => ok({ command: "health", output: outputOf({ has }) }),
  load: async () => (await import("./health.ts")).health,
});

/** A name as DNS and /etc/hosts have them, or an address. */
const HOST = /^([a-z0-9][a-z0-9._-]{0,252}|[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*)$/i;

/** All that a first push needs. */
export const QUICKSTART = row<Quickstart>({
  name: "quickstart",
  summary: "Make all that a first push needs",
  explanation:
    "Makes, in the current folder: keys.json, which signs (0600); agents/HOST.jsonnet, the configuration of the " +
    "agent with a certificate of its own (0600); etcha.jsonnet, by which you push to it and to nobody else; a first " +
    "pattern and the Jsonnet library. Then it pushes the pattern if the agent answers, else says which two commands bring " +
    "that about. What is there is kept, and used: run it again at any time, also for another host.",
  example: { line: "etcha quickstart web1.example.com", effect: "in a new folder" },
  args: [{ name: "HOST", doc: "name or address of the host (default: 127.0.0.1, this machine)", need: "optional" }],
  flags: [JSON_FLAG, { short: "p", long: "port", value: "PORT", doc: "where the agent is to listen (default: 4000)" }],
  parse({ words: [host = "127.0.0.1"], has, value }) {
    const port = count(value("port"), "-p", 65_535);
    if (!port.ok) return port;
    if (!HOST.test(host)) return bad(usage("HOST: expected a name or an address, without a port or brackets"));
    return ok({ command: "quickstart", host, port: port.value ?? 4000, output: outputOf({ has }) });
  },
  load: async () => (await import("./quickstart.ts")).quickstart,
});

/** The agent as a service. */
export const SERVICE_ROW = row<Service>({
  name: "service",
  summary: "Make the agent a service of this machine",
  explanation:
    "install writes a unit for systemd or a script for OpenRC, the state directory and, where there is none, " +
    "an example of a configuration; it starts the service when there is a configuration. What a person has changed is " +
    "never overwritten: the difference is shown, and the new text lies beside it as .new. uninstall leaves state and " +
    "configuration. status exits with 1 when it is not installed or does not run.",
  example: { line: "etcha service install --dry-run", effect: "what would be written" },
  args: [{ name: "ACTION", doc: "what to do", need: "required", choices: ACTIONS }],
  flags: [
    {
      long: "config",
      value: "PATH",
      completes: "files",
      doc: `configuration of the agent (default: as before, else ${CONFIG_PATH})`,
    },
    { long: "dry-run", doc: "only say what would be done, with the texts" },
    { long: "init", value: "NAME", choices: INIT_SYSTEMS, doc: "init system (default: the one that runs)" },
    JSON_FLAG,
    { long: "root", value: "DIR", completes: "folders", doc: "write below DIR, for another machine; start nothing" },
    {
      long: "user",
      value: "USER",
      doc: "who runs the agent (default: as before, else root); others get a closed sandbox",
    },
  ],
  parse: parseService,
  load: async () => (await import("./service.ts")).service,
});

function parseService({ words: [action], has, value }: Given): Result<Service> {
  const [config, user] = [value("config"), value("user")];
  const root = (value("root") ?? "").replace(/\/+$/, "");
  const init = INIT_SYSTEMS.find((name) => name === value("init"));
  // Neither the unit nor the script could hold them.
  if (config !== undefined && !/^\/[^\s"'\\]+$/.test(config)) {
    return bad(usage("--config: expected an absolute path without blanks and quotes"));
  }
  if (user !== undefined && !USER.test(user)) return bad(usage("--user: expected the name or number of a user"));
  return ok({
    command: "service",
    action: ACTIONS.find((name) => name === action) ?? "status",
    root,
    plan: has("dry-run") ? "shown" : "done",
    output: outputOf({ has }),
    ...(config !== undefined && { config }),
    ...(user !== undefined && { user }),
    ...(init !== undefined && { init }),
  });
}
