import { KEY_ALGORITHMS } from "../domain/key_string.ts";
import { ok, type Result } from "../domain/problem.ts";
import type { GenerateKeys } from "./generate_keys.ts";
import type { Init } from "./init.ts";
import type { ShowConfig } from "./show_config.ts";
import type { Flag, Given, Handler, Subcommand } from "./subcommand.ts";
import type { Version } from "./version.ts";

/** The flags that stand before the subcommand. */
export const GLOBAL_FLAGS = [
  {
    short: "c",
    long: "config",
    value: "PATH",
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

/** Every subcommand, in the order of the help. A handler is loaded only when it is called for. */
export const SUBCOMMANDS: readonly Subcommand[] = [
  row<GenerateKeys>({
    name: "generate-keys",
    alias: "gen-keys",
    summary: "Make a key pair that signs and verifies patterns",
    explanation: "The private key belongs where patterns are built (build.signingKey), the public one where they " +
      "run (run.verifyKeys or verifyKeys of a source). Without ID the keys get a random one.",
    example: { line: "etcha generate-keys alice > keys.json", effect: "a pair named alice" },
    args: [{ name: "ID", doc: "name of the keys, shown wherever one is used", need: "optional" }],
    flags: [{ short: "a", long: "algorithm", value: "NAME", choices: KEY_ALGORITHMS, doc: "kind of key" }],
    parse: ({ words: [id], value }) =>
      ok({
        command: "generate-keys",
        algorithm: KEY_ALGORITHMS.find((name) => name === value("algorithm")) ?? "ed25519",
        ...(id !== undefined && { id }),
      }),
    load: async () => (await import("./generate_keys.ts")).generateKeys,
  }),
  row<Init>({
    name: "init",
    summary: "Set up a folder for patterns",
    explanation: "Writes the Jsonnet library to lib/etcha, makes the folder patterns and a README.md. In a folder " +
      "that was set up before only lib/etcha is written, with the library of this version.",
    example: { line: "etcha init .", effect: "the current folder" },
    args: [{ name: "DIR", doc: "the folder (default: the current one)", need: "optional" }],
    flags: [],
    parse: ({ words }) => ok({ command: "init", folder: words[0] ?? "." }),
    load: async () => (await import("./init.ts")).init,
  }),
  row<ShowConfig>({
    name: "show-config",
    summary: "Show the configuration that is in effect",
    explanation: "Defaults, then the file, then ETCHA_… variables, then -x: what comes later wins. Secrets are " +
      "shown as ***.",
    example: { line: "etcha -x run_stateDir=/srv/etcha show-config", effect: "with one key set" },
    args: [],
    flags: [],
    parse: () => ok({ command: "show-config" }),
    load: async () => (await import("./show_config.ts")).showConfig,
  }),
  row<Version>({
    name: "version",
    summary: "Show the version of the program",
    example: { line: "etcha version", effect: "the version alone" },
    args: [],
    flags: [],
    parse: () => ok({ command: "version" }),
    load: async () => (await import("./version.ts")).version,
  }),
];

interface Row<Invocation> extends Omit<Subcommand, "prepare"> {
  parse(given: Given): Result<Invocation>;
  load(): Promise<Handler<Invocation>>;
}

/** Ties the invocation that a row parses to the handler that it loads. */
function row<Invocation extends { readonly command: string }>(
  { parse, load, ...rest }: Row<Invocation>,
): Subcommand {
  return {
    ...rest,
    prepare(given) {
      const parsed = parse(given);
      if (!parsed.ok) return parsed;
      const invocation = parsed.value;
      return ok({ invocation, run: async (context) => await (await load())(invocation, context) });
    },
  };
}
