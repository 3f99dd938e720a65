import type { Argument, Flag } from "../domain/command_line.ts";

/** The flags that stand before the subcommand. */
export const GLOBAL_FLAGS = [
  {
    short: "c",
    long: "config",
    value: "PATH",
    completes: "files",
    doc: "configuration file; a bare name is also looked for in the folders above (default: etcha.jsonnet)",
  },
  { short: "d", long: "disable-external", doc: "Jsonnet may not reach outside: no http, DNS or commands" },
  { short: "f", long: "log-format", value: "FORMAT", choices: ["human", "kv", "json"], doc: "form of log lines" },
  { short: "l", long: "log-level", value: "LEVEL", choices: ["none", "debug", "info", "error"], doc: "what is logged" },
  { short: "n", long: "no-color", doc: "no colours" },
  {
    short: "x",
    long: "set",
    value: "KEY=VALUE",
    doc: "set a configuration key, such as run_stateDir=/srv/etcha; may be repeated",
    isRepeated: true,
  },
] as const satisfies readonly Flag[];

export const FILTER = {
  short: "f",
  long: "filter",
  value: "REGEXP",
  doc: "only commands whose path (source > group > id) matches",
} as const satisfies Flag;

export const JSON_FLAG = { long: "json", doc: "result as JSON" } as const satisfies Flag;
/** Of subcommands whose result is JSON always. */
export const ALWAYS_JSON = { long: "json", doc: "the result is JSON with and without it" } as const satisfies Flag;
export const SOURCE = {
  name: "SOURCE",
  doc: "only this one",
  need: "optional",
  completes: "sources",
} as const satisfies Argument;
export const TOKEN_DOC = "path or URL of a token, or - for standard input";
